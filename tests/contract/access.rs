//! Authentication of callers, and what they get for records that do not exist.

use serde_json::json;

use crate::support::{HOUR, MINUTE, TestStack, UNKNOWN_ID, plain, renewal};

#[tokio::test]
async fn rejects_unknown_and_malformed_strings_with_the_same_401() {
    let stack = TestStack::start().await;
    let good = stack.manager().created(&plain()).await.string();
    let mut mistyped = good.clone();
    mistyped.replace_range(30..31, if &good[30..31] == "a" { "b" } else { "a" });
    let anonymous = stack.anonymous().token(UNKNOWN_ID).await.expect(401);
    assert_eq!(anonymous.header("www-authenticate"), "Bearer");
    for wrong in ["", "x", "kat_", &mistyped, &format!("kat_{}", "0".repeat(71)), &good[..74]] {
        let rejected = stack.client(wrong).token(UNKNOWN_ID).await.expect(401);
        assert_eq!(rejected.body, anonymous.body, "{wrong}");
        assert_eq!(rejected.headers.get_all("www-authenticate").iter().collect::<Vec<_>>(), ["Bearer"]);
    }
}

#[tokio::test]
async fn returns_404_for_tokens_and_routes_that_do_not_exist() {
    let stack = TestStack::start().await;
    let (manager, patch) = (stack.manager(), json!({"description": "x"}));
    let renewal = renewal(stack.after(MINUTE).await);
    for id in [UNKNOWN_ID, "1", "%00", "requestRenewedToken2"] {
        for response in [
            manager.token(id).await,
            manager.edit(id, &patch).await,
            manager.copy(id).await,
            manager.activities(id).await,
            manager.deactivate(id).await,
            manager.renew(id, &renewal).await,
            manager.start_renewal(id).await,
            manager.test_callback(id).await,
            manager.rotate_secret(id).await,
        ] {
            response.assert_error(404, "NOT_FOUND");
        }
    }
    manager.edit("self", &patch).await.expect(404);
    manager.get("/nowhere").await.expect(404);
}

#[tokio::test]
async fn records_the_last_use_to_the_hour() {
    let stack = TestStack::start().await;
    let created = stack.manager().created(&plain()).await;
    let last_used = async || stack.manager().token(&created.id()).await.body["lastUsedAt"].clone();
    assert!(last_used().await.is_null());
    let client = stack.client_of(&created);
    client.is_authenticated().await;
    let first = last_used().await;
    stack.advance(HOUR - MINUTE).await;
    client.is_authenticated().await;
    assert_eq!(last_used().await, first, "no write within the hour");
    stack.advance(2 * MINUTE).await;
    client.is_authenticated().await;
    assert_ne!(last_used().await, first);
    assert_eq!(stack.manager().token(&created.id()).await.body["version"], 1, "a use is no change");
}
