//! Automatic renewal by the schedule, without a callback.

use chrono::TimeDelta;

use crate::support::{DAY, HOUR, TestStack, renewing_by_mail};

#[tokio::test]
async fn creates_the_successor_when_due_and_mails_the_date_to_copy_it_by() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let created = manager.created(&renewing_by_mail(7)).await;
    stack.advance_to(created.time("createdDate"), 7 * DAY).await;

    let old = manager.token(&created.id()).await;
    let successor = manager.token(&old.text("renewedBy")).await;
    assert_eq!(successor.time("createdDate"), created.time("createdDate") + TimeDelta::days(7));
    assert_eq!(old.time("expiresAt"), successor.time("createdDate") + TimeDelta::hours(24));
    let [mail] = stack.mails().await.try_into().expect("exactly one mail");
    let until = old.time("expiresAt").format("%-d %B %Y at %H:%M UTC").to_string();
    for part in ["text", "html"] {
        let text = mail[part].as_str().unwrap();
        for content in ["mailed", &until, &successor.id()] {
            assert!(text.contains(content), "{content} is missing: {text}");
        }
    }
    assert_eq!(stack.event_types(&created.id()).await, ["Token Created", "Token Renewed"]);

    let client = stack.client_of(&created);
    assert!(client.is_authenticated().await);
    stack.advance(24 * HOUR + 1).await;
    assert!(!client.is_authenticated().await);
    assert_eq!(stack.event_types(&created.id()).await.last().unwrap(), "Token Expired");
}
