//! Auto renewal without a callback.

use serde_json::json;

use crate::support::{DAY, HOUR, TestStack};

#[tokio::test]
async fn the_successor_is_there_when_due_and_the_mail_says_until_when_to_copy_it() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let created = manager
        .created(&json!({
            "name": "by hand", "rights": "READ_WRITE", "applications": ["INVOICES"],
            "autoRenewal": {"everyDays": 7}, "renewalMailRecipient": "ops@example.com",
        }))
        .await;
    stack.advance_to(created.time("createdDate"), 7 * DAY).await;

    let old = manager.token(&created.id()).await;
    let successor = manager.token(&old.text("renewedBy")).await;
    assert_eq!(successor.time("createdDate"), created.time("createdDate") + chrono::TimeDelta::days(7));
    assert_eq!(old.time("expiresAt"), successor.time("createdDate") + chrono::TimeDelta::hours(24));
    let [mail] = stack.mails().await.try_into().expect("exactly one mail");
    let until = old.time("expiresAt").format("%-d %B %Y at %H:%M UTC").to_string();
    for part in ["text", "html"] {
        let text = mail[part].as_str().unwrap();
        assert!(
            text.contains(&until) && text.contains("by hand") && text.contains(&successor.id()),
            "{text}"
        );
    }
    assert_eq!(stack.event_types(&created.id()).await, ["Token Created", "Token Renewed"]);

    let client = stack.caller(&created.text("token"));
    assert!(client.is_authenticated().await);
    stack.advance(24 * HOUR + 1).await;
    assert!(!client.is_authenticated().await);
    assert_eq!(stack.event_types(&created.id()).await.last().unwrap(), "Token Expired");
}
