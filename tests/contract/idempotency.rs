//! `Idempotency-Key` on creating requests.

use std::collections::BTreeSet;

use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{ApiClient, ApiResponse, DAY, HOUR, MINUTE, TestStack, With, plain, renewal, token};

const TOKENS: &str = "/apiAccessTokens";

fn named(name: &str) -> Value {
    plain().with("name", name)
}

async fn send(client: &ApiClient, path: &str, key: &str, body: &Value) -> ApiResponse {
    client.with_header(Method::POST, path, ("Idempotency-Key", key), body).await
}

async fn accepted(client: &ApiClient, path: &str, key: &str, body: &Value) -> ApiResponse {
    send(client, path, key, body).await.expect(201)
}

/// Everything in a response that clients rely on.
fn essence(response: &ApiResponse) -> (u16, &Value, [&str; 4]) {
    let headers = ["location", "etag", "content-type", "cache-control"].map(|name| response.header(name));
    (response.status, &response.body, headers)
}

/// Fails unless the request is refused because its key belongs to another one.
async fn assert_reused(client: &ApiClient, path: &str, key: &str, body: &Value) {
    send(client, path, key, body).await.assert_error(422, "IDEMPOTENCY_KEY_REUSED");
}

async fn tokens(stack: &TestStack) -> usize {
    stack.manager().get("/apiAccessTokens?size=100").await.items().len() - 1
}

#[tokio::test]
async fn repeats_a_creation_for_24_hours() {
    let stack = TestStack::start().await;
    let (manager, body) = (stack.manager(), named("same"));
    let first = accepted(&manager, TOKENS, "one", &body).await;
    stack.advance(24 * HOUR - MINUTE).await;
    let again = accepted(&manager, TOKENS, "one", &body).await;
    assert_eq!(essence(&again), essence(&first));
    assert_eq!(tokens(&stack).await, 1);
    stack.sweep().await;
    assert_eq!(stack.event_types(&first.id()).await, ["Token Created"]);

    stack.advance(MINUTE + 1).await;
    let later = accepted(&manager, TOKENS, "one", &body).await;
    assert_ne!((later.id(), later.string()), (first.id(), first.string()));
    assert_eq!(essence(&accepted(&manager, TOKENS, "one", &body).await), essence(&later), "and repeats that");
    assert_ne!(manager.created(&body).await.id(), later.id(), "without a key every request counts");
    assert_eq!(tokens(&stack).await, 3);
    stack.assert_no_stored_secrets().await;
}

#[tokio::test]
async fn repeats_a_manual_renewal_for_24_hours() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let old = manager.created(&named("old")).await.id();
    let (renew, body) = (format!("{TOKENS}/{old}/renew"), renewal(stack.after(2 * DAY).await));
    let first = accepted(&manager, &renew, "one", &body).await;
    assert_eq!(essence(&accepted(&manager, &renew, "one", &body).await), essence(&first));
    stack.advance(23 * HOUR).await;
    assert_eq!(essence(&accepted(&manager, &renew, "one", &body).await), essence(&first));
    assert_reused(&manager, &renew, "one", &body.clone().with("name", "other")).await;
    send(&manager, &renew, "two", &body).await.expect(409);
    stack.advance(2 * HOUR).await;
    // After 24 hours it is a new request.
    send(&manager, &renew, "one", &body).await.expect(409);
    assert_eq!(tokens(&stack).await, 2);
}

#[tokio::test]
async fn refuses_another_request_with_the_same_key() {
    let stack = TestStack::start().await;
    let (manager, body) = (stack.manager(), renewal(stack.after(2 * DAY).await));
    let first = accepted(&manager, TOKENS, "one", &named("a")).await;
    assert_reused(&manager, TOKENS, "one", &named("b")).await;
    assert_reused(&manager, TOKENS, "one", &json!({})).await;
    let renew = format!("{TOKENS}/{}/renew", first.id());
    assert_reused(&manager, &renew, "one", &body).await;
    let other = manager.created(&named("other")).await.id();
    accepted(&manager, &renew, "two", &body).await;
    assert_reused(&manager, &format!("{TOKENS}/{other}/renew"), "two", &body).await;
    assert_reused(&manager, TOKENS, "two", &named("a")).await;
    assert_eq!(tokens(&stack).await, 3);
    assert!(manager.token(&other).await.body["renewedBy"].is_null());
}

#[tokio::test]
async fn keeps_the_keys_of_different_tokens_apart() {
    let stack = TestStack::on_disk().await;
    let manager = stack.manager();
    let second = stack.client_of(&manager.created(&token("READ_WRITE", "API_ACCESS_TOKENS")).await);
    let elsewhere = stack.add_company("elsewhere").await;
    let mut strings = BTreeSet::new();
    for client in [&manager, &second, &elsewhere] {
        strings.insert(accepted(client, TOKENS, "one", &plain()).await.string());
    }
    assert_eq!(strings.len(), 3);
    assert_eq!(accepted(&elsewhere, TOKENS, "two", &plain()).await.text("companyId"), "elsewhere");
}

#[tokio::test]
async fn repeats_responses_even_if_the_request_would_now_be_refused() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let token = plain().with("expiresAt", stack.after(HOUR).await);
    let first = accepted(&manager, TOKENS, "one", &token).await;
    let (renew, body) = (format!("{TOKENS}/{}/renew", first.id()), renewal(stack.now().await));
    let renewed = accepted(&manager, &renew, "two", &body).await;
    stack.advance(2 * HOUR).await;
    assert_eq!(essence(&accepted(&manager, TOKENS, "one", &token).await), essence(&first));
    assert_eq!(essence(&accepted(&manager, &renew, "two", &body).await), essence(&renewed));
    send(&manager, TOKENS, "three", &token).await.assert_invalid(&["expiresAt"]);
}

#[tokio::test]
async fn creates_one_token_for_concurrent_repeats() {
    let stack = TestStack::start().await;
    let (manager, body) = (stack.manager(), plain());
    let at_once = async |path: &str, key: &str, body: &Value| {
        let mut responses = join_all((0..20).map(|_| send(&manager, path, key, body))).await;
        let same = responses.iter().all(|response| essence(response) == essence(&responses[0]));
        assert!(same, "{responses:?}");
        responses.remove(0).expect(201)
    };
    let first = at_once(TOKENS, "one", &body).await;
    assert_eq!(tokens(&stack).await, 1);
    let renew = format!("{TOKENS}/{}/renew", first.id());
    at_once(&renew, "two", &renewal(stack.after(2 * DAY).await)).await;
    assert_eq!(tokens(&stack).await, 2);
}

#[tokio::test]
async fn accepts_one_of_different_concurrent_requests() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let bodies: Vec<_> = (0..10).map(|number| named(&format!("token {number}"))).collect();
    let mut responses = join_all(bodies.iter().map(|body| send(&manager, TOKENS, "one", body))).await;
    responses.retain(|response| response.status != 201);
    assert_eq!(responses.len(), bodies.len() - 1);
    responses.iter().for_each(|response| response.assert_error(422, "IDEMPOTENCY_KEY_REUSED"));
    assert_eq!(tokens(&stack).await, 1);
}

#[tokio::test]
async fn refuses_malformed_keys() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let id = manager.created(&plain()).await.id();
    let renewal = json!({"name": "new", "existingTokenExpiresAt": "2999-12-31"});
    for (path, body) in [(TOKENS, plain()), (&format!("{TOKENS}/{id}/renew"), renewal)] {
        for key in ["", " ", &"x".repeat(256), "schl\u{fc}ssel", "a\tb"] {
            send(&manager, path, key, &body).await.assert_invalid(&["Idempotency-Key"]);
        }
    }
    for key in ["x", &"x".repeat(255), "\"8e03978e-40d5-43dd-bc93-6894a57f9324\"", "a b"] {
        accepted(&manager, TOKENS, key, &plain()).await;
    }
    assert_eq!(tokens(&stack).await, 5);
}

#[tokio::test]
async fn does_not_store_refused_requests() {
    let stack = TestStack::start().await;
    let (manager, body) = (stack.manager(), renewal(stack.after(2 * DAY).await));
    send(&manager, TOKENS, "one", &named("")).await.assert_invalid(&["name"]);
    let corrected = accepted(&manager, TOKENS, "one", &plain()).await;
    assert_reused(&manager, TOKENS, "one", &named("")).await;

    let renew = format!("{TOKENS}/{}/renew", corrected.id());
    send(&manager, &renew, "two", &json!({"name": "n"})).await.expect(400);
    send(&manager, &format!("{TOKENS}/1/renew"), "two", &body).await.expect(404);
    accepted(&manager, &renew, "two", &body).await;
    assert_eq!(tokens(&stack).await, 2);
}

#[tokio::test]
async fn repeats_responses_with_their_secrets_after_a_restart() {
    let folder = TempDir::new().unwrap();
    let stack = TestStack::start_in(folder.path()).await;
    let callback = json!({"everyDays": 30, "callback": {"url": "http://127.0.0.1:9/"}});
    let body = plain().with("autoRenewal", callback);
    let first = accepted(&stack.manager(), TOKENS, "one", &body).await;
    assert!(first.signing_secret().is_some());
    stack.kill().await;
    let stack = TestStack::start_in(folder.path()).await;
    assert_eq!(essence(&accepted(&stack.manager(), TOKENS, "one", &body).await), essence(&first));
    assert_eq!(tokens(&stack).await, 1);
    stack.assert_no_stored_secrets().await;
}
