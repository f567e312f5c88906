//! `POST /introspect` (RFC 7662).

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{ApiClient, ApiResponse, DAY, HOUR, TestStack, With, plain, renewing_token, token};

const FORM: &str = "application/x-www-form-urlencoded";

async fn post(client: &ApiClient, content_type: &str, body: &str) -> ApiResponse {
    client.call(Method::POST, "/introspect", Some((content_type, body.to_owned()))).await
}

async fn introspect(client: &ApiClient, token: &str) -> Value {
    let response =
        post(client, FORM, &format!("token={token}&token_type_hint=access_token")).await.expect(200);
    assert_eq!(response.header("cache-control"), "no-store");
    response.body
}

fn inactive() -> Value {
    json!({"active": false})
}

#[tokio::test]
async fn describes_an_active_token_with_the_members_of_the_rfc() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let token = plain().with("applications", ["ORDERS", "PRODUCTS"]).with("expiresAt", "2999-12-31");
    let created = manager.created(&token).await;
    let response = introspect(&manager, &created.string()).await;
    let issuer = response["iss"].as_str().unwrap().to_owned();
    assert!(issuer.starts_with("http://127.0.0.1:"), "{issuer}");
    let expected = json!({
        "active": true,
        "scope": "READ ORDERS PRODUCTS",
        "client_id": created.text("seriesId"),
        "sub": created.text("companyId"),
        "iss": issuer,
        "jti": created.id(),
        "token_type": "Bearer",
        "iat": created.time("createdDate").timestamp(),
        "exp": created.time("expiresAt").timestamp(),
    });
    assert_eq!(response, expected);
    let unlimited = manager.created(&plain()).await;
    let response = introspect(&manager, &unlimited.string()).await;
    assert!(response["active"] == true && response.get("exp").is_none(), "{response}");
    let used = manager.token(&unlimited.id()).await.time("lastUsedAt");
    assert_eq!(used, stack.now().await, "an introspection is a use");
}

#[tokio::test]
async fn the_issuer_is_the_deployment_s_own_address_whatever_host_the_caller_names() {
    let stack = TestStack::start().await;
    let caller = stack.manager().created(&token("READ", "API_ACCESS_TOKENS")).await.string();
    let issuer = introspect(&stack.manager(), &caller).await["iss"].as_str().unwrap().to_owned();
    let request = reqwest::Client::new().post(format!("{issuer}/introspect")).bearer_auth(&caller);
    let request = request.header("host", "elsewhere.example").header("content-type", FORM);
    let response = request.body(format!("token={caller}")).send().await.unwrap();
    assert_eq!(response.json::<Value>().await.unwrap()["iss"], issuer);
}

#[tokio::test]
async fn says_nothing_else_of_an_inactive_token() {
    let stack = TestStack::on_disk().await;
    let (manager, others) = (stack.manager(), stack.add_company("others").await);
    let token = plain().with("expiresAt", stack.after(HOUR).await);
    let expiring = manager.created(&token).await.string();
    let deactivated = manager.created(&token).await;
    manager.deactivate(&deactivated.id()).await;

    assert_eq!(introspect(&others, &expiring).await, inactive(), "of another company");
    assert_eq!(introspect(&manager, &expiring).await["active"], true);
    assert_eq!(introspect(&manager, &deactivated.string()).await, inactive());
    let (mistyped, unknown) = (&expiring[..74], expiring.replace("kat_", "krt_"));
    for string in ["x", mistyped, &unknown, "%F0%9F%94%91", "kat_+", &"a".repeat(10_000)] {
        assert_eq!(introspect(&manager, string).await, inactive(), "{string}");
    }
    stack.advance(HOUR).await;
    assert_eq!(introspect(&manager, &expiring).await, inactive(), "expired");
}

#[tokio::test]
async fn shows_both_tokens_as_active_during_the_overlap() {
    let (stack, receiver, created) = renewing_token().await;
    let (manager, old) = (stack.manager(), created.string());
    stack.advance(30 * DAY).await;
    let new = stack.client(&old).redeemed(&receiver.request_token()).await;
    let (predecessor, successor) = (introspect(&manager, &old).await, introspect(&manager, &new).await);
    assert_eq!((&predecessor["active"], &successor["active"]), (&json!(true), &json!(true)));
    assert_eq!(predecessor["client_id"], successor["client_id"]);
    assert_ne!(predecessor["jti"], successor["jti"]);
    stack.advance(DAY).await;
    assert_eq!(introspect(&manager, &old).await, inactive());
    assert_eq!(introspect(&manager, &new).await, successor);
}

#[tokio::test]
async fn refuses_malformed_forms() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    for (content_type, body, field) in [
        (FORM, "", "token"),
        (FORM, "token=", "token"),
        (FORM, "Token=x", "token"),
        (FORM, "token=a&token=b", "token"),
        (FORM, "token=%ff", "token"),
        ("application/json", r#"{"token": "x"}"#, "body"),
        ("text/plain", "token=x", "body"),
    ] {
        let refused = post(&manager, content_type, body).await;
        refused.assert_invalid(&[field]);
        assert_eq!(refused.header("content-type"), "application/problem+json");
    }
    let with_charset = "Application/X-WWW-Form-URLencoded; charset=utf-8";
    let response = post(&manager, with_charset, "token=x&other=y").await.expect(200);
    assert_eq!(response.body, inactive());
    manager.call(Method::POST, "/introspect", None).await.expect(400);
}
