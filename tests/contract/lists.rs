//! Lists of tokens.

mod budget;
mod faults;
mod filters;
mod isolation;
mod items;
mod paging;
mod stability;

use serde_json::Value;

use crate::support::{ApiClient, List, With, plain};

fn tokens(client: &ApiClient) -> List {
    List::new(client, "/apiAccessTokens")
}

fn named(name: &str) -> Value {
    plain().with("name", name)
}

/// Creates tokens; returns the ids of all that exist then, newest first.
async fn fill(client: &ApiClient, count: usize) -> Vec<String> {
    let mut ids = vec![client.own_token().await.id()];
    for number in 0..count {
        ids.insert(0, client.created(&named(&format!("token {number}"))).await.id());
    }
    ids
}
