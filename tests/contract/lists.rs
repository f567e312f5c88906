//! Lists of tokens.

mod faults;
mod filters;
mod isolation;
mod items;
mod paging;
mod stability;

use serde_json::{Value, json};

use crate::support::{Caller, List};

/// A company's tokens.
fn tokens(caller: &Caller) -> List {
    List::new(caller, "/apiAccessTokens")
}

/// A token of this name that neither renews itself nor ends.
fn named(name: &str) -> Value {
    json!({"name": name, "rights": "READ", "applications": ["ORDERS"]})
}

/// Creates tokens, and answers the ids of all that there are then, the newest first.
async fn fill(caller: &Caller, count: usize) -> Vec<String> {
    let mut ids = vec![caller.get("/apiAccessTokens/self").await.id()];
    for number in 0..count {
        ids.insert(0, caller.created(&named(&format!("token {number}"))).await.id());
    }
    ids
}
