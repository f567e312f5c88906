//! Request tokens that nobody redeems.

use crate::support::{DAY, HOUR, Receiver, TestStack, renewing};

#[tokio::test]
async fn a_request_token_dies_after_two_hours_and_another_follows_each_day() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let created = stack.manager().created(&renewing(&receiver)).await;
    let (due, client) =
        (created.time("createdDate") + chrono::TimeDelta::days(30), stack.caller(&created.text("token")));

    stack.advance_to(due, 0).await;
    let first = receiver.last().request_token();
    stack.advance_to(due, 2 * HOUR + 1).await;
    assert_eq!(client.redeem(&first).await.status, 410);

    stack.advance_to(due, 24 * HOUR).await;
    assert_eq!(receiver.received().len(), 2);
    let second = receiver.last();
    assert_eq!(second.attempt(), 2);
    assert_ne!(second.request_token(), first);
    assert_ne!(second.header("webhook-id"), receiver.received()[0].header("webhook-id"));
    assert_eq!(client.redeem(&first).await.status, 410, "the first stays dead");

    stack.advance_to(due, 48 * HOUR).await;
    let third = receiver.last();
    assert_eq!((receiver.received().len(), third.attempt()), (3, 3));
    for dead in [&first, &second.request_token()] {
        assert_eq!(client.redeem(dead).await.status, 410);
    }
    assert_eq!(client.redeem(&third.request_token()).await.status, 200, "the living one is good");
    for dead in [&first, &second.request_token()] {
        assert_eq!(client.redeem(dead).await.status, 410, "also after the redemption");
    }
}

#[tokio::test]
async fn an_unredeemed_request_token_harms_nothing_and_is_told() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let created = stack.manager().created(&renewing(&receiver)).await;
    stack.advance(30 * DAY + 8 * DAY).await;
    assert!(stack.caller(&created.text("token")).is_authenticated().await);
    let subjects = stack.mails().await.len();
    assert_eq!(subjects, 3, "a mail after the 1st, the 3rd and the 7th");
    let unredeemed =
        stack.event_types(&created.id()).await.iter().filter(|kind| *kind == "Renewal Unredeemed").count();
    assert_eq!(unredeemed, 8);
    let pending = stack.manager().token(&created.id()).await.body["pendingRenewal"].clone();
    assert_eq!(pending["attempt"], 9);
}

#[tokio::test]
async fn request_tokens_stop_when_the_token_expires() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let mut token = renewing(&receiver);
    let end = stack.now().await + chrono::TimeDelta::hours(30 * 24 + 49);
    token["expiresAt"] = serde_json::json!(end.to_rfc3339());
    let created = stack.manager().created(&token).await;
    stack.advance(40 * DAY).await;
    assert_eq!(receiver.received().len(), 3, "at 0, 24 and 48 hours");
    assert_eq!(stack.manager().token(&created.id()).await.text("status"), "EXPIRED");
    assert_eq!(stack.manager().redeem(&receiver.last().request_token()).await.status, 410);
}
