//! Reads the table directly, as an attacker with a copy of it would.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::secrets;
use super::stack::TestStack;

impl TestStack {
    pub(crate) async fn stored(&self) -> Vec<Value> {
        let mut items = Vec::new();
        let mut scan = json!({"TableName": "keyturn", "ConsistentRead": true});
        loop {
            let page = self.dynamodb("Scan", &scan).await;
            items.extend(page["Items"].as_array().unwrap().iter().cloned());
            if page["LastEvaluatedKey"].is_null() {
                return items;
            }
            scan["ExclusiveStartKey"] = page["LastEvaluatedKey"].clone();
        }
    }

    pub(crate) async fn stored_token(&self, id: &str) -> Value {
        let key = json!({"pk": {"S": format!("TOKEN#{id}")}, "sk": {"S": "TOKEN"}});
        self.dynamodb("GetItem", &json!({"TableName": "keyturn", "Key": key})).await["Item"].clone()
    }

    /// Fails if the table holds an unsealed secret.
    pub(crate) async fn assert_no_stored_secrets(&self) {
        let items = self.stored().await;
        assert!(!items.is_empty());
        for item in items {
            secrets::assert_none("an item", &item.to_string());
            for binary in binaries(&item) {
                secrets::assert_none("a binary value", &String::from_utf8_lossy(&binary));
            }
        }
    }
}

/// The binary values of an item, at any depth.
fn binaries(value: &Value) -> Vec<Vec<u8>> {
    match value {
        Value::Object(members) => match members.get("B") {
            Some(Value::String(text)) => vec![STANDARD.decode(text).unwrap()],
            _ => members.values().flat_map(binaries).collect(),
        },
        Value::Array(elements) => elements.iter().flat_map(binaries).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn finds_binary_values_at_any_depth() {
    let item = json!({"a": {"B": "AQ=="}, "b": {"M": {"c": {"L": [{"B": "AgM="}, {"S": "B"}]}}}});
    assert_eq!(binaries(&item), [vec![1], vec![2, 3]]);
}
