//! Events of the Lambda authorizer in each format, valid and malformed.

use keyturn_functions::authorizer::Event;
use serde_json::{Value, json};

use super::gateway_events::set;
use crate::{choices::Choices, strings, values, world::World};

pub(crate) fn run(world: &World, choices: &mut Choices<'_>) {
    let known = world.fixtures.token_strings();
    let string = match choices.below(8) {
        0..5 => choices.one(&world.fixtures.tokens()).string.clone(),
        5 => strings::mutate(choices, &world.fixtures.token("plain").string),
        6 => choices.one(&known).to_owned(),
        _ => strings::any(choices),
    };
    let path = choices.mostly_first(&values::strings("/authorizer/paths"));
    let method = choices.mostly_first(&["GET", "HEAD", "POST", "DELETE", "PROPFIND", "get"]);
    let mut event = event(choices, &string, method, path);
    while choices.once_in(4) {
        let other = json!(strings::any(choices));
        let value = choices.one(&[&[&other], values::list("/authorizer/values").as_slice()].concat()).clone();
        set(&mut event, choices.one(&values::strings("/authorizer/members")), value);
    }
    let text = event.to_string();
    // The runtime reports any other event as an error, and the gateway denies access.
    let Ok(event) = serde_json::from_value::<Event>(event) else { return };
    let response = world.stack.authorize(&event).unwrap_or_default();
    world.assert_no_secret(&world.stack.log.take());
    world.assert_no_secret(&response.to_string());
    let allowed = response["isAuthorized"] == true || response.to_string().contains("\"Allow\"");
    world.count(if allowed { 200 } else { 403 });
    assert!(!allowed || known.iter().any(|string| text.contains(string)), "an unknown string is allowed");
}

/// An event in one of API Gateway's formats.
fn event(choices: &mut Choices<'_>, string: &str, method: &str, path: &str) -> Value {
    let bearer = format!("Bearer {string}");
    let arn = format!("arn:aws:execute-api:eu-central-1:123456789012:api/prod/{method}{path}");
    let headers = match choices.below(2) {
        0 => json!({"authorization": bearer}),
        _ => json!({"X-Plenigo-Token": string, "accept": null}),
    };
    let context = json!({
        "accountId": "123456789012", "apiId": "api", "domainPrefix": "shop", "stage": "$default", "requestId": "1",
        "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": ""},
    });
    match choices.below(3) {
        0 => json!({
            "version": "2.0", "type": "REQUEST", "routeArn": arn, "identitySource": [bearer], "routeKey": "$default",
            "rawPath": path, "rawQueryString": "", "headers": headers, "requestContext": context, "cookies": [],
        }),
        1 => json!({
            "version": "1.0", "type": "REQUEST", "methodArn": arn, "resource": "/{proxy+}", "path": path,
            "httpMethod": method, "headers": headers, "requestContext": {"requestId": "1", "path": path},
        }),
        _ => json!({"type": "TOKEN", "authorizationToken": bearer, "methodArn": arn}),
    }
}
