//! What the tests have in common: a stack, callers, a receiver, and an eye for secrets.

mod caller;
mod pages;
mod receiver;
mod routes;
mod secrets;
mod signature;
mod stack;
mod storage;

pub(crate) use caller::{Answer, Caller};
pub(crate) use pages::{List, WAYS, id, ids};
pub(crate) use receiver::{Receiver, Reply};
pub(crate) use routes::routes;
pub(crate) use secrets::assert_none as assert_no_secrets;
pub(crate) use signature::verify_independently;
pub(crate) use stack::{Options, TestStack};

/// Seconds of a minute, an hour and a day.
pub(crate) const MINUTE: i64 = 60;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

/// A token that renews itself through a callback.
pub(crate) fn renewing(receiver: &Receiver) -> serde_json::Value {
    serde_json::json!({
        "name": "partner",
        "description": "the partner's nightly export",
        "rights": "READ",
        "applications": ["ORDERS", "PRODUCTS"],
        "autoRenewal": {"everyDays": 30, "callback": {"url": receiver.url()}},
        "renewalMailRecipient": "ops@example.com",
    })
}
