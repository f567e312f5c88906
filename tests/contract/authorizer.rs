//! A company's own API behind the Lambda authorizer.

use serde_json::{Value, json};

use crate::support::{DAY, HOUR, TestStack, With, plain, renewing_token};

const ARN: &str = "arn:aws:execute-api:eu-central-1:123456789012:api/prod";

pub(crate) fn http_api_event(method: &str, path: &str, token: &str) -> Value {
    json!({
        "version": "2.0", "type": "REQUEST", "routeArn": format!("{ARN}/{method}{path}"), "rawPath": path,
        "headers": {"authorization": format!("Bearer {token}")},
        "requestContext": {"http": {"method": method, "path": path}, "stage": "$default", "requestId": "id"},
    })
}

fn rest_api_event(method: &str, path: &str, token: &str) -> Value {
    json!({
        "type": "TOKEN", "methodArn": format!("{ARN}/{method}{path}"),
        "authorizationToken": format!("Bearer {token}"),
    })
}

/// The status that an HTTP API and a REST API return for a request, 200 if they let it through.
async fn status(stack: &TestStack, method: &str, path: &str, token: &str) -> (u16, u16) {
    let http = stack.authorize(&http_api_event(method, path, token)).await;
    let http = if http["isAuthorized"] == true { 200 } else { 403 };
    let rest = stack.authorize(&rest_api_event(method, path, token)).await;
    let rest = match (&rest["errorMessage"], &rest["policyDocument"]["Statement"][0]["Effect"]) {
        (Value::String(text), _) if text == "Unauthorized" => 401,
        (Value::Null, Value::String(effect)) if effect == "Allow" => 200,
        (Value::Null, Value::String(effect)) if effect == "Deny" => 403,
        _ => panic!("not an authorizer's response: {rest}"),
    };
    (http, rest)
}

#[tokio::test]
async fn allows_both_tokens_until_the_end_of_the_overlap() {
    let (stack, receiver, created) = renewing_token().await;
    let old = created.string();
    let get = async |token: &str| status(&stack, "GET", "/orders/1", token).await;
    assert_eq!(get(&old).await, (200, 200));

    stack.advance(30 * DAY).await;
    let new = stack.client(&old).redeemed(&receiver.request_token()).await;
    stack.advance(23 * HOUR).await;
    assert_eq!((get(&old).await, get(&new).await), ((200, 200), (200, 200)), "during the overlap");
    stack.advance(HOUR).await;
    assert_eq!((get(&old).await, get(&new).await), ((403, 401), (200, 200)), "after it");
    let denied = stack.authorize(&http_api_event("GET", "/orders/1", &old)).await;
    assert_eq!(denied["context"]["reason"], "RENEWED");

    let http = stack.authorize(&http_api_event("GET", "/products", &new)).await["context"].clone();
    let rest = stack.authorize(&rest_api_event("GET", "/products", &new)).await["context"].clone();
    assert_eq!(http, rest);
    assert_eq!(http["seriesId"], created.text("seriesId"), "the key for integrations stays the same");
    assert_ne!(http["tokenId"], created.id());
    assert_eq!((&http["companyId"], &http["rights"]), (&json!("local"), &json!("READ")));
}

#[tokio::test]
async fn denies_from_the_second_of_expiry_and_at_once_after_a_deactivation() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let token = plain().with("rights", "READ_WRITE").with("expiresAt", stack.after(2 * HOUR).await);
    let (expiring, deactivated) = (manager.created(&token).await, manager.created(&token).await);
    for created in [&expiring, &deactivated] {
        assert_eq!(status(&stack, "POST", "/orders", &created.string()).await, (200, 200));
    }
    manager.deactivate(&deactivated.id()).await;
    assert_eq!(status(&stack, "POST", "/orders", &deactivated.string()).await, (403, 401));
    let denied = stack.authorize(&http_api_event("POST", "/orders", &deactivated.string())).await;
    assert_eq!(denied["context"]["reason"], "DEACTIVATED");

    stack.advance_to(expiring.time("expiresAt"), 0).await;
    assert_eq!(status(&stack, "POST", "/orders", &expiring.string()).await, (403, 401));
    let reader = manager.created(&plain()).await.string();
    assert_eq!(status(&stack, "POST", "/invoices", &reader).await, (403, 403));
    let used = manager.token(&expiring.id()).await.time("lastUsedAt");
    assert_eq!(used, expiring.time("createdDate"), "an authorization is a use");
}
