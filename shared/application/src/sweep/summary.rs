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
    /// Mails put off because the mail service takes no more now.
    pub mails_put_off: u64,
    /// Mails that were not accepted.
    pub failed_mails: u64,
    /// Events that were not accepted.
    pub failed_events: u64,
    /// Items that have failed for a day.
    pub stuck: u64,
    /// Shards of the due index that could not be read.
    pub failed_shards: u64,
    /// Items left for the next sweep because time ran out.
    pub left: u64,
    /// Receivers that timed out and were left out of the rest of the sweep.
    pub receivers_left_out: u64,
    /// Items left for the next sweep because their receiver was left out.
    pub items_left_out: u64,
}

impl Summary {
    /// Keeps the longest wait.
    pub(super) fn observe_oldest(&mut self, seconds: i64) {
        self.oldest_due_seconds = self.oldest_due_seconds.max(seconds);
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
        self.observe_oldest(other.oldest_due_seconds);
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
        self.mails_put_off += other.mails_put_off;
        self.failed_mails += other.failed_mails;
        self.failed_events += other.failed_events;
        self.stuck += other.stuck;
        self.failed_shards += other.failed_shards;
        self.left += other.left;
        self.receivers_left_out += other.receivers_left_out;
        self.items_left_out += other.items_left_out;
    }
}
