//! Bodies that the pages show are those that a stack sends.

use serde_json::{Value, json};

use crate::pages::{Block, pages};
use crate::support::{Receiver, TestStack};

/// How the examples begin that are compared here.
pub(crate) const EXAMPLES: [&str; 2] = [
    "{\n  \"type\": \"urn:keyturn:problem:validation-failed\"",
    "{\n  \"type\": \"apiAccessToken.renewalRequested\"",
];

/// The only block that begins so, as JSON.
fn example(start: &str) -> Value {
    let blocks: Vec<Block> = pages().iter().flat_map(|page| page.blocks()).collect();
    let found: Vec<_> = blocks.iter().filter(|block| block.text.starts_with(start)).collect();
    assert_eq!(found.len(), 1, "{start}");
    serde_json::from_str(&found[0].text).unwrap()
}

/// Names and kinds of values, however deep.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), shape(value))).collect(),
        Value::String(_) => "text".into(),
        Value::Number(_) => "number".into(),
        other => other.clone(),
    }
}

#[tokio::test]
async fn an_error_looks_as_shown() {
    let stack = TestStack::start().await;
    let body = json!({"name": "", "rights": "READ", "applications": ["ORDERS"]});
    let answer = stack.manager().post("/apiAccessTokens", &body).await;
    assert_eq!(answer.body, example(EXAMPLES[0]));
}

#[tokio::test]
async fn a_callback_looks_as_shown() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let body = json!({
        "name": "partner", "rights": "READ", "applications": ["ORDERS"],
        "autoRenewal": {"everyDays": 30, "callback": {"url": receiver.url()}},
    });
    assert_eq!(stack.manager().post("/apiAccessTokens", &body).await.status, 201);
    stack.advance(30 * 86_400).await;
    let sent = receiver.received().pop().unwrap().body;
    let shown = example(EXAMPLES[1]);
    assert_eq!(shape(&sent), shape(&shown));
    assert_eq!((&sent["type"], &sent["data"]["attempt"]), (&shown["type"], &shown["data"]["attempt"]));
}
