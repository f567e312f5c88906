//! Copying a token string again, and deployments that forbid it.

use reqwest::Method;
use serde_json::json;
use tempfile::TempDir;

use crate::support::{
    DAY, HOUR, MINUTE, Options, Receiver, TestStack, With, plain, renewal, renewing, renewing_by_mail, token,
};

/// A deployment in which token strings can't be copied.
const NOT_COPYABLE: &[(&str, &str)] = &[("KEYTURN_COPYABLE_TOKENS", "false")];

async fn not_copyable() -> TestStack {
    TestStack::start_with(Options { parameters: NOT_COPYABLE, ..Options::default() }).await
}

#[tokio::test]
async fn returns_the_string_and_publishes_an_event() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let created = manager.created(&plain()).await;
    let copied = manager.copy(&created.id()).await.expect(200);
    assert_eq!(copied.body, json!({"token": created.string()}));
    assert_eq!(copied.headers["cache-control"], "no-store");
    let reader = stack.client_of(&manager.created(&token("READ", "API_ACCESS_TOKENS")).await);
    reader.copy(&created.id()).await.assert_error(403, "READ_ONLY_TOKEN");
    stack.sweep().await;
    assert_eq!(
        stack.event_types(&created.id()).await,
        ["Token Created", "Token Copied", "Token Handed Over"]
    );
    assert_eq!(manager.token(&created.id()).await.body["version"], 1, "a copy is no change");
    stack.assert_no_stored_secrets().await;
}

#[tokio::test]
async fn refuses_strings_that_are_no_longer_valid() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let deactivated = manager.created(&plain()).await.id();
    manager.deactivate(&deactivated).await;
    let renewed = manager.created(&renewing_by_mail(30)).await;
    let expiring = manager.created(&plain().with("expiresAt", stack.after(3 * DAY).await)).await.id();
    manager.copy(&deactivated).await.assert_error(409, "DEACTIVATED");
    stack.advance(4 * DAY).await;
    manager.copy(&expiring).await.assert_error(409, "EXPIRED");

    stack.advance_to(renewed.time("createdDate"), 30 * DAY).await;
    let overlap = manager.copy(&renewed.id()).await;
    assert_eq!(overlap.string(), renewed.string(), "valid during the overlap");
    let successor = manager.token(&renewed.id()).await.text("renewedBy");
    let copied = manager.copy(&successor).await;
    assert_eq!(stack.client_of(&copied).own_token().await.id(), successor);
    for ended in [&deactivated, &expiring] {
        assert_eq!(stack.count_events(ended, "Token Copied").await, 0);
    }
}

#[tokio::test]
async fn shows_strings_only_at_their_creation_where_copying_is_off() {
    let stack = not_copyable().await;
    let manager = stack.manager();
    let created = manager.created(&plain()).await;
    let renewed = manager.renew(&created.id(), &renewal(stack.after(DAY).await)).await.expect(201);
    for token in [&created, &renewed] {
        assert!(stack.client_of(token).is_authenticated().await);
        let refused = manager.copy(&token.id()).await;
        refused.assert_error(409, "NOT_COPYABLE");
        assert_eq!(refused.text("detail"), "Not done: token strings can't be copied in this deployment.");
        assert!(stack.stored_token(&token.id()).await["sealed"].is_null());
    }
    stack.sweep().await;
    assert_eq!(stack.event_types(&created.id()).await, ["Token Created", "Token Renewed"]);
    manager.deactivate(&created.id()).await.expect(200);
}

#[tokio::test]
async fn repeats_a_creation_with_its_string_for_2_hours_where_copying_is_off() {
    let stack = not_copyable().await;
    let manager = stack.manager();
    let create = async |body| {
        manager.with_header(Method::POST, "/apiAccessTokens", ("Idempotency-Key", "one"), &body).await
    };
    let created = create(plain()).await.expect(201);
    stack.advance(2 * HOUR - MINUTE).await;
    assert_eq!(create(plain()).await.expect(201).body, created.body);
    stack.advance(MINUTE).await;
    create(plain()).await.assert_error(409, "NOT_COPYABLE");
    create(plain().with("name", "other")).await.assert_error(422, "IDEMPOTENCY_KEY_REUSED");
    stack.advance(22 * HOUR - MINUTE).await;
    create(plain()).await.assert_error(409, "NOT_COPYABLE");
    stack.advance(MINUTE).await;
    assert_ne!(create(plain()).await.expect(201).id(), created.id());
}

#[tokio::test]
async fn repeats_a_redemption_for_2_hours_where_copying_is_off() {
    let (stack, receiver) = (not_copyable().await, Receiver::start().await);
    let manager = stack.manager();
    let created = manager.created(&renewing(&receiver)).await;
    manager.test_callback(&created.id()).await.assert_error(409, "NOT_COPYABLE");
    assert_eq!(receiver.received().len(), 0);

    stack.advance(30 * DAY).await;
    let (client, request_token) = (stack.client_of(&created), receiver.request_token());
    let string = client.redeemed(&request_token).await;
    let successor = stack.client(&string).own_token().await;
    manager.copy(&successor.id()).await.assert_error(409, "NOT_COPYABLE");
    stack.advance(2 * HOUR - MINUTE).await;
    assert_eq!(client.redeem_by_get(&request_token).await.string(), string);
    assert!(!stack.stored_token(&successor.id()).await["sealed"].is_null());

    stack.advance(2 * MINUTE).await;
    client.redeem(&request_token).await.expect(410);
    // A request token for an unused successor could have gone out 20 hours after the redemption.
    stack.advance_to(successor.time("createdDate"), 22 * HOUR + MINUTE).await;
    for token in [&successor, &created] {
        assert!(stack.stored_token(&token.id()).await["sealed"].is_null(), "nothing is left to unseal");
    }
    assert!(stack.client(&string).is_authenticated().await);
    stack.advance_to(successor.time("createdDate"), 30 * DAY).await;
    stack.client(&string).redeemed(&receiver.request_token()).await;
}

#[tokio::test]
async fn requires_a_callback_for_renewal_where_copying_is_off() {
    let folder = TempDir::new().unwrap();
    let stack = TestStack::start_in(folder.path()).await;
    let before = stack.manager().created(&renewing_by_mail(30)).await.id();
    stack.kill().await;

    let options = Options { data_dir: Some(folder.path()), parameters: NOT_COPYABLE, ..Options::default() };
    let stack = TestStack::start_with(options).await;
    let manager = stack.manager();
    let refused = manager.create(&renewing_by_mail(30)).await;
    refused.assert_invalid(&["autoRenewal.callback"]);
    let detail = refused.text("detail");
    assert!(detail.contains("token strings can't be copied in this deployment"), "{detail}");
    let plain = manager.created(&plain()).await.id();
    let patch = json!({"autoRenewal": {"everyDays": 30}, "renewalMailRecipient": "ops@example.com"});
    manager.edit(&plain, &patch).await.assert_invalid(&["autoRenewal.callback"]);
    // What was accepted before can still be described.
    manager.edit(&before, &json!({"description": "older"})).await.expect(200);
}
