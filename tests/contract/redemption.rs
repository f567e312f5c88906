//! Redemption: repeats, concurrency, and request tokens that are not redeemed in time.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use futures::future::join_all;
use serde_json::{Value, json};

use crate::support::{
    DAY, HOUR, Receiver, Reply, TestStack, With, due_token, plain, renewing, renewing_token,
};

#[tokio::test]
async fn repeats_the_same_string_for_2_hours() {
    let (stack, receiver, created) = due_token(Reply::Status(204)).await;
    let (client, request_token) = (stack.client_of(&created), receiver.request_token());
    let lost = client.redeemed(&request_token).await;
    stack.advance(HOUR).await;
    assert_eq!(client.redeem_by_get(&request_token).await.string(), lost);
    assert_eq!(stack.manager().redeemed(&request_token).await, lost, "for a management token too");
    stack.advance(HOUR).await;
    client.redeem(&request_token).await.expect(410);
    assert!(stack.client(&lost).is_authenticated().await, "no repeat revokes anything");
}

/// How, by whom and whether again, of each handover of a token's series that was published, oldest first.
async fn handovers(stack: &TestStack, token: &str) -> Vec<(String, String, bool)> {
    stack.sweep().await;
    let published = stack.events_of(token, "Token Handed Over").await;
    let text = |detail: &Value, path: &str| detail.pointer(path).unwrap().as_str().unwrap().to_owned();
    published
        .iter()
        .map(|detail| {
            let repeat = detail["repeat"].as_bool().unwrap();
            (text(detail, "/how"), text(detail, "/actor/tokenId"), repeat)
        })
        .collect()
}

#[tokio::test]
async fn every_handover_leaves_an_activity_and_an_event() {
    let (stack, receiver, created) = due_token(Reply::Status(204)).await;
    let (client, manager, id) = (stack.client_of(&created), stack.manager(), created.id());
    let me = manager.own_token().await.id();
    let request_token = receiver.request_token();
    client.redeemed(&request_token).await;
    assert_eq!(handovers(&stack, &id).await, [], "the first one is the renewal");
    client.redeemed(&request_token).await;
    manager.redeemed(&request_token).await;
    let again = |by: &str| ("REDEMPTION".to_owned(), by.to_owned(), true);
    assert_eq!(handovers(&stack, &id).await, [again(&id), again(&me)]);

    let successor = manager.token(&id).await.text("renewedBy");
    for token in [&id, &successor] {
        let path = format!("/apiAccessTokens/{token}/activities?size=2");
        let activities = manager.get(&path).await.expect(200);
        for (item, by) in activities.body["items"].as_array().unwrap().iter().zip([&me, &id]) {
            let facts = json!({"type": "TOKEN", "tokenId": by});
            assert_eq!((&item["action"], &item["actor"]), (&json!("HANDED_OVER"), &facts), "{item}");
            assert_eq!((&item["how"], &item["repeat"]), (&json!("REDEMPTION"), &json!(true)));
            assert_eq!((&item["tokenId"], &item["successorId"]), (&json!(id), &json!(successor)));
        }
    }

    manager.copy(&successor).await.expect(200);
    manager.test_callback(&successor).await.expect(200);
    let test = receiver.last().request_token();
    for _ in 0..2 {
        manager.redeemed(&test).await;
    }
    let expected = [("COPY", false), ("TEST", false), ("TEST", true)];
    let expected = expected.map(|(how, repeat)| (how.to_owned(), me.clone(), repeat));
    assert_eq!(handovers(&stack, &successor).await, expected);
    assert_eq!(stack.count_events(&successor, "Token Copied").await, 1);
}

#[tokio::test]
async fn records_each_of_many_repeats_at_once() {
    let (stack, receiver, created) = due_token(Reply::Status(204)).await;
    let (client, request_token) = (stack.client_of(&created), receiver.request_token());
    let first = client.redeemed(&request_token).await;
    let repeats = join_all((0..20).map(|_| client.redeemed(&request_token))).await;
    assert!(repeats.iter().all(|string| *string == first));
    assert_eq!(handovers(&stack, &created.id()).await.len(), 20);
}

#[tokio::test]
async fn creates_one_successor_for_50_concurrent_redemptions() {
    let (stack, receiver, created) = due_token(Reply::Status(204)).await;
    let (client, request_token) = (stack.client_of(&created), receiver.request_token());
    let strings = join_all((0..50).map(|_| client.redeemed(&request_token))).await;
    assert_eq!(strings.into_iter().collect::<BTreeSet<_>>().len(), 1);
    stack.sweep().await;
    assert_eq!(stack.count_events(&created.id(), "Token Renewed").await, 1);
}

#[tokio::test]
async fn returns_404_for_unknown_request_tokens() {
    let stack = TestStack::start().await;
    let client = stack.client_of(&stack.manager().created(&plain()).await);
    for unknown in ["krt_", "nonsense", &"x".repeat(5_000)] {
        client.redeem(unknown).await.expect(404);
    }
    client.get("/apiAccessTokens/requestRenewedToken").await.assert_invalid(&["requestToken"]);
}

#[tokio::test]
async fn replaces_an_unredeemed_request_token_every_24_hours() {
    let (stack, receiver, created) = renewing_token().await;
    let (due, client) = (created.time("createdDate") + TimeDelta::days(30), stack.client_of(&created));
    stack.advance_to(due, 0).await;
    let first = receiver.last();
    stack.advance_to(due, 2 * HOUR + 1).await;
    client.redeem(&first.request_token()).await.expect(410);

    stack.advance_to(due, 24 * HOUR).await;
    assert_eq!(receiver.received().len(), 2);
    let second = receiver.last();
    assert_eq!(second.attempt(), 2);
    assert_ne!(second.request_token(), first.request_token());
    assert_ne!(second.header("webhook-id"), first.header("webhook-id"));
    client.redeem(&first.request_token()).await.expect(410);

    stack.advance_to(due, 48 * HOUR).await;
    let third = receiver.last();
    assert_eq!((receiver.received().len(), third.attempt()), (3, 3));
    assert!(client.is_authenticated().await, "the predecessor is unharmed");
    for redeemed in [false, true] {
        for dead in [&first, &second] {
            client.redeem(&dead.request_token()).await.expect(410);
        }
        if !redeemed {
            client.redeemed(&third.request_token()).await;
        }
    }
}

#[tokio::test]
async fn issues_no_request_token_after_the_expiry() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let token = renewing(&receiver).with("expiresAt", stack.after(32 * DAY + HOUR).await);
    let created = stack.manager().created(&token).await;
    stack.advance(40 * DAY).await;
    assert_eq!(receiver.received().len(), 3, "at 0, 24 and 48 hours");
    assert_eq!(stack.manager().token(&created.id()).await.text("status"), "EXPIRED");
    stack.manager().redeem(&receiver.request_token()).await.expect(410);
}
