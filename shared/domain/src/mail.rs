//! Mails: who gets one, and what it is about.

use chrono::TimeDelta;

use crate::Timestamp;
use crate::leak::{LastUse, LeakReaction, LeakedString};
use crate::settings::MailAddress;
use crate::source::TwoAddresses;

/// A mail to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// To whom.
    pub recipient: MailAddress,
    /// Who gets a copy.
    pub copy_to: Option<MailAddress>,
    /// About what.
    pub notice: Notice,
}

/// How many mails are sent in a day (UTC).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DailyMails {
    /// From one company to one address.
    pub per_address: u32,
    /// From one company.
    pub per_company: u32,
}

/// When a mail that is gathered at this time goes out, with all others to its recipient: at the next full hour.
#[must_use]
pub fn next_digest(now: Timestamp) -> Timestamp {
    let hour = TimeDelta::hours(1).num_seconds();
    now + TimeDelta::seconds(hour - now.timestamp().rem_euclid(hour))
}

/// What a mail is about, with the facts that its text needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A request token was redeemed.
    RenewedByRedemption {
        /// When the predecessor ends.
        old_valid_until: Timestamp,
    },
    /// The token fetched its successor itself.
    RenewedByPull {
        /// When the predecessor ends.
        old_valid_until: Timestamp,
    },
    /// The schedule created the successor; its string must be copied.
    RenewedBySchedule {
        /// When the predecessor ends.
        copy_until: Timestamp,
    },
    /// Somebody renewed the token by hand.
    RenewedByHand {
        /// When the predecessor ends.
        old_valid_until: Timestamp,
    },
    /// A request token was not redeemed.
    Unredeemed {
        /// How many have not been by now.
        attempt: u32,
        /// When the next one goes out, unless the token ends before.
        next_callback_at: Timestamp,
    },
    /// An edit changed where request tokens are sent.
    CallbackChanged,
    /// A token that fetches its successor itself has not done so.
    Unfetched {
        /// Whole days since it was due.
        days: u32,
    },
    /// An overlap is about to end while the predecessor is still in use and the successor never was.
    OverlapEnding {
        /// When the predecessor ends.
        ends_at: Timestamp,
    },
    /// A string of the token leaked.
    Leaked {
        /// Which.
        what: LeakedString,
        /// What followed.
        reaction: LeakReaction,
        /// When the leaked string ends at the latest, if it is being replaced.
        ends_at: Option<Timestamp>,
        /// When and from where it was last used.
        last_use: Option<LastUse>,
    },
    /// The successor's string was handed over to two source addresses.
    TwoAddresses(TwoAddresses),
    /// The token expires and nothing renews it.
    Expiring {
        /// When.
        at: Timestamp,
    },
    /// The token expired.
    Expired {
        /// When.
        at: Timestamp,
    },
}

impl Notice {
    /// Whether it is about a renewal or a leak: such a mail is never dropped.
    #[must_use]
    pub const fn is_about_renewal(self) -> bool {
        match self {
            Self::RenewedByRedemption { .. }
            | Self::RenewedByPull { .. }
            | Self::RenewedBySchedule { .. }
            | Self::RenewedByHand { .. }
            | Self::Unredeemed { .. }
            | Self::Unfetched { .. }
            | Self::OverlapEnding { .. }
            | Self::Leaked { .. }
            | Self::TwoAddresses(_) => true,
            Self::CallbackChanged | Self::Expiring { .. } | Self::Expired { .. } => false,
        }
    }

    /// Whether somebody may have to do something, so that a digest names it first.
    #[must_use]
    pub const fn asks_for_action(self) -> bool {
        !matches!(
            self,
            Self::RenewedByRedemption { .. } | Self::RenewedByPull { .. } | Self::RenewedByHand { .. }
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_goes_out_at_the_next_full_hour() {
        for (now, expected) in [
            ("2026-11-27T09:00:00Z", "2026-11-27T10:00:00Z"),
            ("2026-11-27T09:00:01Z", "2026-11-27T10:00:00Z"),
            ("2026-11-27T23:59:59Z", "2026-11-28T00:00:00Z"),
        ] {
            assert_eq!(next_digest(now.parse().unwrap()), expected.parse::<Timestamp>().unwrap(), "{now}");
        }
    }
}
