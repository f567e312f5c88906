//! People as they are stored.

use keyturn_domain::person::{KnownPerson, Person};
use serde::{Deserialize, Serialize};

use super::{Malformed, Seconds, moments, seconds};

/// A person, within another record.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PersonRecord {
    issuer: String,
    subject: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    mail: Option<String>,
}

impl From<&Person> for PersonRecord {
    fn from(person: &Person) -> Self {
        let Person { issuer, subject, name, mail } = person.clone();
        Self { issuer, subject, name, mail }
    }
}

impl From<PersonRecord> for Person {
    fn from(record: PersonRecord) -> Self {
        let PersonRecord { issuer, subject, name, mail } = record;
        Self { issuer, subject, name, mail }
    }
}

/// What a company knows of a person.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KnownPersonRecord {
    person: PersonRecord,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    role: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    signed_in_at: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    barred_at: Option<Seconds>,
}

impl From<&KnownPerson> for KnownPersonRecord {
    fn from(known: &KnownPerson) -> Self {
        Self {
            person: PersonRecord::from(&known.person),
            role: known.role.map(|role| role.to_string()),
            signed_in_at: known.signed_in_at.map(seconds),
            barred_at: known.barred_at.map(seconds),
        }
    }
}

impl TryFrom<KnownPersonRecord> for KnownPerson {
    type Error = Malformed;

    fn try_from(record: KnownPersonRecord) -> Result<Self, Malformed> {
        let role = record.role.map(|role| role.parse().map_err(|_| Malformed("role"))).transpose()?;
        Ok(Self {
            person: record.person.into(),
            role,
            signed_in_at: moments(record.signed_in_at)?,
            barred_at: moments(record.barred_at)?,
        })
    }
}
