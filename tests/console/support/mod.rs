//! Shared test support: browser, page, and parts of the contract tests' support.

#[expect(dead_code, reason = "the contract tests use more of it")]
#[path = "../../contract/support/api_client.rs"]
mod api_client;
mod axe;
mod browser;
mod colour;
mod page;
#[expect(dead_code, reason = "the contract tests use more of it")]
#[path = "../../contract/support/receiver.rs"]
mod receiver;
#[path = "../../contract/support/secrets.rs"]
mod secrets;
#[expect(dead_code, reason = "the contract tests use more of it")]
#[path = "../../contract/support/stack.rs"]
mod stack;

use serde_json::{Value, json};

pub(crate) use api_client::ApiClient;
pub(crate) use browser::{Browser, in_browser, signed_in};
pub(crate) use page::Page;
pub(crate) use receiver::{Receiver, Reply};
pub(crate) use stack::TestStack;

pub(crate) const HOUR: i64 = 3_600;
pub(crate) const DAY: i64 = 24 * HOUR;

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
