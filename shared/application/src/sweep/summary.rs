//! The result of a sweep, in counts.

use std::ops::AddAssign;

use keyturn_domain::channel::Channel;
use serde::Serialize;

/// Counts of one sweep, or of several added up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Items processed.
    pub due: u64,
    /// How long the oldest of them had been due, in seconds.
    pub oldest_due_seconds: i64,
    /// Request tokens issued.
    pub requested: u64,
    /// Callbacks that were delivered.
    pub delivered: u64,
    /// Callbacks that failed.
    pub undelivered: u64,
    /// Request tokens whose window closed.
    pub unredeemed: u64,
    /// Successors created by the schedule.
    pub renewed: u64,
    /// Tokens recorded as expired.
    pub expired: u64,
    /// Expiries and overlaps checked for a notice.
    pub notices: u64,
    /// Mails sent.
    pub mails: u64,
    /// Events published.
    pub events: u64,
    /// Items that failed and stay due.
    pub failed: u64,
    /// Those of them that are tokens.
    pub failed_tokens: u64,
    /// Mails that were not accepted.
    pub failed_mails: u64,
    /// Events that were not accepted.
    pub failed_events: u64,
    /// Items left for the next sweep because time ran out.
    pub left: u64,
}

impl Summary {
    /// Keeps the longest wait.
    pub fn observe_oldest(&mut self, seconds: Option<i64>) {
        self.oldest_due_seconds = self.oldest_due_seconds.max(seconds.unwrap_or_default());
    }

    /// Counts a delivery through a channel, by whether it was accepted.
    pub(super) const fn count_delivery(&mut self, channel: Channel, accepted: bool) {
        let count = match (channel, accepted) {
            (Channel::Event, true) => &mut self.events,
            (Channel::Event, false) => &mut self.failed_events,
            (Channel::Mail, true) => &mut self.mails,
            (Channel::Mail, false) => &mut self.failed_mails,
        };
        *count += 1;
    }
}

impl AddAssign for Summary {
    fn add_assign(&mut self, other: Self) {
        self.due += other.due;
        self.observe_oldest(Some(other.oldest_due_seconds));
        self.requested += other.requested;
        self.delivered += other.delivered;
        self.undelivered += other.undelivered;
        self.unredeemed += other.unredeemed;
        self.renewed += other.renewed;
        self.expired += other.expired;
        self.notices += other.notices;
        self.mails += other.mails;
        self.events += other.events;
        self.failed += other.failed;
        self.failed_tokens += other.failed_tokens;
        self.failed_mails += other.failed_mails;
        self.failed_events += other.failed_events;
        self.left += other.left;
    }
}
