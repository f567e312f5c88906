//! Resets the table between two inputs.

use std::collections::{BTreeMap, HashMap};

use dynoxide::Database;
use dynoxide::actions::{delete_item::DeleteItemRequest, put_item::PutItemRequest, scan::ScanRequest};
use dynoxide::types::AttributeValue;
use keyturn_local::environment::TABLE;

type Item = HashMap<String, AttributeValue>;

/// All items by key.
pub(crate) type Snapshot = BTreeMap<[String; 2], Item>;

pub(crate) fn snapshot(database: &Database) -> Snapshot {
    let mut snapshot = Snapshot::new();
    let mut start = None;
    loop {
        let table_name = TABLE.to_owned();
        let request = ScanRequest { table_name, exclusive_start_key: start, ..ScanRequest::default() };
        let page = database.scan(request).expect("the engine scans");
        snapshot.extend(page.items.into_iter().flatten().map(|item| (key(&item), item)));
        start = page.last_evaluated_key;
        if start.is_none() {
            return snapshot;
        }
    }
}

/// Deletes and rewrites what differs from the snapshot.
pub(crate) fn restore(database: &Database, snapshot: &Snapshot) {
    let current = self::snapshot(database);
    for item in current.iter().filter(|(key, _)| !snapshot.contains_key(*key)).map(|(_, item)| item) {
        let key = ["pk", "sk"].map(|name| (name.to_owned(), item[name].clone())).into();
        let request = DeleteItemRequest { table_name: TABLE.to_owned(), key, ..DeleteItemRequest::default() };
        database.delete_item(request).expect("the engine deletes");
    }
    for (_, item) in snapshot.iter().filter(|(key, item)| current.get(*key) != Some(*item)) {
        let request =
            PutItemRequest { table_name: TABLE.to_owned(), item: item.clone(), ..PutItemRequest::default() };
        database.put_item(request).expect("the engine writes");
    }
}

fn key(item: &Item) -> [String; 2] {
    ["pk", "sk"].map(|name| match &item[name] {
        AttributeValue::S(text) => text.clone(),
        other => panic!("a key that is not a string: {other:?}"),
    })
}
