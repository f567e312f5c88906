//! The record of a token: everything that decisions are made from.

use chrono::{Months, TimeDelta};

use crate::Timestamp;
use crate::delivery::LastDelivery;
use crate::ids::{CompanyId, TokenId};
use crate::limits;
use crate::secret::{Sealed, SecretHash};
use crate::settings::{Applications, CallbackUrl, Description, MailAddress, Name, Rights};

/// A token. Its token string is not here; only its hash, and the string sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// The company that it belongs to.
    pub company: CompanyId,
    /// The id of the first token of its series.
    pub series: TokenId,
    /// What people call it.
    pub name: Name,
    /// What people say about it.
    pub description: Description,
    /// What it may do.
    pub rights: Rights,
    /// What it may do it with.
    pub applications: Applications,
    /// SHA-256 of its token string.
    pub hash: SecretHash,
    /// Its token string, sealed, while it can be copied or handed out again.
    pub sealed: Option<Sealed>,
    /// When the sealed string is dropped, in deployments whose strings can't be copied.
    pub sealed_until: Option<Timestamp>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When somebody or something last changed it.
    pub changed_at: Timestamp,
    /// From when on it's no longer valid.
    pub expires_at: Option<Timestamp>,
    /// When it was deactivated.
    pub deactivated_at: Option<Timestamp>,
    /// How it renews itself.
    pub auto_renewal: Option<AutoRenewal>,
    /// Who gets mails about it.
    pub mail_recipient: Option<MailAddress>,
    /// The request token that is out, or that went unredeemed last.
    pub pending: Option<PendingRenewal>,
    /// The request token that was redeemed for the successor.
    pub redeemed: Option<Redeemed>,
    /// The request token of the last test callback.
    pub test_request_token: Option<TestRequestToken>,
    /// Its predecessor.
    pub renewed_from: Option<TokenId>,
    /// Its successor, and when it took over.
    pub renewed: Option<Renewed>,
    /// Which notices have been given.
    pub noticed: Noticed,
    /// Counts the writes; the next write is only accepted for this version.
    pub version: u64,
}

/// How a token renews itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AutoRenewal {
    /// Days from creation to renewal.
    pub every_days: u16,
    /// When the renewal is due.
    pub next_renewal_at: Timestamp,
    /// Where request tokens are sent; without one, the successor is made by the schedule and announced by mail.
    pub callback: Option<Callback>,
}

/// Where request tokens are sent and how they are signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callback {
    /// The receiver.
    pub url: CallbackUrl,
    /// The signing secret, sealed for the series, since every successor inherits it.
    pub secret: Sealed,
    /// The secrets that were rotated away, the last one first, and until when each signs as well.
    pub previous: Vec<(Sealed, Timestamp)>,
}

/// A request token that has been issued and not been redeemed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingRenewal {
    /// Counts the request tokens of this renewal, from 1.
    pub attempt: u32,
    /// SHA-256 of the request token.
    pub hash: SecretHash,
    /// The request token, sealed, as long as it may have to be sent again.
    pub sealed: Option<Sealed>,
    /// When it was issued.
    pub requested_at: Timestamp,
    /// Deliveries started so far.
    pub tries: u32,
    /// When the next delivery is due, if one is.
    pub next_try_at: Option<Timestamp>,
    /// How the last delivery of this renewal went.
    pub last_delivery: Option<LastDelivery>,
    /// Whether the window has been closed, with its notices given.
    pub lapsed: bool,
}

impl PendingRenewal {
    /// Until when it can be redeemed (exclusive).
    #[must_use]
    pub fn redeem_by(&self) -> Timestamp {
        self.requested_at + limits::REDEMPTION_WINDOW
    }

    /// When the next request token goes out if this one is not redeemed.
    #[must_use]
    pub fn next_callback_at(&self) -> Timestamp {
        self.requested_at + limits::WINDOW_INTERVAL
    }

    /// Whether it can be redeemed now.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        !self.lapsed && now < self.redeem_by()
    }
}

/// A request token that has been redeemed, kept so that a lost answer can be given again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redeemed {
    /// SHA-256 of the request token.
    pub hash: SecretHash,
    /// Until when the same answer is given again (exclusive).
    pub redeem_by: Timestamp,
}

/// A test callback's request token, which redeems to the token's own string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestRequestToken {
    /// SHA-256 of it.
    pub hash: SecretHash,
    /// Until when it can be redeemed (exclusive).
    pub redeem_by: Timestamp,
}

/// The renewal that ended a token's own story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Renewed {
    /// The successor.
    pub by: TokenId,
    /// When the renewal took effect.
    pub at: Timestamp,
}

/// Which notices have been given, so that none is given twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Noticed {
    /// The smallest number of days before the expiry that has been announced.
    pub expiry_days: Option<i64>,
    /// That it expired.
    pub expired: bool,
    /// That the overlap ends, looked at once.
    pub overlap: bool,
}

/// Whether a token is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It can be used.
    Active,
    /// Its time has passed.
    Expired,
    /// Somebody switched it off for good.
    Deactivated,
}

/// How loudly a list speaks of a token's age.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgeLevel {
    /// Up to 6 months.
    Normal,
    /// Older than 6 months.
    Orange,
    /// Older than 1 year.
    Red,
}

impl Token {
    /// Its status, derived from the clock.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> Status {
        if self.deactivated_at.is_some() {
            Status::Deactivated
        } else if self.expires_at.is_some_and(|end| end <= now) {
            Status::Expired
        } else {
            Status::Active
        }
    }

    /// Whether it can be used.
    #[must_use]
    pub fn is_active(&self, now: Timestamp) -> bool {
        self.status(now) == Status::Active
    }

    /// Whole days since its creation.
    #[must_use]
    pub fn age_in_days(&self, now: Timestamp) -> i64 {
        (now - self.created_at).num_days().max(0)
    }

    /// Its age in calendar months, as a list colours it.
    #[must_use]
    pub fn age_level(&self, now: Timestamp) -> AgeLevel {
        let (orange, red) = limits::AGE_MONTHS;
        let older_than =
            |months| self.created_at.checked_add_months(Months::new(months)).is_some_and(|then| then < now);
        if older_than(red) {
            AgeLevel::Red
        } else if older_than(orange) {
            AgeLevel::Orange
        } else {
            AgeLevel::Normal
        }
    }

    /// How long it was given at its creation. A renewal shortens `expires_at`, but only once there is a successor.
    #[must_use]
    pub fn lifetime(&self) -> Option<TimeDelta> {
        self.expires_at.map(|end| end - self.created_at)
    }

    /// The callback, if it has one.
    #[must_use]
    pub fn callback(&self) -> Option<&Callback> {
        self.auto_renewal.as_ref()?.callback.as_ref()
    }

    /// When it ends, if that is known: what retention counts from.
    #[must_use]
    pub fn ended_at(&self) -> Option<Timestamp> {
        self.deactivated_at.or(if self.noticed.expired { self.expires_at } else { None })
    }

    /// Drops a string that was only kept for a while, since nobody can ask for it any more.
    pub(crate) fn drop_temporary_string(&mut self) {
        if self.sealed_until.take().is_some() {
            self.sealed = None;
        }
    }

    /// The same record for the next write.
    pub(crate) fn next_version(&self) -> Self {
        let mut next = self.clone();
        next.version += 1;
        next
    }

    /// The same record for the next write, changed now as far as its readers are concerned.
    pub(crate) fn changed(&self, now: Timestamp) -> Self {
        let mut next = self.next_version();
        next.changed_at = now;
        next
    }
}
