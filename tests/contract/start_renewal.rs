//! `startRenewal`: the automatic renewal becomes due now.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{DAY, HOUR, MINUTE, Reply, TestStack, due_token, renewing_by_mail, renewing_token};

#[tokio::test]
async fn sends_the_callback_at_the_next_run_of_the_schedule() {
    let (stack, receiver, created) = renewing_token().await;
    stack.advance(3 * DAY).await;
    let before = stack.now().await.timestamp();
    let started = stack.manager().start_renewal(&created.id()).await.expect(200);
    assert_eq!((started.header("etag"), &started.body["version"]), ("\"2\"", &json!(2)));
    let due = started.next_renewal();
    assert!((before..=stack.now().await.timestamp()).contains(&due.timestamp()), "{due}");
    assert_eq!(receiver.received().len(), 0, "the call itself sends nothing");
    stack.sweep().await;
    assert_eq!((receiver.received().len(), receiver.last().attempt()), (1, 1));
    let string = stack.client_of(&created).redeemed(&receiver.request_token()).await;
    let successor = stack.client(&string).own_token().await;
    let usual = successor.time("createdDate") + TimeDelta::days(30);
    assert_eq!(successor.next_renewal(), usual);
    stack.sweep().await;
    let events =
        ["Token Created", "Token Updated", "Renewal Requested", "Callback Delivered", "Token Renewed"];
    assert_eq!(stack.event_types(&created.id()).await, events);
}

#[tokio::test]
async fn keeps_a_pending_request_token_and_replaces_a_dead_one_at_once() {
    let (stack, receiver, created) = due_token(Reply::Status(500)).await;
    let (manager, id) = (stack.manager(), created.id());
    let first = receiver.request_token();
    let before = manager.token(&id).await;
    assert_eq!(manager.start_renewal(&id).await.expect(200).body, before.body, "it is in progress");
    stack.advance(2 * MINUTE).await;
    assert_eq!((receiver.received().len(), receiver.request_token()), (2, first.clone()), "and retried");

    stack.advance_to(created.time("createdDate"), 30 * DAY + 3 * HOUR).await;
    let sent = receiver.received().len();
    receiver.always(Reply::Status(204));
    assert_eq!(manager.start_renewal(&id).await.expect(200).body["pendingRenewal"], Value::Null);
    stack.sweep().await;
    assert_eq!(receiver.received().len(), sent + 1, "without waiting for 24 hours");
    let second = receiver.request_token();
    let client = stack.client_of(&created);
    client.redeem(&first).await.expect(410);
    client.redeemed(&second).await;
}

#[tokio::test]
async fn renews_by_schedule_without_a_callback() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let id = manager.created(&renewing_by_mail(30)).await.id();
    manager.start_renewal(&id).await.expect(200);
    stack.sweep().await;
    let old = manager.token(&id).await;
    let successor = manager.token(&old.text("renewedBy")).await;
    assert_eq!(old.time("expiresAt"), successor.time("createdDate") + TimeDelta::hours(24));
    assert_eq!(stack.mails().await.len(), 1);
}
