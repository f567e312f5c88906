//! What happened to the callbacks.

mod classes;
mod parts;

use serde_json::json;

use crate::support::{Caller, List};

/// The callback log as somebody sees it.
fn log(caller: &Caller) -> List {
    List::new(caller, "/callbacks/logs")
}

/// Creates a token that renews itself after 30 days through a callback to this address.
async fn calling(manager: &Caller, url: &str) -> String {
    let token = json!({
        "name": "partner",
        "rights": "READ",
        "applications": ["ORDERS"],
        "autoRenewal": {"everyDays": 30, "callback": {"url": url}},
    });
    manager.created(&token).await.id()
}
