//! The record of a token.

use std::net::IpAddr;

use chrono::{Months, TimeDelta};

use crate::Timestamp;
use crate::delivery::LastDelivery;
use crate::history::RenewalMethod;
use crate::ids::{CompanyId, TokenId};
use crate::leak::Leak;
use crate::limits;
use crate::mass_renewal::MassRenewalId;
use crate::owner::Owner;
use crate::secret::{Sealed, SecretHash};
use crate::settings::{Applications, CallbackUrl, Description, MailAddress, Name, Rights};

/// A token. It holds the hash of its token string and the sealed string, never the string itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// The company that it belongs to.
    pub company: CompanyId,
    /// The id of the first token of its series.
    pub series: TokenId,
    /// Its name.
    pub name: Name,
    /// Its description.
    pub description: Description,
    /// Its rights.
    pub rights: Rights,
    /// The applications that it may use.
    pub applications: Applications,
    /// SHA-256 of its token string.
    pub hash: SecretHash,
    /// Its token string, sealed, while it can be copied or returned again.
    pub sealed: Option<Sealed>,
    /// When the sealed string is dropped, in deployments whose strings can't be copied.
    pub sealed_until: Option<Timestamp>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub changed_at: Timestamp,
    /// Its expiry, if any.
    pub expires_at: Option<Timestamp>,
    /// When it was deactivated.
    pub deactivated_at: Option<Timestamp>,
    /// How it renews itself.
    pub auto_renewal: Option<AutoRenewal>,
    /// The recipient of mails about it.
    pub mail_recipient: Option<MailAddress>,
    /// The person who answers for it.
    pub owner: Option<Owner>,
    /// The pending request token, or the last one that was not redeemed.
    pub pending: Option<PendingRenewal>,
    /// The request token that redeems to the successor.
    pub redeemed: Option<Redeemed>,
    /// What a predecessor still does for its successor.
    pub follow_up: Option<FollowUp>,
    /// The source addresses that the successor's string was handed over to, the first one first, until the token ends.
    pub handover_addresses: Vec<IpAddr>,
    /// Whether its own string fetched the successor's.
    pub pulled: bool,
    /// What is known of a leak of its string.
    pub leak: Option<Leak>,
    /// The request token of the last test callback.
    pub test_request_token: Option<TestRequestToken>,
    /// Its predecessor.
    pub renewed_from: Option<TokenId>,
    /// Its successor, and when it took over.
    pub renewed: Option<Renewed>,
    /// How its successor was created; none in a record of a token that an earlier version renewed.
    pub renewed_how: Option<RenewalMethod>,
    /// The mass renewal that made its renewal due.
    pub mass_renewal: Option<MassRenewalId>,
    /// The notices that have been sent.
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
    /// Where request tokens are sent; without one and without `pull`, the sweep creates the successor and a mail
    /// announces it.
    pub callback: Option<Callback>,
    /// Whether the token fetches its successor itself.
    pub pull: bool,
    /// For how many days since `next_renewal_at` a missing pull has been announced.
    pub unfetched_days: u32,
}

/// Where request tokens are sent and how they are signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callback {
    /// The receiver.
    pub url: CallbackUrl,
    /// The signing secret, sealed for the series, since every successor inherits it.
    pub secret: Sealed,
    /// The earlier secrets, the latest first, and until when each signs as well.
    pub previous: Vec<(Sealed, Timestamp)>,
}

/// A request token that has been issued and not redeemed.
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
    /// The deliveries started so far.
    pub tries: u32,
    /// When the next delivery is due, if one is.
    pub next_try_at: Option<Timestamp>,
    /// How the last delivery of this renewal went.
    pub last_delivery: Option<LastDelivery>,
    /// Whether its window has been closed and its notices sent.
    pub lapsed: bool,
    /// Why it was issued.
    pub reason: RequestReason,
}

/// Why a request token is issued.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RequestReason {
    /// The renewal is due.
    #[default]
    RenewalDue,
    /// The successor was handed over and never used: the answer may have been lost.
    SuccessorUnused,
    /// The token's string leaked and is being replaced.
    Leaked,
}

impl RequestReason {
    /// All reasons.
    pub const ALL: [Self; 3] = [Self::RenewalDue, Self::SuccessorUnused, Self::Leaked];

    /// The reason as callbacks and the callback log show it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RenewalDue => "renewalDue",
            Self::SuccessorUnused => "successorUnused",
            Self::Leaked => "leaked",
        }
    }

    /// The time from one request token to the next.
    #[must_use]
    pub const fn interval(self) -> TimeDelta {
        match self {
            Self::RenewalDue | Self::SuccessorUnused => limits::WINDOW_INTERVAL,
            Self::Leaked => limits::LEAK_INTERVAL,
        }
    }
}

/// What a predecessor still does for its successor until it ends: answers pulls again, and sends request tokens that redeem
/// to the successor's string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowUp {
    /// Whether the predecessor may pull the successor's string.
    pub pull: bool,
    /// The request tokens of this renewal so far.
    pub attempts: u32,
    /// When the next request token may go out, if another may.
    pub next: Option<NextRequest>,
    /// The request token whose deliveries are not over.
    pub pending: Option<PendingRenewal>,
    /// The host of the receiver when it was last known, by which a sweep shares its lanes; the callback that counts is the
    /// successor's.
    pub receiver: Option<String>,
}

/// A request token that may go out for a successor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NextRequest {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: RequestReason,
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
        self.requested_at + self.reason.interval()
    }

    /// Whether it can be redeemed now.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        !self.lapsed && now < self.redeem_by()
    }
}

/// A request token that redeems to the successor: the one that created it, so that a lost response can be repeated, or the
/// latest that went out for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redeemed {
    /// SHA-256 of the request token.
    pub hash: SecretHash,
    /// Until when the same response is repeated (exclusive).
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

/// The renewal of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Renewed {
    /// The successor.
    pub by: TokenId,
    /// When the renewal took effect.
    pub at: Timestamp,
}

/// The notices that have been sent, so that none is sent twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Noticed {
    /// The latest announcement of the expiry, in days ahead.
    pub expiry_days: Option<i64>,
    /// Whether the expiry was announced.
    pub expired: bool,
    /// Whether the end of the overlap was checked.
    pub overlap: bool,
}

/// Whether a token is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It's valid.
    Active,
    /// It expired.
    Expired,
    /// It was deactivated for good.
    Deactivated,
}

impl Status {
    /// The status of a token that was deactivated or expires at these times.
    #[must_use]
    pub fn of(deactivated_at: Option<Timestamp>, expires_at: Option<Timestamp>, now: Timestamp) -> Self {
        if deactivated_at.is_some() {
            Self::Deactivated
        } else if expires_at.is_some_and(|end| end <= now) {
            Self::Expired
        } else {
            Self::Active
        }
    }
}

/// How a list marks a token's age.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgeLevel {
    /// Up to 6 months.
    Normal,
    /// Older than 6 months.
    Orange,
    /// Older than 1 year.
    Red,
}

impl AgeLevel {
    /// The mark of a token that was created at this time, by its age in calendar months.
    #[must_use]
    pub fn of(created_at: Timestamp, now: Timestamp) -> Self {
        let (orange, red) = limits::AGE_MONTHS;
        let older_than =
            |months| created_at.checked_add_months(Months::new(months)).is_some_and(|then| then < now);
        if older_than(red) {
            Self::Red
        } else if older_than(orange) {
            Self::Orange
        } else {
            Self::Normal
        }
    }
}

impl Token {
    /// Its status, derived from the clock.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> Status {
        Status::of(self.deactivated_at, self.expires_at, now)
    }

    /// Whether it can be used.
    #[must_use]
    pub fn is_active(&self, now: Timestamp) -> bool {
        self.status(now) == Status::Active
    }

    /// How long it was given at its creation. A renewal shortens `expires_at`, but only once there is a successor.
    #[must_use]
    pub fn lifetime(&self) -> Option<TimeDelta> {
        self.agreed_expiry().map(|end| end - self.created_at)
    }

    /// The callback, if it has one.
    #[must_use]
    pub fn callback(&self) -> Option<&Callback> {
        self.auto_renewal.as_ref()?.callback.as_ref()
    }

    /// The host that its next callback goes to, as far as its own record knows.
    #[must_use]
    pub fn receiver(&self) -> Option<String> {
        let own = self.callback().map(|callback| callback.url.authority());
        own.or_else(|| self.follow_up.as_ref()?.receiver.clone())
    }

    /// The request token that is being delivered: for a renewal, or for a successor that exists.
    #[must_use]
    pub fn in_delivery(&self) -> Option<&PendingRenewal> {
        self.pending.as_ref().or_else(|| self.follow_up.as_ref()?.pending.as_ref())
    }

    /// The request tokens that redeem to the successor's string, each until its end.
    pub fn redeemed_before(&self) -> impl Iterator<Item = &Redeemed> {
        let repeatable = self.replacement().map(|replacement| replacement.repeatable.iter());
        self.redeemed.iter().chain(repeatable.into_iter().flatten())
    }

    /// Whether it fetches its successor itself.
    #[must_use]
    pub fn pulls(&self) -> bool {
        self.auto_renewal.as_ref().is_some_and(|renewal| renewal.pull)
    }

    /// When it ended, if it's recorded: the start of the retention time.
    #[must_use]
    pub fn ended_at(&self) -> Option<Timestamp> {
        self.deactivated_at.or(if self.noticed.expired { self.expires_at } else { None })
    }

    /// Drops a string that was kept only while a redemption could return it.
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

    /// The same record for the next write, with a new time of change.
    pub(crate) fn changed(&self, now: Timestamp) -> Self {
        let mut next = self.next_version();
        next.changed_at = now;
        next
    }
}
