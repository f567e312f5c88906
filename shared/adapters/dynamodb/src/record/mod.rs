//! Records as they are stored, apart from the domain's types so that either can change without the other.
//!
//! `schemaVersion` says which shape an item has. Readers ignore attributes that they don't know.

pub(crate) mod answer;
pub(crate) mod credential;
pub(crate) mod entry;
pub(crate) mod token;

use chrono::{DateTime, Utc};
use keyturn_application::PortError;
use keyturn_domain::ids::{CompanyId, TokenId};
use keyturn_domain::secret::SecretHash;
use keyturn_domain::settings::Rights;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_bytes::ByteBuf;
use uuid::Uuid;

use crate::Item;

/// The shape that is written.
const SCHEMA_VERSION: u8 = 1;

/// An item that is not what it should be. Names the field, never its value.
#[derive(Debug, thiserror::Error)]
#[error("the field {0} is malformed")]
pub(crate) struct Malformed(&'static str);

/// Encodes a record as an item, with its key.
pub(crate) fn encode(key: Item, record: &impl Serialize) -> Result<Item, PortError> {
    let mut item: Item =
        serde_dynamo::to_item(record).map_err(|error| PortError::new("a record cannot be encoded", error))?;
    item.extend(key);
    item.insert(
        "schemaVersion".to_owned(),
        aws_sdk_dynamodb::types::AttributeValue::N(SCHEMA_VERSION.to_string()),
    );
    Ok(item)
}

/// Decodes an item.
pub(crate) fn decode<R, T>(item: Item) -> Result<T, PortError>
where
    R: DeserializeOwned,
    T: TryFrom<R, Error = Malformed>,
{
    let record: R =
        serde_dynamo::from_item(item).map_err(|error| PortError::new("an item cannot be decoded", error))?;
    T::try_from(record).map_err(|error| PortError::new("an item is malformed", error))
}

type Seconds = i64;

fn seconds(moment: DateTime<Utc>) -> Seconds {
    moment.timestamp()
}

fn moment(seconds: Seconds) -> Result<DateTime<Utc>, Malformed> {
    DateTime::from_timestamp(seconds, 0).ok_or(Malformed("a time"))
}

fn moments(seconds: Option<Seconds>) -> Result<Option<DateTime<Utc>>, Malformed> {
    seconds.map(moment).transpose()
}

fn company(text: &str) -> Result<CompanyId, Malformed> {
    text.parse().map_err(|_| Malformed("company"))
}

fn rights(text: &str) -> Result<Rights, Malformed> {
    Rights::parse(text).map_err(|_| Malformed("rights"))
}

fn hash(bytes: &ByteBuf) -> Result<SecretHash, Malformed> {
    let bytes: [u8; 32] = bytes.as_slice().try_into().map_err(|_| Malformed("a hash"))?;
    Ok(SecretHash::from_bytes(bytes))
}

fn bytes(hash: &SecretHash) -> ByteBuf {
    ByteBuf::from(hash.as_bytes().to_vec())
}

const fn id(id: Uuid) -> TokenId {
    TokenId::new(id)
}
