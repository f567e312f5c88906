//! Mails and events of a change are delivered at once, by the function on the table's stream; the schedule is the guarantee.

use serde_json::{Value, json};

use crate::support::{DAY, TestStack, With, plain, renewal};

/// Creates a token and renews it, which owes two events and a mail; its id.
async fn renewed(stack: &TestStack) -> String {
    let token = plain().with("renewalMailRecipient", "ops@example.com");
    let id = stack.manager().created(&token).await.id();
    stack.manager().renew(&id, &renewal(stack.after(DAY).await)).await.expect(201);
    id
}

fn counts(summary: &Value) -> Value {
    json!([summary["events"], summary["mails"], summary["left"]])
}

#[tokio::test]
async fn the_stream_delivers_what_a_change_owes_and_leaves_the_schedule_nothing() {
    let stack = TestStack::start().await;
    stack.stream().await;
    let id = renewed(&stack).await;
    assert_eq!(counts(&stack.stream().await), json!([2, 1, 0]));
    assert_eq!(stack.event_types(&id).await, ["Token Created", "Token Renewed"]);
    assert_eq!(stack.mails().await.len(), 1);

    assert_eq!(stack.stream().await["taken"], 0);
    let sweep = stack.advance(DAY / 2).await;
    assert_eq!((&sweep["events"], &sweep["mails"]), (&json!(0), &json!(0)), "{sweep}");
    assert_eq!(stack.event_types(&id).await, ["Token Created", "Token Renewed"]);
    assert_eq!(stack.mails().await.len(), 1);
}

#[tokio::test]
async fn the_schedule_delivers_what_the_stream_could_not() {
    let stack = TestStack::start().await;
    stack.stream().await;
    stack.fail(json!({"ses": 1_000, "eventbridge": 1_000})).await;
    let id = renewed(&stack).await;
    assert_eq!(counts(&stack.stream().await), json!([0, 0, 2]));
    stack.fail(json!({"ses": 0, "eventbridge": 0})).await;
    assert_eq!(stack.stream().await["taken"], 0, "the schedule tries again");
    stack.advance(DAY / 2).await;
    assert_eq!(stack.event_types(&id).await, ["Token Created", "Token Renewed"]);
    assert_eq!(stack.mails().await.len(), 1);
}

#[tokio::test]
async fn a_mail_service_that_fails_delays_no_event() {
    let stack = TestStack::start().await;
    stack.stream().await;
    stack.fail(json!({"ses": 1_000})).await;
    let ids = [renewed(&stack).await, renewed(&stack).await];
    assert_eq!(stack.stream().await["events"], 4);
    for id in &ids {
        assert_eq!(stack.event_types(id).await, ["Token Created", "Token Renewed"]);
    }
    stack.fail(json!({"ses": 0})).await;
    stack.advance(DAY / 2).await;
    assert_eq!(stack.mails().await.len(), 2);
    for id in &ids {
        assert_eq!(stack.event_types(id).await, ["Token Created", "Token Renewed"], "no event twice");
    }
}

#[tokio::test]
async fn the_schedule_and_the_stream_at_the_same_time_deliver_once() {
    let stack = TestStack::start().await;
    let mut ids = Vec::new();
    for _ in 0..10 {
        ids.push(renewed(&stack).await);
    }
    tokio::join!(stack.stream(), stack.stream());
    stack.sweep().await;
    for id in &ids {
        assert_eq!(stack.event_types(id).await, ["Token Created", "Token Renewed"]);
    }
    assert_eq!(stack.mails().await.len(), 10);
}
