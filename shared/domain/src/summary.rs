//! What is shown of a token: everything but hashes, sealed strings and what only a renewal needs. Lists read no more of a
//! record than this.

use crate::Timestamp;
use crate::delivery::LastDelivery;
use crate::history::RenewalMethod;
use crate::ids::{CompanyId, TokenId};
use crate::leak::{LastUse, Leak, LeakSource};
use crate::limits;
use crate::mass_renewal::MassRenewalId;
use crate::owner::Owner;
use crate::settings::{Applications, CallbackUrl, Description, MailAddress, Name, Rights};
use crate::token::{AgeLevel, AutoRenewal, PendingRenewal, RequestReason, Status, Token};

/// A token as it is shown. The fields are those of [`Token`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the same as those of the token")]
pub struct TokenSummary {
    pub id: TokenId,
    pub company: CompanyId,
    pub series: TokenId,
    pub name: Name,
    pub description: Description,
    pub rights: Rights,
    pub applications: Applications,
    pub created_at: Timestamp,
    pub changed_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub deactivated_at: Option<Timestamp>,
    pub auto_renewal: Option<RenewalSummary>,
    pub mail_recipient: Option<MailAddress>,
    pub owner: Option<Owner>,
    pub pending: Option<PendingSummary>,
    pub leak: Option<LeakSummary>,
    pub renewed_from: Option<TokenId>,
    pub renewed_by: Option<TokenId>,
    pub renewed_at: Option<Timestamp>,
    pub renewed_how: Option<RenewalMethod>,
    pub mass_renewal: Option<MassRenewalId>,
    pub version: u64,
}

/// How a token renews itself, without the signing secret.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the same as those of the token")]
pub struct RenewalSummary {
    pub every_days: u16,
    pub next_renewal_at: Timestamp,
    pub callback: Option<CallbackUrl>,
    pub pull: bool,
}

/// A request token that has been issued, without the request token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the same as those of the token")]
pub struct PendingSummary {
    pub attempt: u32,
    pub requested_at: Timestamp,
    pub last_delivery: Option<LastDelivery>,
    pub lapsed: bool,
    pub reason: RequestReason,
}

/// What is known of the leak of a token's string, without the request tokens that replace it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the same as those of the leak")]
pub struct LeakSummary {
    pub reported_at: Timestamp,
    pub source: LeakSource,
    pub last_use: Option<LastUse>,
    /// Whether the string is being replaced.
    pub being_replaced: bool,
}

impl TokenSummary {
    /// Its status, derived from the clock.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> Status {
        Status::of(self.deactivated_at, self.expires_at, now)
    }

    /// Whether it can be used and has no successor.
    #[must_use]
    pub fn is_current(&self, now: Timestamp) -> bool {
        self.renewed_by.is_none() && self.status(now) == Status::Active
    }

    /// Whole days since its creation.
    #[must_use]
    pub fn age_in_days(&self, now: Timestamp) -> i64 {
        (now - self.created_at).num_days().max(0)
    }

    /// Its age, as a list marks it.
    #[must_use]
    pub fn age_level(&self, now: Timestamp) -> AgeLevel {
        AgeLevel::of(self.created_at, now)
    }
}

impl PendingSummary {
    /// Until when it can be redeemed (exclusive).
    #[must_use]
    pub fn redeem_by(&self) -> Timestamp {
        self.requested_at + limits::REDEMPTION_WINDOW
    }

    /// How many windows of this renewal have passed without a redemption. None while a leaked string is replaced, whose
    /// request tokens follow each other within a window.
    #[must_use]
    pub fn missed(&self, now: Timestamp) -> u32 {
        if self.reason == RequestReason::Leaked {
            return 0;
        }
        let is_over = self.lapsed || self.redeem_by() <= now;
        if is_over { self.attempt } else { self.attempt.saturating_sub(1) }
    }

    /// When the next request token goes out if this one is not redeemed.
    #[must_use]
    pub fn next_callback_at(&self) -> Timestamp {
        self.requested_at + self.reason.interval()
    }
}

impl From<&Token> for TokenSummary {
    fn from(token: &Token) -> Self {
        Self {
            id: token.id,
            company: token.company.clone(),
            series: token.series,
            name: token.name.clone(),
            description: token.description.clone(),
            rights: token.rights,
            applications: token.applications.clone(),
            created_at: token.created_at,
            changed_at: token.changed_at,
            expires_at: token.expires_at,
            deactivated_at: token.deactivated_at,
            auto_renewal: token.auto_renewal.as_ref().map(RenewalSummary::from),
            mail_recipient: token.mail_recipient.clone(),
            owner: token.owner.clone(),
            pending: token.pending.as_ref().map(PendingSummary::from),
            leak: token.leak.as_ref().map(LeakSummary::from),
            renewed_from: token.renewed_from,
            renewed_by: token.renewed.map(|renewed| renewed.by),
            renewed_at: token.renewed.map(|renewed| renewed.at),
            renewed_how: token.renewed_how,
            mass_renewal: token.mass_renewal,
            version: token.version,
        }
    }
}

impl From<&AutoRenewal> for RenewalSummary {
    fn from(renewal: &AutoRenewal) -> Self {
        Self {
            every_days: renewal.every_days,
            next_renewal_at: renewal.next_renewal_at,
            callback: renewal.callback.as_ref().map(|callback| callback.url.clone()),
            pull: renewal.pull,
        }
    }
}

impl From<&PendingRenewal> for PendingSummary {
    fn from(pending: &PendingRenewal) -> Self {
        Self {
            attempt: pending.attempt,
            requested_at: pending.requested_at,
            last_delivery: pending.last_delivery,
            lapsed: pending.lapsed,
            reason: pending.reason,
        }
    }
}

impl From<&Leak> for LeakSummary {
    fn from(leak: &Leak) -> Self {
        Self {
            reported_at: leak.reported_at,
            source: leak.source,
            last_use: leak.last_use,
            being_replaced: leak.replacement.is_some(),
        }
    }
}
