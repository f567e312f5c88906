//! Events of the Lambda authorizer in each of its forms, whole and broken.

use serde_json::{Value, json};

use crate::choices::Choices;
use crate::texts;
use crate::world::World;

/// What a path is, as the stack is configured: part of the application `ORDERS`, or not.
const PATHS: [(&str, bool); 16] = [
    ("/orders", true),
    ("/orders/1", true),
    ("/orders/", true),
    ("/orders/a%20b%C3%BC", true),
    ("/ordersX", false),
    ("/order", false),
    ("/ORDERS", false),
    ("/reports/1", false),
    ("/reports/../orders", false),
    ("/reports/%2e%2e/orders", false),
    ("//orders", false),
    ("/orders//1", false),
    ("/orders;v=1", false),
    ("/%6frders", false),
    ("/orders/*", false),
    ("", false),
];

/// Nobody comes in without a right string of a good token for the application, whatever else the event says.
pub fn authorizer_events(data: &[u8]) {
    let world = World::of_thread();
    let mut choices = Choices::new(data);
    let tokens = world.known.tokens();
    let token = choices.one(&tokens);
    let managers = [&world.known.manager, &world.known.reader, &world.known.stranger].map(String::as_str);
    let (string, is_right) = match choices.below(8) {
        0..5 => (token.string.clone(), !world.known.ended.iter().any(|ended| ended.id == token.id)),
        5 => (texts::damaged(&mut choices, &token.string), false),
        6 => (choices.one(&managers).to_owned(), false),
        _ => (texts::any(&mut choices), false),
    };
    let (path, is_orders) = choices.mostly(&PATHS);
    let (method, only_reads) = choices.mostly(&[
        ("GET", true),
        ("HEAD", true),
        ("POST", false),
        ("DELETE", false),
        ("PROPFIND", false),
        ("get", false),
    ]);
    let may_come_in = is_right && is_orders && only_reads;
    let mut event = event(&mut choices, &string, method, path);
    let mut is_whole = true;
    while choices.once_in(4) {
        break_something(&mut choices, &mut event);
        is_whole = false;
    }
    let Ok(parsed) = serde_json::from_value::<keyturn_functions::authorizer::Event>(event.clone()) else {
        // The runtime reports an error, and the gateway lets nobody in.
        assert!(!is_whole, "not taken for an event: {event}");
        return;
    };
    let answer = world.stack.authorize(&parsed);
    world.assert_no_secret("the authorizer's log", &world.stack.log.take());
    let comes_in = match &answer {
        Ok(answer) => {
            world.assert_no_secret("an authorizer's answer", &answer.to_string());
            answer["isAuthorized"] == true
                || answer["policyDocument"]["Statement"]
                    .as_array()
                    .is_some_and(|all| all.iter().any(|one| one["Effect"] == "Allow"))
        }
        Err(_) => false,
    };
    world.count(if comes_in { 200 } else { 403 });
    if is_whole {
        assert_eq!(comes_in, may_come_in, "{method} {path}: {answer:?}");
    } else {
        assert!(is_right || !comes_in, "{event} lets somebody in");
    }
}

/// The event in one of the forms that API Gateway has.
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

fn break_something(choices: &mut Choices<'_>, event: &mut Value) {
    const MEMBERS: [&str; 14] = [
        "/version",
        "/type",
        "/routeArn",
        "/methodArn",
        "/authorizationToken",
        "/rawPath",
        "/headers",
        "/headers/authorization",
        "/headers/X-Plenigo-Token",
        "/requestContext",
        "/requestContext/http",
        "/requestContext/http/method",
        "/requestContext/stage",
        "/requestContext/domainPrefix",
    ];
    let member = choices.one(&MEMBERS);
    let value =
        [json!(null), json!(7), json!(true), json!([]), json!({}), json!("2.0"), json!("arn:aws:::/a/b/c")];
    let value = if choices.once_in(3) {
        json!(texts::any(choices))
    } else {
        value[choices.below(value.len())].clone()
    };
    if choices.once_in(8) {
        event["stageVariables"] = json!({"keyturnApplication": texts::any(choices)});
    }
    if let Some(place) = event.pointer_mut(member) {
        *place = value;
    }
}
