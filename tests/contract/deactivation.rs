//! Deactivation ends everything at once.

use crate::support::{DAY, Receiver, TestStack, renewing};

#[tokio::test]
async fn a_request_token_that_is_out_is_dead_at_once() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let created = stack.manager().created(&renewing(&receiver)).await;
    stack.advance(30 * DAY).await;
    let key = receiver.last().request_token();
    let deactivated = stack.manager().deactivate(&created.id()).await;
    assert_eq!((deactivated.status, deactivated.text("status")), (200, "DEACTIVATED".into()));
    assert!(deactivated.body["pendingRenewal"].is_null());
    assert_eq!(stack.caller(&created.text("token")).redeem(&key).await.status, 401);
    assert_eq!(stack.manager().redeem(&key).await.status, 410);
    stack.advance(10 * DAY).await;
    assert_eq!(receiver.received().len(), 1, "nothing more is sent");
}

#[tokio::test]
async fn a_deactivated_token_never_renews() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let created = stack.manager().created(&renewing(&receiver)).await;
    stack.manager().deactivate(&created.id()).await;
    stack.advance(100 * DAY).await;
    assert_eq!(receiver.received().len(), 0);
    assert_eq!(stack.event_types(&created.id()).await, ["Token Created", "Token Deactivated"]);
}

#[tokio::test]
async fn again_is_answered_the_same() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let created = stack.manager().created(&renewing(&receiver)).await;
    let first = stack.manager().deactivate(&created.id()).await;
    let second = stack.manager().deactivate(&created.id()).await;
    assert_eq!((first.status, first.body), (second.status, second.body));
}

#[tokio::test]
async fn the_holder_learns_why() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let created = stack.manager().created(&renewing(&receiver)).await;
    stack.manager().deactivate(&created.id()).await;
    let answer = stack.caller(&created.text("token")).redeem("krt_").await;
    assert_eq!(answer.status, 401);
    let header = answer.header("www-authenticate");
    assert!(
        header.starts_with("Bearer error=\"invalid_token\"") && header.contains("deactivated"),
        "{header}"
    );
}
