//! Who gets in, and who does not.

use serde_json::json;

use crate::support::{DAY, TestStack};

const UNKNOWN_ID: &str = "0199a3c4-5b6d-7e8f-9012-3456789abcde";

#[tokio::test]
async fn unknown_and_malformed_strings_get_one_and_the_same_401() {
    let stack = TestStack::start().await;
    let good = stack
        .manager()
        .created(&json!({"name": "n", "rights": "READ", "applications": ["ORDERS"]}))
        .await
        .text("token");
    let mut mistyped = good.clone();
    mistyped.replace_range(30..31, if &good[30..31] == "a" { "b" } else { "a" });
    let nobody = stack.anybody().token(UNKNOWN_ID).await;
    assert_eq!(nobody.status, 401);
    assert_eq!(nobody.header("www-authenticate"), "Bearer");
    for wrong in ["", "x", "kat_", &mistyped, &format!("kat_{}", "0".repeat(71)), &good[..74]] {
        let answer = stack.caller(wrong).token(UNKNOWN_ID).await;
        assert_eq!(
            (answer.status, answer.body, answer.headers.get("www-authenticate")),
            (401, nobody.body.clone(), nobody.headers.get("www-authenticate")),
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn reading_tokens_don_t_write_and_others_don_t_manage() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let token = |rights: &str, application: &str| json!({"name": "n", "rights": rights, "applications": [application]});
    let reader = stack.caller(&manager.created(&token("READ", "API_ACCESS_TOKENS")).await.text("token"));
    let orders = manager.created(&token("READ_WRITE", "ORDERS")).await;
    let stranger = stack.caller(&orders.text("token"));

    assert_eq!(reader.token(&orders.id()).await.status, 200);
    for refused in [reader.create(&token("READ", "ORDERS")).await, reader.deactivate(&orders.id()).await] {
        assert_eq!((refused.status, refused.text("errorCode")), (403, "READ_ONLY_TOKEN".into()));
    }
    for refused in [
        stranger.token(&orders.id()).await,
        stranger.create(&token("READ", "ORDERS")).await,
        stranger.deactivate(&orders.id()).await,
    ] {
        assert_eq!((refused.status, refused.text("errorCode")), (403, "APPLICATION_MISSING".into()));
    }
}

#[tokio::test]
async fn what_is_not_there_is_a_404() {
    let stack = TestStack::start().await;
    for id in [UNKNOWN_ID, "1", "%00", "requestRenewedToken2"] {
        assert_eq!(stack.manager().token(id).await.status, 404, "{id}");
        assert_eq!(stack.manager().deactivate(id).await.status, 404, "{id}");
    }
    assert_eq!(stack.manager().get("/nowhere").await.status, 404);
}

#[tokio::test]
async fn an_expired_token_is_blocked_and_its_holder_told() {
    let stack = TestStack::start().await;
    let end = stack.now().await + chrono::TimeDelta::days(3);
    let token =
        json!({"name": "n", "rights": "READ", "applications": ["ORDERS"], "expiresAt": end.to_rfc3339()});
    let created = stack.manager().created(&token).await;
    let holder = stack.caller(&created.text("token"));
    assert_eq!(holder.redeem("krt_").await.header("token-expires-at"), created.text("expiresAt"));
    stack.advance(3 * DAY + 1).await;
    let answer = holder.redeem("krt_").await;
    assert_eq!(answer.status, 401);
    assert!(answer.header("www-authenticate").contains("expired at"), "{answer:?}");
    assert_eq!(stack.manager().token(&created.id()).await.text("status"), "EXPIRED");
    assert_eq!(stack.event_types(&created.id()).await, ["Token Created", "Token Expired"]);
}

#[tokio::test]
async fn use_is_noted_to_the_hour() {
    let stack = TestStack::start().await;
    let created =
        stack.manager().created(&json!({"name": "n", "rights": "READ", "applications": ["ORDERS"]})).await;
    let last_used = async || stack.manager().token(&created.id()).await.body["lastUsedAt"].clone();
    assert!(last_used().await.is_null());
    let holder = stack.caller(&created.text("token"));
    holder.is_authenticated().await;
    let first = last_used().await;
    stack.advance(59 * 60).await;
    holder.is_authenticated().await;
    assert_eq!(last_used().await, first, "no write within the hour");
    stack.advance(2 * 60).await;
    holder.is_authenticated().await;
    assert_ne!(last_used().await, first);
    assert_eq!(
        stack.manager().token(&created.id()).await.body["version"],
        1,
        "using a token doesn't change it"
    );
}
