//! A successor that was handed over and never used is a lost answer until shown otherwise.

use serde_json::{Value, json};

use crate::support::{
    ApiResponse, DAY, HOUR, MINUTE, Options, Receiver, Reply, TestStack, With, due_token, renewal, renewing,
    verify_independently,
};

/// A token whose request token was redeemed at the due moment by a client that lost the answer.
async fn redeemed() -> (TestStack, Receiver, ApiResponse, String) {
    let (stack, receiver, created) = due_token(Reply::Status(204)).await;
    let string = stack.client_of(&created).redeemed(&receiver.request_token()).await;
    (stack, receiver, created, string)
}

#[tokio::test]
async fn a_fresh_request_token_goes_out_2_and_20_hours_after_the_redemption() {
    let (stack, receiver, created, string) = redeemed().await;
    let (client, at) = (stack.client_of(&created), stack.now().await);
    stack.advance_to(at, 2 * HOUR - 1).await;
    assert_eq!(receiver.received().len(), 1);
    let mut hashes = vec![receiver.last().header("webhook-id").to_owned()];
    for (hours, attempt) in [(2, 2), (20, 3)] {
        stack.advance_to(at, hours * HOUR).await;
        let callback = receiver.last();
        assert_eq!((callback.reason().as_str(), callback.attempt()), ("successorUnused", attempt));
        assert_eq!(callback.body["type"], "apiAccessToken.renewalRequested");
        assert_eq!(callback.body["data"]["tokenId"], created.id());
        assert!(verify_independently(&callback, &created.signing_secret().unwrap()).await);
        hashes.push(callback.header("webhook-id").to_owned());
        assert_eq!(client.redeemed(&callback.request_token()).await, string, "{hours} h");
        stack.advance_to(at, (hours + 2) * HOUR - 1).await;
        assert_eq!(client.redeemed(&callback.request_token()).await, string, "for 2 hours");
        stack.advance_to(at, (hours + 2) * HOUR).await;
        client.redeem(&callback.request_token()).await.expect(410);
    }
    hashes.dedup();
    assert_eq!((hashes.len(), receiver.received().len()), (3, 3));
    stack.advance(DAY).await;
    assert_eq!(receiver.received().len(), 3);
    assert!(stack.client(&string).is_authenticated().await);
    assert_eq!(stack.count_events(&created.id(), "Token Renewed").await, 1);
    assert_eq!(stack.count_events(&created.id(), "Renewal Requested").await, 3);
    stack.assert_no_stored_secrets().await;
}

#[tokio::test]
async fn the_first_renewal_says_that_it_is_due() {
    let (_, receiver, _) = due_token(Reply::Status(204)).await;
    assert_eq!(receiver.last().reason(), "renewalDue");
}

#[tokio::test]
async fn the_reason_stands_in_the_callback_log_the_activities_and_the_events() {
    let (stack, _, created, _) = redeemed().await;
    stack.advance(3 * HOUR).await;
    let manager = stack.manager();
    let log = manager.get(&format!("/callbacks/logs?tokenId={}", created.id())).await;
    let reasons = |items: &[Value]| items.iter().map(|item| item["reason"].clone()).collect::<Vec<_>>();
    assert_eq!(reasons(log.items()), [json!("successorUnused"), json!("renewalDue")]);
    let activities = manager.activities(&created.id()).await;
    let mut requested = activities.items().to_vec();
    requested.retain(|item| item["action"] == "RENEWAL_REQUESTED");
    assert_eq!(reasons(&requested), [json!("successorUnused"), json!("renewalDue")]);
    let mut events = stack.events().await;
    events.retain(|event| event["detailType"] == "Renewal Requested");
    let details: Vec<_> = events.iter().map(|event| event["detail"].clone()).collect();
    assert_eq!(reasons(&details), [json!("renewalDue"), json!("successorUnused")]);
}

#[tokio::test]
async fn a_use_in_between_cancels_it() {
    for (before, sent) in [(HOUR, 1), (10 * HOUR, 2)] {
        let (stack, receiver, _, string) = redeemed().await;
        let at = stack.now().await;
        stack.advance_to(at, before).await;
        assert!(stack.client(&string).is_authenticated().await);
        stack.advance_to(at, 2 * DAY).await;
        assert_eq!(receiver.received().len(), sent);
    }
}

#[tokio::test]
async fn a_use_between_two_tries_ends_them() {
    let (stack, receiver, _, string) = redeemed().await;
    receiver.always(Reply::Status(503));
    stack.advance(2 * HOUR).await;
    assert_eq!(receiver.received().len(), 2);
    assert!(stack.client(&string).is_authenticated().await);
    stack.advance(DAY).await;
    assert_eq!(receiver.received().len(), 2);
}

#[tokio::test]
async fn is_tried_like_any_callback() {
    let (stack, receiver, created, string) = redeemed().await;
    receiver.always(Reply::Status(503));
    stack.advance(4 * HOUR).await;
    let deliveries = receiver.received();
    assert!((6..=8).contains(&(deliveries.len() - 1)), "{}", deliveries.len());
    let ids: std::collections::BTreeSet<_> =
        deliveries[1..].iter().map(|callback| callback.header("webhook-id").to_owned()).collect();
    assert_eq!(ids.len(), 1, "each with the same request token");
    receiver.always(Reply::Status(410));
    stack.advance(16 * HOUR + 5 * MINUTE).await;
    assert_eq!(receiver.received().len(), deliveries.len() + 1, "410 ends the tries of this window");
    let client = stack.client_of(&created);
    assert_eq!(client.redeemed(&receiver.request_token()).await, string);
}

#[tokio::test]
async fn goes_to_the_successors_callback_as_it_then_is() {
    let (stack, receiver, _, string) = redeemed().await;
    let elsewhere = Receiver::start().await;
    let manager = stack.manager();
    let id = successor(&stack, &string).await;
    let moved = json!({"autoRenewal": {"callback": {"url": elsewhere.url()}}});
    manager.edit(&id, &moved).await.expect(200);
    stack.advance(2 * HOUR).await;
    assert_eq!((receiver.received().len(), elsewhere.received().len()), (1, 1));
    manager.edit(&id, &json!({"autoRenewal": null})).await.expect(200);
    stack.advance(DAY).await;
    assert_eq!((receiver.received().len(), elsewhere.received().len()), (1, 1), "none if it is off");
}

/// The id of the successor, without using its string.
async fn successor(stack: &TestStack, _string: &str) -> String {
    let manager = stack.manager();
    let tokens = manager.get("/apiAccessTokens").await;
    let renewed = tokens.items().iter().find(|token| token["renewedFrom"].is_string()).unwrap();
    renewed["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn none_goes_out_once_the_successor_has_ended_or_been_renewed() {
    for renews in [false, true] {
        let (stack, receiver, _, string) = redeemed().await;
        let id = successor(&stack, &string).await;
        if renews {
            let end = stack.after(2 * DAY).await;
            stack.manager().renew(&id, &renewal(end)).await.expect(201);
        } else {
            stack.manager().deactivate(&id).await.expect(200);
        }
        stack.advance(DAY).await;
        assert_eq!(receiver.received().len(), 1);
    }
}

#[tokio::test]
async fn it_redeems_at_most_while_the_predecessor_is_valid() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let end = stack.after(32 * DAY + 23 * HOUR + 30 * MINUTE).await;
    let created = stack.manager().created(&renewing(&receiver).with("expiresAt", end)).await;
    // The third request token, at the end of its window.
    stack.advance_to(created.next_renewal(), 2 * DAY + 2 * HOUR - MINUTE).await;
    let client = stack.client_of(&created);
    let string = client.redeemed(&receiver.request_token()).await;
    stack.advance(20 * HOUR).await;
    let callback = receiver.last();
    assert_eq!(callback.reason(), "successorUnused");
    assert_eq!(callback.body["data"]["redeemBy"], created.body["expiresAt"], "sooner than in 2 hours");
    stack.advance_to(created.time("expiresAt"), -1).await;
    assert_eq!(client.redeemed(&callback.request_token()).await, string);
    stack.advance(1).await;
    stack.manager().redeem(&callback.request_token()).await.expect(410);
}

#[tokio::test]
async fn it_redeems_at_most_while_the_successor_is_valid() {
    let (stack, receiver, created, string) = redeemed().await;
    stack.advance(2 * HOUR).await;
    let (client, request_token) = (stack.client_of(&created), receiver.request_token());
    assert_eq!(client.redeemed(&request_token).await, string);
    stack.manager().deactivate(&successor(&stack, &string).await).await.expect(200);
    client.redeem(&request_token).await.expect(410);
}

#[tokio::test]
async fn the_mail_4_hours_before_the_end_stays() {
    let (stack, _, created, _) = redeemed().await;
    stack.advance(HOUR).await;
    assert!(stack.client_of(&created).is_authenticated().await, "the predecessor is still in use");
    stack.advance(DAY).await;
    let subjects: Vec<_> =
        stack.mails().await.iter().map(|mail| mail["subject"].as_str().unwrap().to_owned()).collect();
    assert_eq!(subjects.len(), 3, "{subjects:?}");
    assert_eq!(stack.count_events(&created.id(), "Overlap Ending").await, 1);
}

#[tokio::test]
async fn the_sealed_string_lives_until_the_last_window_is_over() {
    let parameters = &[("KEYTURN_COPYABLE_TOKENS", "false")][..];
    let options = Options { parameters, ..Options::default() };
    let (stack, receiver) = (TestStack::start_with(options).await, Receiver::start().await);
    let created = stack.manager().created(&renewing(&receiver)).await;
    stack.advance_to(created.next_renewal(), 0).await;
    let (client, at) = (stack.client_of(&created), stack.now().await);
    let string = client.redeemed(&receiver.request_token()).await;
    stack.advance_to(at, 22 * HOUR - 1).await;
    assert_eq!(client.redeemed(&receiver.request_token()).await, string);
    let id = successor(&stack, &string).await;
    stack.advance_to(at, 22 * HOUR).await;
    assert!(stack.stored_token(&id).await["sealed"].is_null(), "nothing is left to unseal");
}
