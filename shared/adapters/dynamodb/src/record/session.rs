//! A session as it is stored: with the hash of its string, and without its refresh token.

use keyturn_domain::secret::Sealed;
use keyturn_domain::session::{Session, SessionId};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use uuid::Uuid;

use super::person::PersonRecord;
use super::{Malformed, Seconds, bytes, company, hash, moment, moments, seconds};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionRecord {
    id: Uuid,
    hash: ByteBuf,
    person: PersonRecord,
    company: String,
    role: String,
    provider: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    provider_session: Option<String>,
    created_at: Seconds,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    authenticated_at: Option<Seconds>,
    refreshed_at: Seconds,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    seen_at: Option<Seconds>,
    ends_at: Seconds,
    renewable: bool,
}

impl From<&Session> for SessionRecord {
    fn from(session: &Session) -> Self {
        Self {
            id: session.id.uuid(),
            hash: bytes(&session.hash),
            person: PersonRecord::from(&session.person),
            company: session.company.to_string(),
            role: session.role.to_string(),
            provider: session.provider.to_string(),
            provider_session: session.provider_session.clone(),
            created_at: seconds(session.created_at),
            authenticated_at: session.authenticated_at.map(seconds),
            refreshed_at: seconds(session.refreshed_at),
            seen_at: session.seen_at.map(seconds),
            ends_at: seconds(session.ends_at),
            renewable: session.renewable,
        }
    }
}

impl TryFrom<SessionRecord> for Session {
    type Error = Malformed;

    fn try_from(record: SessionRecord) -> Result<Self, Malformed> {
        Ok(Self {
            id: SessionId::new(record.id),
            hash: hash(&record.hash)?,
            person: record.person.into(),
            company: company(&record.company)?,
            role: record.role.parse().map_err(|_| Malformed("role"))?,
            provider: record.provider.parse().map_err(|_| Malformed("provider"))?,
            provider_session: record.provider_session,
            created_at: moment(record.created_at)?,
            authenticated_at: moments(record.authenticated_at)?,
            refreshed_at: moment(record.refreshed_at)?,
            seen_at: moments(record.seen_at)?,
            ends_at: moment(record.ends_at)?,
            renewable: record.renewable,
        })
    }
}

/// A session's refresh token, sealed.
#[derive(Serialize, Deserialize)]
pub(crate) struct RefreshTokenRecord {
    sealed: ByteBuf,
}

impl From<&Sealed> for RefreshTokenRecord {
    fn from(sealed: &Sealed) -> Self {
        Self { sealed: ByteBuf::from(sealed.as_bytes().to_vec()) }
    }
}

impl TryFrom<RefreshTokenRecord> for Sealed {
    type Error = Malformed;

    fn try_from(record: RefreshTokenRecord) -> Result<Self, Malformed> {
        Ok(Self::new(record.sealed.into_vec()))
    }
}
