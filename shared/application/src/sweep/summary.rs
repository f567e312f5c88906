//! The result of a sweep, in counts.

use std::ops::AddAssign;

use keyturn_domain::channel::Channel;
use serde::Serialize;

/// Kinds of due items, as operators tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DueKind {
    /// A callback to a receiver.
    Callback,
    /// A renewal without a callback.
    Renewal,
    /// A step that needs only the table.
    Record,
    /// An event to publish.
    Event,
    /// A mail to send.
    Mail,
    /// A report of leaks.
    Report,
}

/// How long the oldest item of each kind had been due, in seconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Oldest {
    /// Callbacks.
    pub callback: i64,
    /// Renewals without a callback.
    pub renewal: i64,
    /// Steps that need only the table: closed windows, expiries, notices.
    pub record: i64,
    /// Events.
    pub event: i64,
    /// Mails.
    pub mail: i64,
    /// Reports of leaks.
    pub report: i64,
}

impl Oldest {
    fn observe(&mut self, kind: DueKind, seconds: i64) {
        let oldest = match kind {
            DueKind::Callback => &mut self.callback,
            DueKind::Renewal => &mut self.renewal,
            DueKind::Record => &mut self.record,
            DueKind::Event => &mut self.event,
            DueKind::Mail => &mut self.mail,
            DueKind::Report => &mut self.report,
        };
        *oldest = seconds.max(*oldest);
    }
}

impl AddAssign for Oldest {
    fn add_assign(&mut self, other: Self) {
        self.observe(DueKind::Callback, other.callback);
        self.observe(DueKind::Renewal, other.renewal);
        self.observe(DueKind::Record, other.record);
        self.observe(DueKind::Event, other.event);
        self.observe(DueKind::Mail, other.mail);
        self.observe(DueKind::Report, other.report);
    }
}

/// Counts of one sweep, or of several added up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Items processed.
    pub due: u64,
    /// How long the oldest of them had been due, in seconds.
    pub oldest_due_seconds: i64,
    /// The same by kind, of those that were taken up.
    pub oldest_by_kind: Oldest,
    /// Request tokens issued.
    pub requested: u64,
    /// Callbacks that were delivered.
    pub delivered: u64,
    /// Callbacks that failed.
    pub undelivered: u64,
    /// Request tokens whose window closed, and pulls that did not happen in a day.
    pub unredeemed: u64,
    /// These, and the windows of request tokens that were redeemed.
    pub windows_ended: u64,
    /// Tokens of which a string was reported as leaked.
    pub leaks: u64,
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
    /// Mails about renewals that wait for a digest because of the limit of a day.
    pub mails_gathered: u64,
    /// Mails that were not sent because of the limit of a day.
    pub mails_over_limit: u64,
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
    /// Keeps the longest wait of its kind.
    pub(super) fn observe(&mut self, kind: DueKind, seconds: i64) {
        self.observe_oldest(seconds);
        self.oldest_by_kind.observe(kind, seconds);
    }

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
        self.oldest_by_kind += other.oldest_by_kind;
        self.requested += other.requested;
        self.delivered += other.delivered;
        self.undelivered += other.undelivered;
        self.unredeemed += other.unredeemed;
        self.windows_ended += other.windows_ended;
        self.leaks += other.leaks;
        self.renewed += other.renewed;
        self.expired += other.expired;
        self.notices += other.notices;
        self.mails += other.mails;
        self.events += other.events;
        self.failed += other.failed;
        self.failed_tokens += other.failed_tokens;
        self.mails_gathered += other.mails_gathered;
        self.mails_over_limit += other.mails_over_limit;
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
