//! Names of items, attributes and the index.

use aws_sdk_dynamodb::types::AttributeValue;
use keyturn_application::ports::{AnswerKey, EntryKey};
use keyturn_domain::Timestamp;
use keyturn_domain::history::{Action, HistoryEntry};
use keyturn_domain::ids::{CompanyId, TokenId};
use uuid::Uuid;

use crate::Item;

/// The index of what is due.
pub const DUE_INDEX: &str = "due";

pub(crate) const TOKEN: &str = "TOKEN";
pub(crate) const CREDENTIAL: &str = "CREDENTIAL";
pub(crate) const COMPANY: &str = "COMPANY";
pub(crate) const ENTRY: &str = "ENTRY#";

/// The time to live, after which DynamoDB deletes an item.
pub(crate) const TTL: &str = "ttl";

pub(crate) fn token(id: TokenId) -> Item {
    key(format!("{TOKEN}#{id}"), TOKEN.to_owned())
}

pub(crate) fn credential(id: TokenId) -> Item {
    key(format!("{CREDENTIAL}#{id}"), CREDENTIAL.to_owned())
}

pub(crate) fn company(id: &CompanyId) -> Item {
    key(format!("{COMPANY}#{id}"), COMPANY.to_owned())
}

pub(crate) fn answer(answer: &AnswerKey) -> Item {
    key(format!("ANSWER#{}", answer.caller), hex::encode(answer.hash))
}

pub(crate) fn callbacks(company: &CompanyId) -> String {
    format!("CALLBACKS#{company}")
}

pub(crate) fn series(id: TokenId) -> String {
    format!("SERIES#{id}")
}

/// Callback deliveries are stored by company, since their log is read by company; everything else by series.
pub(crate) fn of_entry(id: Uuid, entry: &HistoryEntry) -> EntryKey {
    let partition = match &entry.action {
        Action::CallbackTried(_) | Action::CallbackTested(_) => callbacks(&entry.company),
        _ => series(entry.series),
    };
    EntryKey { partition, sort: format!("{ENTRY}{id}") }
}

pub(crate) fn entry(key: &EntryKey) -> Item {
    self::key(key.partition.clone(), key.sort.clone())
}

fn key(partition: String, sort: String) -> Item {
    Item::from([("pk".to_owned(), AttributeValue::S(partition)), ("sk".to_owned(), AttributeValue::S(sort))])
}

/// The shard of a token's items, of this many: an even spread.
pub(crate) fn shard_of(id: TokenId, shards: u8) -> u8 {
    id.uuid().as_bytes()[15] % shards
}

pub(crate) fn shard_name(shard: u8) -> AttributeValue {
    AttributeValue::S(format!("due#{shard}"))
}

/// Times are stored as epoch seconds: the unit of DynamoDB's TTL, and sortable.
pub(crate) fn moment(moment: Timestamp) -> AttributeValue {
    AttributeValue::N(moment.timestamp().to_string())
}

/// Adds an item to this shard of the due index.
pub(crate) fn make_due(item: &mut Item, shard: u8, at: Timestamp) {
    item.insert("dueShard".to_owned(), shard_name(shard));
    item.insert("dueAt".to_owned(), moment(at));
}
