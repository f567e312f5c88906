//! Request bodies that the tests send, and stacks with a token to start from.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};

use super::{ApiResponse, DAY, Receiver, Reply, TestStack};

pub(crate) trait With {
    fn with(self, member: &str, value: impl Serialize) -> Self;
}

impl With for Value {
    fn with(mut self, member: &str, value: impl Serialize) -> Self {
        self[member] = json!(value);
        self
    }
}

/// A token with these rights for one application, and nothing optional.
pub(crate) fn token(rights: &str, application: &str) -> Value {
    json!({"name": "n", "rights": rights, "applications": [application]})
}

/// A token that reads orders, and nothing optional.
pub(crate) fn plain() -> Value {
    token("READ", "ORDERS")
}

/// A token that renews itself every 30 days through a callback.
pub(crate) fn renewing(receiver: &Receiver) -> Value {
    json!({
        "name": "partner",
        "description": "the partner's nightly export",
        "rights": "READ",
        "applications": ["ORDERS", "PRODUCTS"],
        "autoRenewal": {"everyDays": 30, "callback": {"url": receiver.url()}},
        "renewalMailRecipient": "ops@example.com",
    })
}

/// A token that the schedule renews, without a callback: the mail is all that tells of it.
pub(crate) fn renewing_by_mail(every_days: i64) -> Value {
    plain()
        .with("name", "mailed")
        .with("autoRenewal", json!({"everyDays": every_days}))
        .with("renewalMailRecipient", "ops@example.com")
}

/// A token that fetches its successor itself every 30 days.
pub(crate) fn pulling() -> Value {
    plain()
        .with("name", "pulling")
        .with("autoRenewal", json!({"everyDays": 30, "pull": true}))
        .with("renewalMailRecipient", "ops@example.com")
}

/// A token that renews itself every 30 days through the receiver or by pull: whichever comes first.
pub(crate) fn renewing_both_ways(receiver: &Receiver) -> Value {
    renewing(receiver)
        .with("autoRenewal", json!({"everyDays": 30, "pull": true, "callback": {"url": receiver.url()}}))
}

/// A manual renewal after which the predecessor ends at this time.
pub(crate) fn renewal(end: DateTime<Utc>) -> Value {
    json!({"name": "renewed", "existingTokenExpiresAt": end})
}

/// A stack and a token that renews itself through the receiver.
pub(crate) async fn renewing_token() -> (TestStack, Receiver, ApiResponse) {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let created = stack.manager().created(&renewing(&receiver)).await;
    (stack, receiver, created)
}

/// The same when the renewal is due and the receiver has got the first callback, to which it always answers this.
pub(crate) async fn due_token(reply: Reply) -> (TestStack, Receiver, ApiResponse) {
    let (stack, receiver, created) = renewing_token().await;
    receiver.always(reply);
    stack.advance_to(created.time("createdDate"), 30 * DAY).await;
    assert_eq!(receiver.received().len(), 1);
    (stack, receiver, created)
}
