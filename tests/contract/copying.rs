//! Copying a token string again, and deployments in which nobody can.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Answer, Caller, DAY, HOUR, Options, Receiver, TestStack, renewing};

/// A deployment in which strings can't be copied.
const NOT_COPYABLE: &[(&str, &str)] = &[("KEYTURN_COPYABLE_TOKENS", "false")];

fn plain() -> Value {
    json!({"name": "n", "rights": "READ", "applications": ["ORDERS"]})
}

fn by_mail() -> Value {
    json!({
        "name": "mailed", "rights": "READ", "applications": ["ORDERS"],
        "autoRenewal": {"everyDays": 30}, "renewalMailRecipient": "ops@example.com",
    })
}

async fn copy(caller: &Caller, id: &str) -> Answer {
    caller.get(&format!("/apiAccessTokens/{id}/token")).await
}

/// Fails unless the answer is a 409 with this code.
fn assert_conflict(answer: &Answer, code: &str) {
    assert_eq!((answer.status, answer.text("errorCode")), (409, code.to_owned()), "{answer:?}");
}

#[tokio::test]
async fn the_copy_is_the_string_and_leaves_a_trace() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let created = manager.created(&plain()).await;
    let copied = copy(&manager, &created.id()).await;
    assert_eq!((copied.status, copied.body), (200, json!({"token": created.text("token")})));
    assert_eq!(copied.headers["cache-control"], "no-store");
    stack.sweep().await;
    assert_eq!(stack.event_types(&created.id()).await, ["Token Created", "Token Copied"]);
    let activities = manager.get(&format!("/apiAccessTokens/{}/activities", created.id())).await.body;
    assert_eq!(activities["items"][0]["action"], "COPIED", "{activities}");
    let who = manager.get("/apiAccessTokens/self").await.id();
    assert_eq!(activities["items"][0]["actor"], json!({"type": "TOKEN", "tokenId": who}));
    let read = manager.token(&created.id()).await;
    assert_eq!(read.body["version"], 1, "copying a token doesn't change it");
    stack.assert_nothing_is_stored_in_the_clear().await;
}

#[tokio::test]
async fn who_only_reads_copies_nothing() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let token = manager.created(&plain()).await;
    let reader = json!({"name": "reader", "rights": "READ", "applications": ["API_ACCESS_TOKENS"]});
    let reader = stack.caller(&manager.created(&reader).await.text("token"));
    for (caller, code) in
        [(&reader, "READ_ONLY_TOKEN"), (&stack.caller(&token.text("token")), "APPLICATION_MISSING")]
    {
        let refused = copy(caller, &token.id()).await;
        assert_eq!((refused.status, refused.text("errorCode")), (403, code.to_owned()));
    }
    stack.sweep().await;
    assert_eq!(stack.event_types(&token.id()).await, ["Token Created"]);
}

#[tokio::test]
async fn a_string_that_is_no_longer_good_is_not_copied() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let deactivated = manager.created(&plain()).await.id();
    manager.deactivate(&deactivated).await;
    let renewed = manager.created(&by_mail()).await;
    let mut expiring = plain();
    expiring["expiresAt"] = json!((stack.now().await + chrono::TimeDelta::days(3)).to_rfc3339());
    let expiring = manager.created(&expiring).await.id();
    assert_conflict(&copy(&manager, &deactivated).await, "DEACTIVATED");
    stack.advance(4 * DAY).await;
    assert_conflict(&copy(&manager, &expiring).await, "EXPIRED");

    stack.advance_to(renewed.time("createdDate"), 30 * DAY).await;
    let overlap = copy(&manager, &renewed.id()).await;
    assert_eq!(overlap.text("token"), renewed.text("token"), "during the overlap it's good");
    let successor = manager.token(&renewed.id()).await.text("renewedBy");
    let string = copy(&manager, &successor).await.text("token");
    assert_eq!(stack.caller(&string).get("/apiAccessTokens/self").await.id(), successor);
    for ended in [&deactivated, &expiring] {
        assert!(!stack.event_types(ended).await.contains(&"Token Copied".to_owned()));
    }
}

#[tokio::test]
async fn where_nobody_can_copy_the_creation_shows_the_string_for_the_only_time() {
    let stack = TestStack::start_with(Options { parameters: NOT_COPYABLE, ..Options::default() }).await;
    let manager = stack.manager();
    let created = manager.created(&plain()).await;
    assert!(stack.caller(&created.text("token")).is_authenticated().await);
    let refused = copy(&manager, &created.id()).await;
    assert_conflict(&refused, "NOT_COPYABLE");
    assert_eq!(refused.text("detail"), "Not done: token strings can't be copied in this deployment.");
    assert!(stack.stored_token(&created.id()).await["sealed"].is_null());

    let renewal = json!({"name": "renewed", "existingTokenExpiresAt": (stack.now().await + chrono::TimeDelta::days(1)).to_rfc3339()});
    let renewed = manager.post(&format!("/apiAccessTokens/{}/renew", created.id()), &renewal).await;
    assert_eq!(renewed.status, 201, "{}", renewed.body);
    assert!(stack.caller(&renewed.text("token")).is_authenticated().await);
    assert_conflict(&copy(&manager, &renewed.id()).await, "NOT_COPYABLE");
    assert!(stack.stored_token(&renewed.id()).await["sealed"].is_null());
    stack.sweep().await;
    assert_eq!(stack.event_types(&created.id()).await, ["Token Created", "Token Renewed"]);
    assert_eq!(manager.deactivate(&created.id()).await.status, 200);
}

#[tokio::test]
async fn where_nobody_can_copy_a_redemption_can_be_repeated_for_its_2_hours() {
    let stack = TestStack::start_with(Options { parameters: NOT_COPYABLE, ..Options::default() }).await;
    let receiver = Receiver::start().await;
    let created = stack.manager().created(&renewing(&receiver)).await;
    let test =
        stack.manager().post(&format!("/apiAccessTokens/{}/callback/test", created.id()), &json!({})).await;
    assert_conflict(&test, "NOT_COPYABLE");
    assert_eq!(receiver.received().len(), 0);

    stack.advance(30 * DAY).await;
    let (client, key) = (stack.caller(&created.text("token")), receiver.last().request_token());
    let string = client.redeem(&key).await.text("token");
    let successor = stack.caller(&string).get("/apiAccessTokens/self").await.id();
    assert_conflict(&copy(&stack.manager(), &successor).await, "NOT_COPYABLE");
    stack.advance(HOUR + 59 * 60).await;
    assert_eq!(client.redeem_by_get(&key).await.text("token"), string);
    assert!(!stack.stored_token(&successor).await["sealed"].is_null());

    stack.advance(2 * 60).await;
    assert_eq!(client.redeem(&key).await.status, 410);
    for token in [&successor, &created.id()] {
        assert!(stack.stored_token(token).await["sealed"].is_null(), "nothing is left to be opened");
    }
    assert!(stack.caller(&string).is_authenticated().await);
    let born = stack.manager().token(&successor).await.time("createdDate");
    stack.advance_to(born, 30 * DAY).await;
    let second = stack.caller(&string).redeem(&receiver.last().request_token()).await;
    assert_eq!(second.status, 200, "the next renewal works as the first");
}

#[tokio::test]
async fn where_nobody_can_copy_a_renewal_needs_a_callback() {
    let folder = TempDir::new().unwrap();
    let options = |parameters| Options { data_dir: Some(folder.path()), parameters };
    let stack = TestStack::start_with(options(&[])).await;
    let before = stack.manager().created(&by_mail()).await.id();
    stack.kill().await;

    let stack = TestStack::start_with(options(NOT_COPYABLE)).await;
    let manager = stack.manager();
    let refused = manager.create(&by_mail()).await;
    assert_eq!((refused.status, refused.faulty_fields()), (400, vec!["autoRenewal.callback".to_owned()]));
    assert!(
        refused.text("detail").contains("token strings can't be copied in this deployment"),
        "{}",
        refused.body
    );
    let plain = manager.created(&plain()).await.id();
    let renewal = json!({"autoRenewal": {"everyDays": 30}, "renewalMailRecipient": "ops@example.com"});
    let edited = manager.patch(&format!("/apiAccessTokens/{plain}"), &renewal).await;
    assert_eq!((edited.status, edited.faulty_fields()), (400, vec!["autoRenewal.callback".to_owned()]));

    let described =
        manager.patch(&format!("/apiAccessTokens/{before}"), &json!({"description": "older"})).await;
    assert_eq!(described.status, 200, "what was accepted before can still be described: {}", described.body);
}
