//! A company's own API behind the authorizer: open exactly as long as the token is good, for what the token is for.

use serde_json::{Value, json};

use crate::support::{DAY, HOUR, Receiver, TestStack, renewing};

const ARN: &str = "arn:aws:execute-api:eu-central-1:123456789012:api/prod";

fn of_http_api(method: &str, path: &str, token: &str) -> Value {
    json!({
        "version": "2.0", "type": "REQUEST", "routeArn": format!("{ARN}/{method}{path}"), "rawPath": path,
        "headers": {"authorization": format!("Bearer {token}")},
        "requestContext": {"http": {"method": method, "path": path}, "stage": "$default", "requestId": "id"},
    })
}

fn of_rest_api(method: &str, path: &str, token: &str) -> Value {
    json!({
        "type": "TOKEN", "methodArn": format!("{ARN}/{method}{path}"),
        "authorizationToken": format!("Bearer {token}"),
    })
}

/// What both kinds of API make of a request: whether it gets through, and the status that they answer if not.
async fn status(stack: &TestStack, method: &str, path: &str, token: &str) -> (u16, u16) {
    let http = stack.authorize(&of_http_api(method, path, token)).await;
    let http = if http["isAuthorized"] == true { 200 } else { 403 };
    let rest = stack.authorize(&of_rest_api(method, path, token)).await;
    let rest = match (&rest["errorMessage"], &rest["policyDocument"]["Statement"][0]["Effect"]) {
        (Value::String(text), _) if text == "Unauthorized" => 401,
        (Value::Null, Value::String(effect)) if effect == "Allow" => 200,
        (Value::Null, Value::String(effect)) if effect == "Deny" => 403,
        _ => panic!("no answer of an authorizer's: {rest}"),
    };
    (http, rest)
}

#[tokio::test]
async fn an_api_is_open_from_the_creation_to_the_end_of_the_overlap() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let created = stack.manager().created(&renewing(&receiver)).await;
    let old = created.text("token");
    assert_eq!(status(&stack, "GET", "/orders/1", &old).await, (200, 200));

    stack.advance(30 * DAY).await;
    let redeemed = stack.caller(&old).redeem(&receiver.last().request_token()).await;
    let new = redeemed.text("token");
    stack.advance(23 * HOUR).await;
    assert_eq!(
        status(&stack, "GET", "/orders/1", &old).await,
        (200, 200),
        "during the overlap both are good"
    );
    assert_eq!(status(&stack, "GET", "/orders/1", &new).await, (200, 200));

    stack.advance(HOUR).await;
    assert_eq!(status(&stack, "GET", "/orders/1", &old).await, (403, 401), "after it the new one only");
    assert_eq!(status(&stack, "GET", "/orders/1", &new).await, (200, 200));
    let answer = stack.authorize(&of_http_api("GET", "/orders/1", &old)).await;
    assert_eq!(answer["context"]["reason"], "RENEWED");

    let both: Vec<_> = [
        stack.authorize(&of_http_api("GET", "/products", &new)).await,
        stack.authorize(&of_rest_api("GET", "/products", &new)).await,
    ]
    .map(|answer| answer["context"].clone())
    .into();
    assert_eq!(both[0], both[1]);
    assert_eq!(both[0]["seriesId"], created.text("seriesId"), "what an integration keys on stays the same");
    assert_ne!(both[0]["tokenId"], created.id());
    assert_eq!((&both[0]["companyId"], &both[0]["rights"]), (&json!("local"), &json!("READ")));
}

#[tokio::test]
async fn access_ends_with_the_expiry_to_the_second_and_with_a_deactivation_at_once() {
    let stack = TestStack::start().await;
    let end = stack.now().await + chrono::TimeDelta::hours(2);
    let token = json!({"name": "n", "rights": "READ_WRITE", "applications": ["ORDERS"],
        "expiresAt": end.format("%Y-%m-%dT%H:%M:%SZ").to_string()});
    let (expiring, deactivated) =
        (stack.manager().created(&token).await, stack.manager().created(&token).await);
    for created in [&expiring, &deactivated] {
        assert_eq!(status(&stack, "POST", "/orders", &created.text("token")).await, (200, 200));
    }
    stack.manager().deactivate(&deactivated.id()).await;
    assert_eq!(status(&stack, "POST", "/orders", &deactivated.text("token")).await, (403, 401));
    let answer = stack.authorize(&of_http_api("POST", "/orders", &deactivated.text("token"))).await;
    assert_eq!(answer["context"]["reason"], "DEACTIVATED");

    stack.advance_to(expiring.time("expiresAt"), 0).await;
    assert_eq!(status(&stack, "POST", "/orders", &expiring.text("token")).await, (403, 401));
}

#[tokio::test]
async fn a_token_opens_what_it_is_for_and_reads_if_that_is_all_it_may() {
    let stack = TestStack::start().await;
    let create = async |rights: &str| {
        let token = json!({"name": "n", "rights": rights, "applications": ["ORDERS", "PRODUCTS"]});
        stack.manager().created(&token).await.text("token")
    };
    let (reader, writer) = (create("READ").await, create("READ_WRITE").await);
    for (method, path, reads, writes) in [
        ("GET", "/orders", (200, 200), (200, 200)),
        ("HEAD", "/products/1", (200, 200), (200, 200)),
        ("PUT", "/orders/1", (403, 403), (200, 200)),
        ("DELETE", "/products/1", (403, 403), (200, 200)),
        ("GET", "/invoices", (403, 403), (403, 403)),
        ("POST", "/elsewhere", (403, 403), (403, 403)),
    ] {
        assert_eq!(status(&stack, method, path, &reader).await, reads, "{method} {path}");
        assert_eq!(status(&stack, method, path, &writer).await, writes, "{method} {path}");
    }
    assert_eq!(status(&stack, "GET", "/orders", "").await, (403, 401));
    assert_eq!(status(&stack, "GET", "/orders", &format!("kat_{}", "0".repeat(71))).await, (403, 401));
}

#[tokio::test]
async fn a_use_behind_the_authorizer_is_a_use() {
    let stack = TestStack::start().await;
    let token = json!({"name": "n", "rights": "READ", "applications": ["ORDERS"]});
    let created = stack.manager().created(&token).await;
    status(&stack, "GET", "/orders", &created.text("token")).await;
    let seen = stack.manager().token(&created.id()).await;
    assert_eq!(seen.time("lastUsedAt"), created.time("createdDate"));
}
