//! What a client learns about its own token, and the holder of an ended one from the 401.

use keyturn_domain::ids::TokenId;
use keyturn_domain::secret::{Kind, SecretString};

use crate::support::{
    ApiResponse, DAY, HOUR, Receiver, Reply, TestStack, With, due_token, plain, pulling, renewing,
};

/// A well-formed string with the id of this token and another secret.
fn forged(id: &str) -> String {
    let id: TokenId = id.parse().unwrap();
    SecretString::new(Kind::Token, id, &[7; 32]).expose().to_owned()
}

/// Fails unless the 401 gives this reason to the holder of the right string, and none to anybody else.
async fn assert_ended(stack: &TestStack, created: &ApiResponse, reason: &str) {
    let refused = stack.client_of(created).own_token().await.expect(401);
    let challenge = refused.header("www-authenticate");
    assert!(challenge.starts_with("Bearer error=\"invalid_token\", error_description=\""), "{challenge}");
    assert!(challenge.contains(reason), "{challenge}");

    let anonymous = stack.anonymous().own_token().await;
    assert_eq!((anonymous.status, anonymous.header("www-authenticate")), (401, "Bearer"));
    for wrong in [&forged(&created.id()), &created.string()[..74], "kat_"] {
        let refused = stack.client(wrong).own_token().await;
        assert_eq!((refused.status, refused.header("www-authenticate")), (401, "Bearer"));
        assert_eq!(refused.body, anonymous.body);
    }
}

#[tokio::test]
async fn returns_the_record_to_any_valid_token() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let manager = stack.manager();
    let end = stack.after(90 * DAY).await;
    for (rights, application) in
        [("READ", "ORDERS"), ("READ", "API_ACCESS_TOKENS"), ("READ_WRITE", "INVOICES")]
    {
        let token = renewing(&receiver).with("rights", rights).with("applications", [application]);
        let created = manager.created(&token.with("expiresAt", end)).await;
        let client = stack.client_of(&created);
        let own = client.own_token().await.expect(200);
        assert_eq!(own.body, manager.token(&created.id()).await.body);
        assert_eq!(own.header("token-expires-at"), created.text("expiresAt"));
        assert_eq!(client.redeem("krt_").await.header("token-expires-at"), created.text("expiresAt"));
        assert_eq!(own.header("etag"), "\"1\"");
        for secret in ["kat_", "krt_", "whsec_"] {
            assert!(!own.body.to_string().contains(secret), "{secret}");
        }
    }
    let unlimited = stack.client_of(&manager.created(&plain()).await).own_token().await.expect(200);
    assert_eq!(unlimited.headers.get("token-expires-at"), None);
}

#[tokio::test]
async fn every_authenticated_answer_tells_when_the_token_renews_itself() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let created = manager.created(&pulling().with("applications", ["API_ACCESS_TOKENS"])).await;
    let (client, renews_at) = (stack.client_of(&created), &created.body["autoRenewal"]["nextRenewalAt"]);
    for (answer, status) in [
        (client.own_token().await, 200),
        (client.renewal_info().await, 200),
        (client.get("/apiAccessTokens").await, 200),
        (client.create(&plain()).await, 403),
        (client.redeem("krt_").await, 404),
        (client.pull().await, 409),
    ] {
        assert_eq!(answer.status, status, "{answer}");
        assert_eq!(answer.header("token-renews-at"), renews_at.as_str().unwrap(), "{answer}");
    }
    stack.advance_to(created.next_renewal(), 0).await;
    let successor = stack.client(&client.pulled().await).own_token().await;
    assert_eq!(successor.header("token-renews-at"), successor.body["autoRenewal"]["nextRenewalAt"]);
    for other in [client, stack.client_of(&manager.created(&plain()).await), stack.anonymous()] {
        assert_eq!(other.own_token().await.headers.get("token-renews-at"), None);
    }
}

#[tokio::test]
async fn shows_the_pending_renewal_and_the_end_of_the_overlap() {
    let (stack, receiver, created) = due_token(Reply::Status(204)).await;
    let old = stack.client_of(&created);
    let pending = old.own_token().await;
    assert_eq!(pending.body["pendingRenewal"]["attempt"], 1);
    assert!(!pending.body.to_string().contains("krt_"));
    let new = stack.client(&old.redeemed(&receiver.request_token()).await);
    let own = old.own_token().await;
    let end = own.text("expiresAt");
    assert_eq!((own.text("renewedBy"), own.header("token-expires-at")), (new.own_token().await.id(), &*end));
    stack.advance(24 * HOUR + 1).await;
    assert_ended(&stack, &created, &format!("was renewed and expired at {end}")).await;
    new.own_token().await.expect(200);
}

#[tokio::test]
async fn tells_the_holder_of_an_ended_token_why() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let expired = manager.created(&plain().with("expiresAt", stack.after(3 * DAY).await)).await;
    // The id alone does not authenticate.
    stack.client(&forged(&expired.id())).own_token().await.expect(401);
    stack.advance(3 * DAY + 1).await;
    assert_ended(&stack, &expired, &format!("expired at {}", expired.text("expiresAt"))).await;
    assert_eq!(manager.token(&expired.id()).await.text("status"), "EXPIRED");
    let created = manager.created(&plain()).await;
    let deactivated = manager.deactivate(&created.id()).await.text("changedDate");
    assert_ended(&stack, &created, &format!("was deactivated at {deactivated}")).await;
}
