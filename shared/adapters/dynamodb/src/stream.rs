//! The table's stream as Lambda hands it over: keys only.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html> has the format.

use keyturn_application::ports::EntryKey;
use serde::Deserialize;

use crate::keys;

/// A batch of changes.
#[derive(Clone, Debug, Deserialize)]
pub struct StreamEvent {
    #[serde(rename = "Records")]
    records: Vec<Change>,
}

#[derive(Clone, Debug, Deserialize)]
struct Change {
    #[serde(rename = "eventName")]
    event_name: String,
    dynamodb: Changed,
}

#[derive(Clone, Debug, Deserialize)]
struct Changed {
    #[serde(rename = "Keys")]
    keys: Key,
}

#[derive(Clone, Debug, Deserialize)]
struct Key {
    pk: Text,
    sk: Text,
}

#[derive(Clone, Debug, Deserialize)]
struct Text {
    #[serde(rename = "S")]
    text: String,
}

impl StreamEvent {
    /// The entries that were written. The stream also reports every other change, unless its filter leaves them out.
    #[must_use]
    pub fn new_entries(self) -> Vec<EntryKey> {
        let inserted = self.records.into_iter().filter(|change| change.event_name == "INSERT");
        let keys = inserted.map(|change| change.dynamodb.keys);
        keys.filter(|key| key.sk.text.starts_with(keys::ENTRY))
            .map(|key| EntryKey { partition: key.pk.text, sort: key.sk.text })
            .collect()
    }
}
