//! What a client sees of its own token, and what the holder of an ended one is told.

use keyturn_domain::ids::TokenId;
use keyturn_domain::secret::{Kind, SecretString};
use serde_json::{Value, json};

use crate::support::{Answer, DAY, HOUR, Receiver, TestStack, renewing};

const OWN: &str = "/apiAccessTokens/self";

fn plain() -> Value {
    json!({"name": "n", "rights": "READ", "applications": ["ORDERS"]})
}

/// A string that is well-formed and names this token, but is not its own.
fn forged(id: &str) -> String {
    let id: TokenId = id.parse().unwrap();
    SecretString::new(Kind::Token, id, &[7; 32]).expose().to_owned()
}

/// Fails unless the answer is a 401 that says this, to the one who holds the right string alone.
async fn assert_ended(stack: &TestStack, created: &Answer, reason: &str) {
    let told = stack.caller(&created.text("token")).get(OWN).await;
    let challenge = told.header("www-authenticate");
    assert!(challenge.starts_with("Bearer error=\"invalid_token\", error_description=\""), "{challenge}");
    assert!(told.status == 401 && challenge.contains(reason), "{told:?}");

    let nobody = stack.anybody().get(OWN).await;
    assert_eq!((nobody.status, nobody.header("www-authenticate")), (401, "Bearer"));
    for wrong in [&forged(&created.id()), &created.text("token")[..74], "kat_"] {
        let answer = stack.caller(wrong).get(OWN).await;
        assert_eq!((answer.status, answer.header("www-authenticate")), (401, "Bearer"));
        assert_eq!(answer.body, nobody.body, "one and the same for whoever does not hold the right string");
    }
}

#[tokio::test]
async fn any_valid_token_sees_its_own_record() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let manager = stack.manager();
    let end = stack.now().await + chrono::TimeDelta::days(90);
    for (rights, application) in
        [("READ", "ORDERS"), ("READ", "API_ACCESS_TOKENS"), ("READ_WRITE", "INVOICES")]
    {
        let mut token = renewing(&receiver);
        token["rights"] = json!(rights);
        token["applications"] = json!([application]);
        token["expiresAt"] = json!(end.to_rfc3339());
        let created = manager.created(&token).await;
        let own = stack.caller(&created.text("token")).get(OWN).await;
        assert_eq!((own.status, own.id()), (200, created.id()), "{own:?}");
        assert_eq!(own.body, manager.token(&created.id()).await.body, "the same as its managers see");
        assert_eq!(own.header("token-expires-at"), created.text("expiresAt"));
        assert_eq!(own.header("etag"), "\"1\"");
        for secret in ["kat_", "krt_", "whsec_"] {
            assert!(!own.body.to_string().contains(secret), "{secret}");
        }
    }
    let endless = stack.caller(&manager.created(&plain()).await.text("token")).get(OWN).await;
    assert_eq!((endless.status, endless.headers.get("token-expires-at")), (200, None));
}

#[tokio::test]
async fn the_reference_systems_header_works_as_well() {
    let stack = TestStack::start().await;
    let created = stack.manager().created(&plain()).await;
    let header = ("X-plenigo-token", &*created.text("token"));
    let own = stack.anybody().with_header(reqwest::Method::GET, OWN, header, &json!({})).await;
    assert_eq!((own.status, own.id()), (200, created.id()));
}

#[tokio::test]
async fn a_renewed_token_sees_its_end_coming() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let created = stack.manager().created(&renewing(&receiver)).await;
    let old = stack.caller(&created.text("token"));
    stack.advance_to(created.time("createdDate"), 30 * DAY).await;
    let pending = old.get(OWN).await;
    assert_eq!(pending.body["pendingRenewal"]["attempt"], 1);
    assert!(!pending.body.to_string().contains("krt_"));
    let new = stack.caller(&old.redeem(&receiver.last().request_token()).await.text("token"));
    let own = old.get(OWN).await;
    let end = own.text("expiresAt");
    assert_eq!((own.text("renewedBy"), own.header("token-expires-at")), (new.get(OWN).await.id(), &*end));
    stack.advance(24 * HOUR + 1).await;
    assert_ended(&stack, &created, &format!("was renewed and expired at {end}")).await;
    assert_eq!(new.get(OWN).await.status, 200);
}

#[tokio::test]
async fn the_holder_of_an_expired_token_is_told() {
    let stack = TestStack::start().await;
    let mut token = plain();
    token["expiresAt"] = json!((stack.now().await + chrono::TimeDelta::days(3)).to_rfc3339());
    let created = stack.manager().created(&token).await;
    assert_eq!(stack.caller(&forged(&created.id())).get(OWN).await.status, 401, "the id alone opens nothing");
    stack.advance(3 * DAY + 1).await;
    assert_ended(&stack, &created, &format!("expired at {}", created.text("expiresAt"))).await;
}

#[tokio::test]
async fn the_holder_of_a_deactivated_token_is_told() {
    let stack = TestStack::start().await;
    let created = stack.manager().created(&plain()).await;
    let deactivated = stack.manager().deactivate(&created.id()).await;
    assert_ended(&stack, &created, &format!("was deactivated at {}", deactivated.text("changedDate"))).await;
}
