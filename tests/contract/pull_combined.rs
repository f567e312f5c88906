//! Pull beside a callback: whichever comes first makes the one successor.

use chrono::TimeDelta;

use crate::support::{ApiResponse, DAY, HOUR, MINUTE, Receiver, Reply, TestStack, renewing_both_ways};

async fn both_ways() -> (TestStack, Receiver, ApiResponse) {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let created = stack.manager().created(&renewing_both_ways(&receiver)).await;
    (stack, receiver, created)
}

#[tokio::test]
async fn a_redemption_comes_first() {
    let (stack, receiver, created) = both_ways().await;
    stack.advance_to(created.next_renewal(), 0).await;
    let client = stack.client_of(&created);
    let string = client.redeemed(&receiver.request_token()).await;
    for hours in [0, 3, 23] {
        stack.advance_to(created.next_renewal(), hours * HOUR).await;
        assert_eq!(client.pulled().await, string, "after {hours} hours");
    }
}

#[tokio::test]
async fn a_request_token_that_is_out_redeems_to_the_pulled_successor_until_its_2_hours_end() {
    let (stack, receiver, created) = both_ways().await;
    stack.advance_to(created.next_renewal(), 30 * MINUTE).await;
    let (client, request_token) = (stack.client_of(&created), receiver.request_token());
    let string = client.pulled().await;
    assert_eq!(client.redeemed(&request_token).await, string);
    stack.advance_to(created.next_renewal(), 2 * HOUR - 1).await;
    assert_eq!(client.redeemed(&request_token).await, string);
    stack.advance_to(created.next_renewal(), 2 * HOUR).await;
    client.redeem(&request_token).await.expect(410);
}

#[tokio::test]
async fn a_request_token_goes_out_even_after_a_pull() {
    let (stack, receiver, created) = both_ways().await;
    // The client asks before the schedule has run.
    stack.advance_to(created.next_renewal(), -1).await;
    stack.jump(1).await;
    let client = stack.client_of(&created);
    let string = client.pulled().await;
    assert!(stack.client(&string).is_authenticated().await, "it uses the successor at once");
    assert_eq!(receiver.received().len(), 0);
    stack.sweep().await;
    let callback = receiver.last();
    assert_eq!((callback.reason().as_str(), callback.attempt()), ("renewalDue", 1));
    assert_eq!(callback.body["data"]["tokenId"], created.id());
    assert_eq!(client.redeemed(&callback.request_token()).await, string);
    stack.advance(2 * DAY).await;
    assert_eq!(receiver.received().len(), 1, "the successor was used");
    assert_eq!(stack.count_events(&created.id(), "Token Renewed").await, 1);
}

#[tokio::test]
async fn deliveries_continue_after_a_pull() {
    let (stack, receiver, created) = both_ways().await;
    receiver.next(Reply::Status(503));
    stack.advance_to(created.next_renewal(), 0).await;
    let client = stack.client_of(&created);
    let string = client.pulled().await;
    stack.advance(5 * MINUTE).await;
    let [first, second] = receiver.received().try_into().expect("two deliveries");
    assert_eq!(first.header("webhook-id"), second.header("webhook-id"));
    assert_eq!(client.redeemed(&second.request_token()).await, string);
}

#[tokio::test]
async fn a_lapsed_request_token_is_followed_by_another_after_a_pull() {
    let (stack, receiver, created) = both_ways().await;
    stack.advance_to(created.next_renewal(), 5 * HOUR).await;
    assert_eq!(receiver.received().len(), 1);
    let client = stack.client_of(&created);
    let string = client.pulled().await;
    stack.sweep().await;
    let callback = receiver.last();
    assert_eq!((receiver.received().len(), callback.attempt()), (2, 2));
    let redeem_by: chrono::DateTime<chrono::Utc> =
        callback.body["data"]["redeemBy"].as_str().unwrap().parse().unwrap();
    assert_eq!(redeem_by, stack.now().await + TimeDelta::hours(2));
    assert_eq!(client.redeemed(&callback.request_token()).await, string);
}
