//! Deactivation.

use crate::support::{DAY, Reply, due_token, renewing_token};

#[tokio::test]
async fn cancels_a_pending_request_token_at_once() {
    let (stack, receiver, created) = due_token(Reply::Status(204)).await;
    let request_token = receiver.request_token();
    let deactivated = stack.manager().deactivate(&created.id()).await.expect(200);
    assert_eq!(deactivated.text("status"), "DEACTIVATED");
    assert!(deactivated.body["pendingRenewal"].is_null());
    stack.client_of(&created).redeem(&request_token).await.expect(401);
    stack.manager().redeem(&request_token).await.expect(410);
    stack.advance(10 * DAY).await;
    assert_eq!(receiver.received().len(), 1, "no other is sent");
}

#[tokio::test]
async fn prevents_renewal_and_can_be_repeated() {
    let (stack, receiver, created) = renewing_token().await;
    let first = stack.manager().deactivate(&created.id()).await;
    let second = stack.manager().deactivate(&created.id()).await;
    assert_eq!((first.status, first.body), (second.status, second.body));
    stack.advance(100 * DAY).await;
    assert_eq!(receiver.received().len(), 0);
    assert_eq!(stack.event_types(&created.id()).await, ["Token Created", "Token Deactivated"]);
}
