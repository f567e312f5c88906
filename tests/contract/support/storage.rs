//! A look into the table behind the stack's back: what somebody would find who got hold of it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::secrets;
use super::stack::TestStack;

impl TestStack {
    /// Every item of the table, in DynamoDB's JSON.
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

    /// The item of a token.
    pub(crate) async fn stored_token(&self, id: &str) -> Value {
        let key = json!({"pk": {"S": format!("TOKEN#{id}")}, "sk": {"S": "TOKEN"}});
        self.dynamodb("GetItem", &json!({"TableName": "keyturn", "Key": key})).await["Item"].clone()
    }

    /// Fails if the table holds a secret that is not sealed.
    pub(crate) async fn assert_nothing_is_stored_in_the_clear(&self) {
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

/// The binary values of an item, wherever they stand.
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
fn binary_values_are_found_wherever_they_stand() {
    let item = json!({"a": {"B": "AQ=="}, "b": {"M": {"c": {"L": [{"B": "AgM="}, {"S": "B"}]}}}});
    assert_eq!(binaries(&item), [vec![1], vec![2, 3]]);
}
