//! The part of a token's record that verifying a token string needs, read on every request.

use std::net::IpAddr;

use crate::Timestamp;
use crate::ids::{CompanyId, TokenId};
use crate::leak::LastUse;
use crate::limits;
use crate::secret::SecretHash;
use crate::settings::{Applications, Name, Rights};
use crate::token::{Renewed, Token};

/// The part of a token that is read whenever its string is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// The token's id.
    pub id: TokenId,
    /// The company that it belongs to.
    pub company: CompanyId,
    /// The id of the first token of its series.
    pub series: TokenId,
    /// Its name.
    pub name: Name,
    /// Its rights.
    pub rights: Rights,
    /// The applications that it may use.
    pub applications: Applications,
    /// SHA-256 of its token string.
    pub hash: SecretHash,
    /// When it was created.
    pub created_at: Timestamp,
    /// Its expiry, if any.
    pub expires_at: Option<Timestamp>,
    /// When it was deactivated.
    pub deactivated_at: Option<Timestamp>,
    /// Its successor.
    pub renewed: Option<Renewed>,
    /// How it renews itself; `None` as well in a record that was last written before credentials held this.
    pub renewal: Option<RenewalPlan>,
    /// When it was last used, exact to an hour. Not part of the token's own record, so that a use changes nothing else.
    pub last_used_at: Option<Timestamp>,
    /// The source address of that use, if it is known: where a leaked string was last used from.
    pub last_used_from: Option<IpAddr>,
}

/// When a token renews itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RenewalPlan {
    /// When the renewal is due.
    pub at: Timestamp,
    /// Days from creation to renewal.
    pub every_days: u16,
    /// Whether the token fetches its successor itself.
    pub pull: bool,
}

impl RenewalPlan {
    /// The plan of a token that has no successor.
    #[must_use]
    pub fn of(token: &Token) -> Option<Self> {
        let renewal = token.auto_renewal.as_ref().filter(|_| token.renewed.is_none())?;
        Some(Self {
            at: renewal.next_renewal_at,
            every_days: renewal.every_days,
            pull: renewal.pull && token.leak.is_none(),
        })
    }
}

/// Why the right string is no longer valid. Only its holder learns this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Ended {
    /// It expired.
    #[error("expired at {}", .0.format("%Y-%m-%dT%H:%M:%SZ"))]
    Expired(Timestamp),
    /// It was renewed, and the overlap is over.
    #[error("was renewed and expired at {}", .0.format("%Y-%m-%dT%H:%M:%SZ"))]
    Renewed(Timestamp),
    /// It was deactivated.
    #[error("was deactivated at {}", .0.format("%Y-%m-%dT%H:%M:%SZ"))]
    Deactivated(Timestamp),
}

impl Credential {
    /// The credential of a token that has not been used yet.
    #[must_use]
    pub fn of(token: &Token) -> Self {
        Self {
            id: token.id,
            company: token.company.clone(),
            series: token.series,
            name: token.name.clone(),
            rights: token.rights,
            applications: token.applications.clone(),
            hash: token.hash,
            created_at: token.created_at,
            expires_at: token.expires_at,
            deactivated_at: token.deactivated_at,
            renewed: token.renewed,
            renewal: RenewalPlan::of(token),
            last_used_at: None,
            last_used_from: None,
        }
    }

    /// Whether the token is valid now, and if not, why.
    pub fn check(&self, now: Timestamp) -> Result<(), Ended> {
        if let Some(at) = self.deactivated_at {
            return Err(Ended::Deactivated(at));
        }
        match self.expires_at {
            Some(end) if end <= now && self.renewed.is_some() => Err(Ended::Renewed(end)),
            Some(end) if end <= now => Err(Ended::Expired(end)),
            _ => Ok(()),
        }
    }

    /// Its last use.
    #[must_use]
    pub fn last_use(&self) -> Option<LastUse> {
        self.last_used_at.map(|at| LastUse { at, from: self.last_used_from })
    }

    /// Whether a use now is to be recorded.
    #[must_use]
    pub fn should_record_use(&self, now: Timestamp) -> bool {
        self.last_used_at.is_none_or(|last| now - last >= limits::LAST_USED_RESOLUTION)
    }
}
