//! Receivers that fail in every way they can.

use serde_json::Value;

use crate::support::{Answer, DAY, HOUR, MINUTE, Receiver, Reply, TestStack, renewing};

/// A stack with a token whose first request token has just gone out.
async fn just_due(receiver: &Receiver) -> (TestStack, Answer) {
    let stack = TestStack::start().await;
    let created = stack.manager().created(&renewing(receiver)).await;
    stack.advance_to(created.time("createdDate"), 30 * DAY).await;
    (stack, created)
}

async fn failures(stack: &TestStack) -> Vec<Value> {
    let events = stack.events().await;
    events
        .into_iter()
        .filter(|event| event["detailType"] == "Callback Failed")
        .map(|event| event["detail"].clone())
        .collect()
}

async fn assert_failing(receiver: &Receiver, class: &str) {
    let (stack, created) = just_due(receiver).await;
    stack.advance(3 * HOUR).await;
    let failures = failures(&stack).await;
    let tries: Vec<_> = failures.iter().map(|failure| failure["try"].as_i64().unwrap()).collect();
    assert!([6, 7].contains(&tries.len()), "tried again by the schedule: {tries:?}");
    assert!(tries.iter().copied().eq(1..=i64::try_from(tries.len()).unwrap()), "{tries:?}");
    assert!(failures.iter().all(|failure| failure["errorClass"] == class), "{failures:?}");
    assert_eq!(failures.last().unwrap()["lastTry"], true);
    assert!(stack.caller(&created.text("token")).is_authenticated().await, "the old token is unharmed");
    let token = stack.manager().token(&created.id()).await;
    assert_eq!(token.body["pendingRenewal"]["lastDelivery"]["success"], false);
    assert_eq!(token.body["autoRenewal"]["everyDays"], 30, "a failing callback never switches renewal off");
}

#[tokio::test]
async fn errors_of_the_receiver() {
    let receiver = Receiver::start().await;
    receiver.always(Reply::Status(500));
    assert_failing(&receiver, "status").await;
    let callbacks = receiver.received();
    let first = &callbacks[0];
    for callback in &callbacks {
        assert_eq!(callback.request_token(), first.request_token(), "the same request token each time");
        assert_eq!(callback.header("webhook-id"), first.header("webhook-id"));
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let (receiver, target) = (Receiver::start().await, Receiver::start().await);
    receiver.always(Reply::Redirect(target.url().to_owned()));
    assert_failing(&receiver, "redirect").await;
    assert_eq!(target.received().len(), 0);
}

#[tokio::test]
async fn refused_connections() {
    assert_failing(&Receiver::absent().await, "connection").await;
}

#[tokio::test]
async fn endless_answers() {
    let receiver = Receiver::start().await;
    receiver.always(Reply::Bytes(10 * 1_024 * 1_024));
    assert_failing(&receiver, "too-large").await;
}

#[tokio::test]
async fn a_receiver_that_hangs_is_tried_again() {
    let receiver = Receiver::start().await;
    receiver.next(Reply::Hang);
    let (stack, created) = just_due(&receiver).await;
    stack.advance(2 * MINUTE).await;
    assert_eq!(receiver.received().len(), 2);
    assert_eq!(failures(&stack).await[0]["errorClass"], "timeout");
    let client = stack.caller(&created.text("token"));
    assert_eq!(client.redeem(&receiver.last().request_token()).await.status, 200);
}

#[tokio::test]
async fn tries_follow_the_schedule_and_end_with_a_success() {
    let receiver = Receiver::start().await;
    receiver.next(Reply::Status(500));
    receiver.next(Reply::Status(503));
    let (stack, _created) = just_due(&receiver).await;
    stack.advance(47).await;
    assert_eq!(receiver.received().len(), 1, "not before 1 minute less 20 %");
    stack.advance(26).await;
    assert_eq!(receiver.received().len(), 2, "at 1 minute plus 20 %");
    stack.advance(2 * MINUTE + 24).await;
    assert_eq!(receiver.received().len(), 3, "2 minutes later");
    stack.advance(90 * MINUTE).await;
    assert_eq!(receiver.received().len(), 3, "a success ends the tries");
}

#[tokio::test]
async fn retry_after_is_honoured() {
    let receiver = Receiver::start().await;
    receiver.next(Reply::RetryAfter(1_800));
    let (stack, _created) = just_due(&receiver).await;
    stack.advance(29 * MINUTE).await;
    assert_eq!(receiver.received().len(), 1);
    stack.advance(2 * MINUTE).await;
    assert_eq!(receiver.received().len(), 2);
}

#[tokio::test]
async fn gone_ends_the_tries_of_this_window_only() {
    let receiver = Receiver::start().await;
    receiver.next(Reply::Status(410));
    let (stack, _created) = just_due(&receiver).await;
    stack.advance(23 * HOUR).await;
    assert_eq!(receiver.received().len(), 1);
    stack.advance(HOUR).await;
    assert_eq!((receiver.received().len(), receiver.last().attempt()), (2, 2));
}
