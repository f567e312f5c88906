//! Shared test support: browser, page, and parts of the contract tests' support.

mod axe;
mod browser;
mod colour;
#[expect(dead_code, unused_imports, reason = "the contract tests use more of it")]
#[path = "../../contract/support/mod.rs"]
mod contract;
mod page;

use serde_json::{Value, json};

pub(crate) use browser::{Browser, in_browser, signed_in};
pub(crate) use contract::{ApiClient, DAY, HOUR, Receiver, Reply, TestStack};
pub(crate) use page::Page;

/// A name that would run a script if it were interpreted as markup.
pub(crate) const MARKUP: &str = "<img src=x onerror=alert(1)>";

/// A token with the required fields only.
pub(crate) fn plain(name: &str) -> Value {
    json!({"name": name, "rights": "READ", "applications": ["ORDERS"]})
}

/// A token that renews itself every 30 days through a callback.
pub(crate) fn renewing(name: &str, receiver: &Receiver) -> Value {
    let mut token = plain(name);
    token["autoRenewal"] = json!({"everyDays": 30, "callback": {"url": receiver.url()}});
    token["renewalMailRecipient"] = json!("ops@example.com");
    token
}

pub(crate) async fn first_token(client: &ApiClient, query: &str) -> Value {
    client.get(&format!("/apiAccessTokens?{query}")).await.body["items"][0].clone()
}

pub(crate) async fn in_days(stack: &TestStack, days: i64) -> Value {
    json!((stack.now().await + chrono::TimeDelta::days(days)).to_rfc3339())
}
