//! Sessions: how long a sign-in lasts, and what role it gives at a time.

use crate::Timestamp;
use crate::ids::{CompanyId, uuid_id};
use crate::limits;
use crate::person::{Person, Role};
use crate::provider::{Grant, Identity, ProviderId};
use crate::secret::{SecretHash, SecretString};

uuid_id! {
    /// The id of a session: a UUIDv7, so ids sort by sign-in. It's no secret; the string in the cookie holds it beside one.
    SessionId
}

/// A person's session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// SHA-256 of the string in the cookie.
    pub hash: SecretHash,
    /// Who signed in.
    pub person: Person,
    /// The company in which they act.
    pub company: CompanyId,
    /// The role at the last refresh.
    pub role: Role,
    /// The provider through which they signed in.
    pub provider: ProviderId,
    /// The provider's id of its own session (`sid`), which a back-channel logout may name.
    pub provider_session: Option<String>,
    /// When it began.
    pub created_at: Timestamp,
    /// When the person proved to the provider who they are (`auth_time`), if it says so.
    pub authenticated_at: Option<Timestamp>,
    /// When the provider last confirmed the role.
    pub refreshed_at: Timestamp,
    /// When it was last used, exact to a minute; `None` if it never was.
    pub seen_at: Option<Timestamp>,
    /// When it ends at the latest.
    pub ends_at: Timestamp,
    /// Whether the provider gave a refresh token. Without one the role cannot be refreshed.
    pub renewable: bool,
}

impl Session {
    /// A session that begins now.
    #[must_use]
    pub fn begin(
        (id, hash): (SessionId, SecretHash),
        provider: ProviderId,
        grant: Grant,
        identity: &Identity,
        now: Timestamp,
    ) -> Self {
        let longest = now + limits::SESSION_LIFETIME;
        Self {
            id,
            hash,
            person: grant.person,
            company: grant.company,
            role: grant.role,
            provider,
            provider_session: identity.provider_session.clone(),
            created_at: now,
            authenticated_at: identity.authenticated_at,
            refreshed_at: now,
            seen_at: None,
            ends_at: identity.session_ends_at.map_or(longest, |end| end.min(longest)),
            renewable: identity.renewable,
        }
    }

    /// Whether this string is the session's, and the session is good now.
    #[must_use]
    pub fn accepts(&self, string: &SecretString, now: Timestamp) -> bool {
        self.hash == string.hash() && self.is_live(now)
    }

    /// Whether it has neither ended nor been idle for too long.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        now < self.ends_at && now < self.seen_at.unwrap_or(self.created_at) + limits::SESSION_IDLE
    }

    /// The role that it gives at this time: no more than `VIEWER` unless the provider has confirmed the role lately.
    #[must_use]
    pub fn role_at(&self, now: Timestamp) -> Role {
        if now < self.role_holds_until() { self.role } else { Role::Viewer }
    }

    /// Until when the role holds without a refresh.
    #[must_use]
    pub fn role_holds_until(&self) -> Timestamp {
        self.refreshed_at + limits::ROLE_HOLDS
    }

    /// Whether a use now is to be recorded.
    #[must_use]
    pub fn should_record_use(&self, now: Timestamp) -> bool {
        self.seen_at.is_none_or(|seen| seen + limits::SESSION_SEEN_RESOLUTION <= now)
    }

    /// The session after the provider confirmed who the person is and what they may do. It never lasts longer than before.
    #[must_use]
    pub fn refreshed(&self, role: Role, identity: &Identity, now: Timestamp) -> Self {
        let ends_at = identity.session_ends_at.map_or(self.ends_at, |end| end.min(self.ends_at));
        Self { role, refreshed_at: now, ends_at, ..self.clone() }
    }
}
