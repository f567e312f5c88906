//! Answers that never arrive, and many who ask at once.

use futures::future::join_all;

use crate::support::{DAY, HOUR, Receiver, TestStack, renewing};

#[tokio::test]
async fn the_same_request_gives_the_same_string_again() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let created = stack.manager().created(&renewing(&receiver)).await;
    stack.advance(30 * DAY).await;
    let (client, key) = (stack.caller(&created.text("token")), receiver.last().request_token());
    let lost = client.redeem(&key).await.text("token");
    stack.advance(HOUR).await;
    assert_eq!(client.redeem_by_get(&key).await.text("token"), lost);
    assert_eq!(stack.manager().redeem(&key).await.text("token"), lost, "a management token gets it too");
    stack.advance(HOUR).await;
    assert_eq!(client.redeem(&key).await.status, 410, "not after the 2 hours");
    assert!(stack.caller(&lost).is_authenticated().await, "and no repeat has revoked anything");
}

#[tokio::test]
async fn fifty_redemptions_at_once_give_one_successor() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let created = stack.manager().created(&renewing(&receiver)).await;
    stack.advance(30 * DAY).await;
    let (client, key) = (stack.caller(&created.text("token")), receiver.last().request_token());
    let answers = join_all((0..50).map(|_| client.redeem(&key))).await;
    let strings: std::collections::BTreeSet<_> = answers.iter().map(|answer| answer.text("token")).collect();
    assert_eq!(strings.len(), 1);
    stack.sweep().await;
    let renewals =
        stack.event_types(&created.id()).await.iter().filter(|kind| *kind == "Token Renewed").count();
    assert_eq!(renewals, 1);
}

#[tokio::test]
async fn only_the_token_itself_and_management_redeem() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    stack.manager().created(&renewing(&receiver)).await;
    let other = stack.manager().created(&renewing(&receiver)).await;
    stack.advance(30 * DAY).await;
    let callbacks = receiver.received();
    let of_first = callbacks.iter().find(|callback| callback.body["data"]["tokenId"] != other.id()).unwrap();
    assert_eq!(stack.caller(&other.text("token")).redeem(&of_first.request_token()).await.status, 403);
    assert_eq!(stack.manager().redeem(&of_first.request_token()).await.status, 200);
}

#[tokio::test]
async fn an_unknown_request_token_is_a_404() {
    let stack = TestStack::start().await;
    let plain = serde_json::json!({"name": "plain", "rights": "READ", "applications": ["ORDERS"]});
    let client = stack.caller(&stack.manager().created(&plain).await.text("token"));
    for unknown in ["krt_", "nonsense", &"x".repeat(5_000)] {
        assert_eq!(client.redeem(unknown).await.status, 404);
    }
    assert_eq!(client.get("/apiAccessTokens/requestRenewedToken").await.faulty_fields(), ["requestToken"]);
}
