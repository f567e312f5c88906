//! Everything at rest: the table, the log, and the data folder without its two secret files.

use std::collections::BTreeSet;
use std::path::Path;

use reqwest::Method;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{DAY, Receiver, TestStack, assert_no_secrets, renewing};

#[tokio::test]
async fn nothing_at_rest_authenticates() {
    let (folder, receiver) = (TempDir::new().unwrap(), Receiver::start().await);
    let stack = TestStack::start_in(folder.path()).await;
    leave_every_kind_of_record(&stack, &receiver).await;

    stack.assert_no_stored_secrets().await;
    let mut tried = 0;
    for found in values(&Value::Array(stack.stored().await)) {
        stack.client(&found).own_token().await.expect(401);
        stack.manager().redeem(&found).await.expect(404);
        tried += 1;
    }
    assert!(tried > 50, "only {tried} values: this is not the whole table");
    for file in files(folder.path()) {
        let bytes = std::fs::read(&file).unwrap();
        assert_no_secrets(&file.display().to_string(), &String::from_utf8_lossy(&bytes));
    }
}

async fn leave_every_kind_of_record(stack: &TestStack, receiver: &Receiver) {
    let (manager, header) = (stack.manager(), ("Idempotency-Key", "once"));
    let created =
        manager.with_header(Method::POST, "/apiAccessTokens", header, &renewing(receiver)).await.expect(201);
    manager.test_callback(&created.id()).await.expect(200);
    manager.rotate_secret(&created.id()).await.expect(200);
    manager.copy(&created.id()).await.expect(200);
    stack.advance(30 * DAY).await;
    stack.client_of(&created).redeemed(&receiver.request_token()).await;
    // The successor is never used, which two request tokens follow up; then its own goes out and is not redeemed.
    stack.advance(30 * DAY).await;
    assert_eq!(receiver.received().len(), 5);
}

/// Every string of 16 characters or more in a value; a binary value also as hexadecimal digits.
fn values(value: &Value) -> BTreeSet<String> {
    use base64::Engine as _;
    match value {
        Value::String(text) if text.len() >= 16 => {
            let bytes = base64::engine::general_purpose::STANDARD.decode(text).unwrap_or_default();
            let hexadecimal: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            let printable = |text: &String| text.chars().all(|character| ('!'..='~').contains(&character));
            let both = [text.clone(), hexadecimal].into_iter();
            both.filter(|text| !text.is_empty() && printable(text)).collect()
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
