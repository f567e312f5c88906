//! What a thief has who got hold of everything that is at rest: the table, the log, the data folder without the two files
//! that are secrets themselves.

use std::collections::BTreeSet;
use std::path::Path;

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{DAY, Options, Receiver, TestStack, assert_no_secrets, renewing};

#[tokio::test]
async fn nothing_at_rest_authenticates() {
    let (folder, receiver) = (TempDir::new().unwrap(), Receiver::start().await);
    let stack = TestStack::start_with(Options { data_dir: Some(folder.path()), ..Options::default() }).await;
    live_a_whole_life(&stack, &receiver).await;

    stack.assert_nothing_is_stored_in_the_clear().await;
    let mut tried = 0;
    for found in values(&Value::Array(stack.stored().await)) {
        let thief = stack.caller(&found);
        assert_eq!(thief.get("/apiAccessTokens/self").await.status, 401);
        let redeemed = stack.manager().redeem(&found).await;
        assert_eq!(redeemed.status, 404, "{}", redeemed.body);
        tried += 1;
    }
    assert!(tried > 50, "only {tried} values: this is not the whole table");
    for file in files(folder.path()) {
        let bytes = std::fs::read(&file).unwrap();
        assert_no_secrets(&file.display().to_string(), &String::from_utf8_lossy(&bytes));
    }
}

/// Leaves behind every kind of record there is.
async fn live_a_whole_life(stack: &TestStack, receiver: &Receiver) {
    let manager = stack.manager();
    let path = "/apiAccessTokens";
    let key = ("Idempotency-Key", "once");
    let created = manager.with_header(Method::POST, path, key, &renewing(receiver)).await;
    let tail = |tail: &str| format!("{path}/{}/{tail}", created.id());
    assert_eq!(manager.post(&tail("callback/test"), &json!({})).await.status, 200);
    assert_eq!(manager.post(&tail("callback/rotateSecret"), &json!({})).await.status, 200);
    assert_eq!(manager.get(&tail("token")).await.status, 200);
    stack.advance(30 * DAY).await;
    let redeemed = stack.caller(&created.text("token")).redeem(&receiver.last().request_token()).await;
    assert_eq!(redeemed.status, 200);
    // The successor's own request token is out, and stays so.
    stack.advance(30 * DAY).await;
    assert_eq!(receiver.received().len(), 3);
}

/// Every text of some length below a value, as it stands; a binary value also as hexadecimal digits.
fn values(value: &Value) -> BTreeSet<String> {
    use base64::Engine as _;
    match value {
        Value::String(text) if text.len() >= 16 => {
            let bytes = base64::engine::general_purpose::STANDARD.decode(text).unwrap_or_default();
            let hexadecimal: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            let printable = |text: &String| text.chars().all(|character| ('!'..='~').contains(&character));
            [text.clone(), hexadecimal]
                .into_iter()
                .filter(printable)
                .filter(|text| !text.is_empty())
                .collect()
        }
        Value::Array(elements) => elements.iter().flat_map(values).collect(),
        Value::Object(members) => members.values().flat_map(values).collect(),
        _ => BTreeSet::new(),
    }
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let secret = ["management-token", "sealing-key"];
    entries.filter(|path| path.is_file() && !secret.iter().any(|name| path.ends_with(name))).collect()
}
