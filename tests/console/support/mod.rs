//! What the tests have in common: a browser, a page with the console, and what the tests of the contract use too.

#[expect(dead_code, reason = "the tests of the contract use more of it")]
#[path = "../../contract/support/api_client.rs"]
mod api_client;
mod axe;
mod browser;
mod colour;
mod driver;
mod page;
#[expect(dead_code, reason = "the tests of the deployment use more of it")]
#[path = "../../deployment/support/process.rs"]
mod process;
#[expect(dead_code, reason = "the tests of the contract use more of it")]
#[path = "../../contract/support/receiver.rs"]
mod receiver;
#[path = "../../contract/support/secrets.rs"]
mod secrets;
#[expect(dead_code, reason = "the tests of the contract use more of it")]
#[path = "../../contract/support/stack.rs"]
mod stack;

use serde_json::{Value, json};

pub(crate) use api_client::ApiClient;
pub(crate) use browser::{Browser, in_browser, in_browser_with};
pub(crate) use page::Page;
pub(crate) use receiver::{Receiver, Reply};
pub(crate) use stack::TestStack;

/// Seconds of an hour and a day.
pub(crate) const HOUR: i64 = 3_600;
pub(crate) const DAY: i64 = 24 * HOUR;

/// A name that would be a program if it were taken for markup.
pub(crate) const MARKUP: &str = "<img src=x onerror=alert(1)>";

/// A token without anything optional.
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
