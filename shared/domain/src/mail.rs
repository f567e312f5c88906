//! Mails: who gets one, and what it is about.

use crate::Timestamp;
use crate::settings::MailAddress;

/// A mail to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// To whom.
    pub recipient: MailAddress,
    /// About what.
    pub notice: Notice,
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
