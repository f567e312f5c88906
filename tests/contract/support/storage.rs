//! Reads the table directly, as an attacker with a copy of it would.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::api_client::ApiClient;
use super::secrets;
use super::stack::TestStack;

/// Items that one `BatchWriteItem` takes.
const BATCH: usize = 25;

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

    /// Writes so many tokens of the manager's company past the API, older than all others: copies of the manager's own.
    pub(crate) async fn write_older(&self, manager: &ApiClient, count: usize) {
        let token = self.stored_token(&manager.own_token().await.id()).await;
        let copy = |number: usize| {
            let (mut item, id) = (token.clone(), format!("00000000-0000-7000-8000-{number:012}"));
            for (field, value) in [("id", &id), ("tokenId", &id), ("pk", &format!("TOKEN#{id}"))] {
                item[field] = json!({"S": value});
            }
            json!({"PutRequest": {"Item": item}})
        };
        for first in (1..=count).step_by(BATCH) {
            let puts: Vec<_> = (first..=count.min(first + BATCH - 1)).map(copy).collect();
            self.dynamodb("BatchWriteItem", &json!({"RequestItems": {"keyturn": puts}})).await;
        }
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
