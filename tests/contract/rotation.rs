//! Rotation of a callback's signing secret.

use serde_json::json;

use crate::support::{
    DAY, HOUR, MINUTE, Receiver, Reply, TestStack, due_token, renewing_token, verify_independently,
};

/// Rotates, which must be accepted; returns the new secret.
async fn rotated(stack: &TestStack, id: &str) -> String {
    let rotated = stack.manager().rotate_secret(id).await.expect(200);
    assert_eq!(rotated.header("cache-control"), "no-store");
    let secret = rotated.text("signingSecret");
    assert_eq!(rotated.body, json!({"signingSecret": secret}));
    secret
}

/// Fails unless a callback that is sent now is signed with exactly those secrets that are marked.
async fn assert_signed_with(stack: &TestStack, receiver: &Receiver, id: &str, expected: &[(&str, bool)]) {
    let sent = stack.manager().test_callback(id).await;
    assert_eq!(sent.body["success"], true, "{sent:?}");
    let callback = receiver.last();
    for (number, &(secret, signs)) in expected.iter().enumerate() {
        assert_eq!(verify_independently(&callback, secret).await, signs, "secret {number}");
    }
    let signatures = callback.header("webhook-signature").split(' ').count();
    assert_eq!(signatures, expected.iter().filter(|(_, signs)| *signs).count());
}

#[tokio::test]
async fn signs_with_both_secrets_for_24_hours() {
    let (stack, receiver, created) = renewing_token().await;
    let (id, old) = (created.id(), created.signing_secret().unwrap());
    assert_signed_with(&stack, &receiver, &id, &[(&old, true)]).await;
    let new = rotated(&stack, &id).await;
    assert!(new.starts_with("whsec_") && new != old);
    let rotated_at = stack.now().await;
    for (after, old_signs) in [(0, true), (24 * HOUR - MINUTE, true), (24 * HOUR + 1, false)] {
        stack.advance_to(rotated_at, after).await;
        assert_signed_with(&stack, &receiver, &id, &[(&old, old_signs), (&new, true)]).await;
    }
    let token = stack.manager().token(&id).await;
    assert!(!token.body.to_string().contains("whsec_"), "only the rotation shows it");
    assert_eq!(stack.event_types(&id).await, ["Token Created", "Token Updated"]);
    stack.assert_no_stored_secrets().await;
}

#[tokio::test]
async fn keeps_each_secret_for_24_hours_after_two_rotations() {
    let (stack, receiver, created) = renewing_token().await;
    let (id, first) = (created.id(), created.signing_secret().unwrap());
    let second = rotated(&stack, &id).await;
    let rotated_at = stack.now().await;
    stack.advance_to(rotated_at, 10 * HOUR).await;
    let third = rotated(&stack, &id).await;
    for (after, signing) in [
        (10 * HOUR, [true, true, true]),
        (24 * HOUR + 1, [false, true, true]),
        (35 * HOUR, [false, false, true]),
    ] {
        stack.advance_to(rotated_at, after).await;
        let secrets = [(&*first, signing[0]), (&*second, signing[1]), (&*third, signing[2])];
        assert_signed_with(&stack, &receiver, &id, &secrets).await;
    }
}

#[tokio::test]
async fn signs_retries_and_the_successors_callbacks_too() {
    let (stack, receiver, created) = due_token(Reply::Status(500)).await;
    receiver.always(Reply::Status(204));
    let old = created.signing_secret().unwrap();
    let new = rotated(&stack, &created.id()).await;
    stack.advance(2 * MINUTE).await;
    let [first, second] = receiver.received().try_into().expect("one and its retry");
    assert_eq!(first.request_token(), second.request_token());
    assert!(!verify_independently(&first, &new).await);
    for secret in [&old, &new] {
        assert!(verify_independently(&second, secret).await);
    }
    let string = stack.manager().redeemed(&second.request_token()).await;
    let successor = stack.client(&string).own_token().await;
    assert_signed_with(&stack, &receiver, &successor.id(), &[(&old, true), (&new, true)]).await;
    stack.advance_to(successor.time("createdDate"), 30 * DAY).await;
    assert!(verify_independently(&receiver.last(), &new).await, "the successor inherited the new one");
    assert!(!verify_independently(&receiver.last(), &old).await);
}
