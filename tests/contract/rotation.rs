//! Rotation of a callback's signing secret.

use serde_json::json;

use crate::support::{Answer, DAY, HOUR, MINUTE, Receiver, Reply, TestStack, renewing, verify_independently};

fn secret_of(created: &Answer) -> String {
    created.body["autoRenewal"]["callback"]["signingSecret"].as_str().unwrap().to_owned()
}

async fn rotate(stack: &TestStack, id: &str) -> Answer {
    stack.manager().post(&format!("/apiAccessTokens/{id}/callback/rotateSecret"), &json!({})).await
}

/// Rotates, which must be accepted, and answers the new secret.
async fn rotated(stack: &TestStack, id: &str) -> String {
    let answer = rotate(stack, id).await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"), "{answer:?}");
    let secret = answer.text("signingSecret");
    assert_eq!(answer.body, json!({"signingSecret": secret}));
    secret
}

/// Fails unless a callback that is sent now is signed with exactly these of all secrets.
async fn assert_signed_with(stack: &TestStack, receiver: &Receiver, id: &str, expected: &[(&str, bool)]) {
    let sent = stack.manager().post(&format!("/apiAccessTokens/{id}/callback/test"), &json!({})).await;
    assert_eq!(sent.body["success"], true, "{}", sent.body);
    let callback = receiver.last();
    for (number, &(secret, signs)) in expected.iter().enumerate() {
        assert_eq!(verify_independently(&callback, secret).await, signs, "secret {number}");
    }
    let signatures = callback.header("webhook-signature").split(' ').count();
    assert_eq!(signatures, expected.iter().filter(|(_, signs)| *signs).count());
}

#[tokio::test]
async fn both_secrets_sign_for_a_day() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let created = stack.manager().created(&renewing(&receiver)).await;
    let (id, old) = (created.id(), secret_of(&created));
    assert_signed_with(&stack, &receiver, &id, &[(&old, true)]).await;
    let new = rotated(&stack, &id).await;
    assert!(new.starts_with("whsec_") && new != old);
    let rotated_at = stack.now().await;
    assert_signed_with(&stack, &receiver, &id, &[(&old, true), (&new, true)]).await;
    stack.advance_to(rotated_at, 24 * HOUR - MINUTE).await;
    assert_signed_with(&stack, &receiver, &id, &[(&old, true), (&new, true)]).await;
    stack.advance_to(rotated_at, 24 * HOUR + 1).await;
    assert_signed_with(&stack, &receiver, &id, &[(&old, false), (&new, true)]).await;

    let token = stack.manager().token(&id).await;
    assert!(!token.body.to_string().contains("whsec_"), "shown by the rotation alone");
    assert_eq!(stack.event_types(&id).await, ["Token Created", "Token Updated"]);
    let activities = stack.manager().get(&format!("/apiAccessTokens/{id}/activities")).await.body;
    let actions: Vec<_> =
        activities["items"].as_array().unwrap().iter().map(|item| &item["action"]).collect();
    assert!(actions.contains(&&json!("SIGNING_SECRET_ROTATED")), "{activities}");
    stack.assert_nothing_is_stored_in_the_clear().await;
}

#[tokio::test]
async fn rotated_twice_each_secret_still_has_its_day() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let created = stack.manager().created(&renewing(&receiver)).await;
    let (id, first) = (created.id(), secret_of(&created));
    let second = rotated(&stack, &id).await;
    let rotated_at = stack.now().await;
    stack.advance_to(rotated_at, 10 * HOUR).await;
    let third = rotated(&stack, &id).await;
    let all = |signing: [bool; 3]| [(&*first, signing[0]), (&*second, signing[1]), (&*third, signing[2])];
    assert_signed_with(&stack, &receiver, &id, &all([true, true, true])).await;
    stack.advance_to(rotated_at, 24 * HOUR + 1).await;
    assert_signed_with(&stack, &receiver, &id, &all([false, true, true])).await;
    stack.advance_to(rotated_at, 35 * HOUR).await;
    assert_signed_with(&stack, &receiver, &id, &all([false, false, true])).await;
}

#[tokio::test]
async fn a_retry_and_a_successor_are_signed_by_both_too() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    receiver.next(Reply::Status(500));
    let created = stack.manager().created(&renewing(&receiver)).await;
    stack.advance_to(created.time("createdDate"), 30 * DAY).await;
    let old = secret_of(&created);
    let new = rotated(&stack, &created.id()).await;
    stack.advance(2 * MINUTE).await;
    let [first, second] = receiver.received().try_into().expect("one and its retry");
    assert_eq!(first.request_token(), second.request_token());
    assert!(!verify_independently(&first, &new).await);
    for secret in [&old, &new] {
        assert!(verify_independently(&second, secret).await);
    }
    let string = stack.manager().redeem(&second.request_token()).await.text("token");
    let successor = stack.caller(&string).get("/apiAccessTokens/self").await;
    assert_signed_with(&stack, &receiver, &successor.id(), &[(&old, true), (&new, true)]).await;
    stack.advance_to(successor.time("createdDate"), 30 * DAY).await;
    assert!(verify_independently(&receiver.last(), &new).await, "the successor inherited the new one");
    assert!(!verify_independently(&receiver.last(), &old).await);
}

#[tokio::test]
async fn without_a_callback_there_is_nothing_to_rotate() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let manager = stack.manager();
    let plain = json!({"name": "n", "rights": "READ", "applications": ["ORDERS"]});
    let plain = manager.created(&plain).await.id();
    let deactivated = manager.created(&renewing(&receiver)).await.id();
    manager.deactivate(&deactivated).await;
    for (id, code) in [(&plain, "NO_CALLBACK"), (&deactivated, "DEACTIVATED")] {
        let refused = rotate(&stack, id).await;
        assert_eq!((refused.status, refused.text("errorCode")), (409, code.to_owned()));
    }
    assert_eq!(rotate(&stack, "0199a3c4-5b6d-7e8f-9012-3456789abcde").await.status, 404);
}
