//! When a callback that failed is sent again.

use crate::support::{HOUR, MINUTE, Receiver, Reply, TestStack, renewing_token};

/// A stack whose receiver has answered the first callback like this.
async fn first_answered(reply: Reply) -> (TestStack, Receiver) {
    let (stack, receiver, created) = renewing_token().await;
    receiver.next(reply);
    stack.advance_to(created.next_renewal(), 0).await;
    (stack, receiver)
}

#[tokio::test]
async fn retries_on_schedule_until_a_success() {
    let (stack, receiver) = first_answered(Reply::Status(500)).await;
    receiver.next(Reply::Status(503));
    stack.advance(47).await;
    assert_eq!(receiver.received().len(), 1, "not before 1 minute less 20 %");
    stack.advance(26).await;
    assert_eq!(receiver.received().len(), 2, "at 1 minute plus 20 %");
    stack.advance(2 * MINUTE + 24).await;
    assert_eq!(receiver.received().len(), 3, "2 minutes later");
    stack.advance(90 * MINUTE).await;
    assert_eq!(receiver.received().len(), 3, "none after a success");
}

#[tokio::test]
async fn honours_retry_after() {
    let (stack, receiver) = first_answered(Reply::RetryAfter(1_800)).await;
    stack.advance(29 * MINUTE).await;
    assert_eq!(receiver.received().len(), 1);
    stack.advance(2 * MINUTE).await;
    assert_eq!(receiver.received().len(), 2);
}

#[tokio::test]
async fn stops_after_410_until_the_next_request_token() {
    let (stack, receiver) = first_answered(Reply::Status(410)).await;
    stack.advance(23 * HOUR).await;
    assert_eq!(receiver.received().len(), 1);
    stack.advance(HOUR).await;
    assert_eq!((receiver.received().len(), receiver.last().attempt()), (2, 2));
}
