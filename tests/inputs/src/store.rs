//! A look into the table past the functions: what it holds, and back to what it held before.

use std::collections::{BTreeMap, HashMap};

use dynoxide::Database;
use dynoxide::actions::{delete_item::DeleteItemRequest, put_item::PutItemRequest, scan::ScanRequest};
use dynoxide::types::AttributeValue;
use keyturn_local::headless::TABLE;

type Item = HashMap<String, AttributeValue>;

/// The whole table, by key.
pub(crate) type Dump = BTreeMap<[String; 2], Item>;

/// Everything that stands in the table.
pub(crate) fn dump(database: &Database) -> Dump {
    let mut dump = Dump::new();
    let mut from = None;
    loop {
        let request =
            ScanRequest { table_name: TABLE.to_owned(), exclusive_start_key: from, ..ScanRequest::default() };
        let page = database.scan(request).expect("the engine scans");
        dump.extend(page.items.into_iter().flatten().map(|item| (key(&item), item)));
        from = page.last_evaluated_key;
        if from.is_none() {
            return dump;
        }
    }
}

/// Makes the table what it was before.
pub(crate) fn restore(database: &Database, now: &Dump, before: &Dump) {
    for item in now.iter().filter(|(key, _)| !before.contains_key(*key)).map(|(_, item)| item) {
        let key = ["pk", "sk"].map(|name| (name.to_owned(), item[name].clone())).into();
        let request = DeleteItemRequest { table_name: TABLE.to_owned(), key, ..DeleteItemRequest::default() };
        database.delete_item(request).expect("the engine deletes");
    }
    for (_, item) in before.iter().filter(|(key, item)| now.get(*key) != Some(*item)) {
        let request =
            PutItemRequest { table_name: TABLE.to_owned(), item: item.clone(), ..PutItemRequest::default() };
        database.put_item(request).expect("the engine writes");
    }
}

/// What differs between two states, for the message of a test that fails. Keys hold ids only.
pub(crate) fn difference<'a>(before: &'a Dump, after: &'a Dump) -> Vec<&'a [String; 2]> {
    let keys = before.keys().chain(after.keys().filter(|key| !before.contains_key(*key)));
    keys.filter(|key| before.get(*key) != after.get(*key)).collect()
}

fn key(item: &Item) -> [String; 2] {
    ["pk", "sk"].map(|name| match &item[name] {
        AttributeValue::S(text) => text.clone(),
        other => panic!("a key that is no text: {other:?}"),
    })
}
