//! Records as they are stored, separate from the domain's types so that either can change without the other.
//!
//! `schemaVersion` says which shape an item has. A reader ignores attributes that it doesn't know, and reads an item of a
//! later version like any other: after a deployment was rolled back, the table holds some. `decisions/versioning.md` in the
//! documentation says what may change and what not.

pub(crate) mod actor;
pub(crate) mod answer;
mod auto_renewal;
pub(crate) mod credential;
mod delivery;
pub(crate) mod entry;
mod leak;
pub(crate) mod leak_report;
mod mail;
pub(crate) mod mass_renewal;
pub(crate) mod owner;
mod pending;
pub(crate) mod person;
pub(crate) mod provider;
pub(crate) mod session;
pub(crate) mod summary;
pub(crate) mod token;

use chrono::{DateTime, Utc};
use keyturn_application::PortError;
use keyturn_domain::history::RenewalMethod;
use keyturn_domain::ids::{CompanyId, TokenId};
use keyturn_domain::leak::LeakSource;
use keyturn_domain::secret::{Sealed, SecretHash};
use keyturn_domain::settings::Rights;
use keyturn_domain::token::RequestReason;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_bytes::ByteBuf;
use uuid::Uuid;

use crate::Item;

/// The shape that is written.
const SCHEMA_VERSION: u8 = 1;

const VERSION_ATTRIBUTE: &str = "schemaVersion";

/// A malformed item. Names the field, never its value.
#[derive(Debug, thiserror::Error)]
#[error("the field {0} is malformed")]
pub(crate) struct Malformed(&'static str);

/// Encodes a record as an item, with its key.
pub(crate) fn encode(key: Item, record: &impl Serialize) -> Result<Item, PortError> {
    let mut item: Item =
        serde_dynamo::to_item(record).map_err(|error| PortError::new("a record cannot be encoded", error))?;
    item.extend(key);
    item.insert(
        VERSION_ATTRIBUTE.to_owned(),
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
    let [undecodable, malformed] = match is_later(&item) {
        true => [
            "an item of a later schemaVersion cannot be decoded",
            "an item of a later schemaVersion is malformed",
        ],
        false => ["an item cannot be decoded", "an item is malformed"],
    };
    let record: R = serde_dynamo::from_item(item).map_err(|error| PortError::new(undecodable, error))?;
    T::try_from(record).map_err(|error| PortError::new(malformed, error))
}

/// Whether a later version of Keyturn wrote the item.
fn is_later(item: &Item) -> bool {
    let version = item.get(VERSION_ATTRIBUTE).and_then(|value| value.as_n().ok());
    version
        .and_then(|version| version.parse::<u64>().ok())
        .is_some_and(|version| version > SCHEMA_VERSION.into())
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

fn sealed_bytes(sealed: &Sealed) -> ByteBuf {
    ByteBuf::from(sealed.as_bytes().to_vec())
}

fn sealed(bytes: ByteBuf) -> Sealed {
    Sealed::new(bytes.into_vec())
}

/// The reason of a request token as it is stored; nothing for the usual one, which earlier versions stored as nothing.
fn stored_reason(reason: RequestReason) -> Option<String> {
    (reason != RequestReason::default()).then(|| reason.as_str().to_owned())
}

/// A stored reason. One that only a later version knows counts as the usual one.
fn reason(stored: Option<&str>) -> RequestReason {
    let known = RequestReason::ALL.into_iter().find(|reason| Some(reason.as_str()) == stored);
    known.unwrap_or_default()
}

/// A stored source of a report. One that only a later version knows counts as unverified.
fn leak_source(stored: &str) -> LeakSource {
    LeakSource::of_word(stored).unwrap_or(LeakSource::Anybody)
}

/// How a successor was created. A method that only a later version knows counts as unknown.
fn renewal_method(stored: Option<&str>) -> Option<RenewalMethod> {
    RenewalMethod::ALL.into_iter().find(|method| Some(method.as_str()) == stored)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}

const fn id(id: Uuid) -> TokenId {
    TokenId::new(id)
}
