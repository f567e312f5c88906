//! The lanes of events and mails: each waits for its own service only.
//!
//! An entry with both takes the lane of events first. A mail then waits for its place in the pace of the mail service; what
//! has no place in this run becomes due when the pace has one, so that it need not be read in every run.

use std::collections::BTreeMap;
use std::error::Error;
use std::mem;
use std::time::Duration;

use chrono::TimeDelta;
use futures::stream::{self, StreamExt as _};
use keyturn_domain::Timestamp;
use keyturn_domain::channel::Channel;
use keyturn_domain::ids::CompanyId;

use super::Sweep;
use super::fair_queue::{FairQueue, Lane, Receiver};
use super::run::{Done, Run};
use super::summary::DueKind;
use crate::outbox::Outcome;
use crate::ports::{EntryKey, OutboxEntry, PortError};

/// Concurrent events: twenty batches of `PutEvents`, more than a run needs to keep up with its callbacks.
const EVENTS: usize = 200;

/// Concurrent mails. The pace is set by the rate.
const MAILS: usize = 32;

/// Concurrent writes of mails that are put off.
const WRITES: usize = 64;

/// Mails are sent until shortly before the next run of the same part begins: longer than other work is started, since the
/// pace of the mail service is what limits them.
pub(super) const MAILS_FOR: Duration = Duration::from_secs(59);

/// Mails are put off to a little more than their interval, because of the pause between two runs.
const PAUSES: f64 = 60.0 / 59.0;

/// What goes out as one mail.
pub(super) enum MailWork {
    /// The mail of an entry.
    One {
        entry: Box<OutboxEntry>,
        /// Why the event was not accepted, while the mail is still pending.
        event_error: Option<PortError>,
    },
    /// The mails of entries that were gathered.
    Digest(Vec<OutboxEntry>),
}

/// What became of an entry in a channel, or why it has to be tried again.
pub(super) type Delivered = Result<Outcome, PortError>;

pub(super) struct Effects {
    events: FairQueue<OutboxEntry>,
    mails: FairQueue<MailWork>,
    /// Entries for digests, by company and recipient, until all that is due was read.
    gathered: BTreeMap<(CompanyId, String), Vec<OutboxEntry>>,
    /// Whether the next mail waits for its place in the pace.
    pub(super) waits_for_permit: bool,
}

impl Default for Effects {
    fn default() -> Self {
        Self {
            events: FairQueue::new(EVENTS),
            mails: FairQueue::new(MAILS),
            gathered: BTreeMap::new(),
            waits_for_permit: false,
        }
    }
}

impl Run<'_> {
    /// Takes up entries that were found in the due index.
    pub(super) fn read_entries(&self, since: Vec<Timestamp>, keys: Vec<EntryKey>) {
        let sweep = self.sweep;
        self.pending.push(Box::pin(async move {
            Done::Entries(since.into_iter().zip(sweep.outbox.take_found(&keys).await).collect())
        }));
    }

    /// An entry that was found in the due index.
    pub(super) fn take_entry(&mut self, since: Timestamp, entry: Result<Option<OutboxEntry>, PortError>) {
        match entry {
            Ok(Some(entry)) => {
                let is_event = entry.pending.contains(Channel::Event);
                self.started(if is_event { DueKind::Event } else { DueKind::Mail }, Some(since));
                self.deliver(entry);
            }
            // Somebody else has taken it up since the index was read.
            Ok(None) => {}
            Err(error) => {
                self.summary.failed += 1;
                tracing::error!(error = &error as &dyn Error, "a due entry can't be taken up");
            }
        }
    }

    /// Puts an entry into the lane of its first pending channel.
    pub(super) fn deliver(&mut self, entry: OutboxEntry) {
        if entry.pending.contains(Channel::Event) {
            self.effects.events.push(&Receiver::none(entry.entry.company.clone()), entry);
        } else if let Some(mail) = entry.entry.mail.as_ref().filter(|_| entry.gathered) {
            let key = (entry.entry.company.clone(), mail.recipient.as_str().to_owned());
            self.effects.gathered.entry(key).or_default().push(entry);
        } else {
            self.mail(entry, None);
        }
    }

    fn mail(&mut self, entry: OutboxEntry, event_error: Option<PortError>) {
        let company = Receiver::none(entry.entry.company.clone());
        self.effects.mails.push(&company, MailWork::One { entry: Box::new(entry), event_error });
    }

    /// Puts the digests into the lane of mails.
    pub(super) fn start_digests(&mut self) {
        for ((company, _), entries) in mem::take(&mut self.effects.gathered) {
            self.effects.mails.push(&Receiver::none(company), MailWork::Digest(entries));
        }
    }

    pub(super) fn start_events(&mut self) {
        let sweep = self.sweep;
        while let Some((lane, entry)) = self.effects.events.next() {
            self.pending.push(Box::pin(async move {
                let delivered = sweep.outbox.deliver(Channel::Event, &entry).await;
                Done::Event(lane, Box::new(entry), delivered)
            }));
        }
    }

    pub(super) fn start_mails(&mut self) {
        let sweep = self.sweep;
        let interval = sweep.mail_rate.interval(self.part.of);
        while !self.effects.waits_for_permit && !self.effects.mails.is_empty() {
            let elapsed = sweep.timer.elapsed();
            let wait = sweep.mail_rate.wait(elapsed);
            if wait.is_zero() {
                let Some((lane, work)) = self.effects.mails.next() else { return };
                sweep.mail_rate.take(elapsed, interval);
                self.pending.push(Box::pin(async move {
                    let delivered = match &work {
                        MailWork::One { entry, .. } => sweep.outbox.deliver(Channel::Mail, entry).await,
                        MailWork::Digest(entries) => sweep.outbox.deliver_digest(entries).await,
                    };
                    Done::Mail(lane, Box::new(work), delivered)
                }));
            } else {
                self.effects.waits_for_permit = true;
                self.pending.push(Box::pin(async move {
                    sweep.timer.sleep(wait).await;
                    Done::MailPermit
                }));
            }
        }
    }

    pub(super) fn event_done(&mut self, lane: Lane, mut entry: OutboxEntry, delivered: Delivered) {
        self.effects.events.done(lane, None);
        let event_error = self.count(Channel::Event, &mut entry, delivered);
        if entry.pending.contains(Channel::Mail) {
            self.mail(entry, event_error);
        } else {
            self.record(entry, event_error);
        }
    }

    pub(super) fn mail_done(&mut self, lane: Lane, work: MailWork, delivered: Delivered) {
        self.effects.mails.done(lane, None);
        match (work, delivered) {
            (MailWork::One { entry, event_error: None }, Ok(Outcome::ForDigest)) => self.gather(*entry),
            // Its event is tried again first.
            (MailWork::One { entry, event_error }, Ok(Outcome::ForDigest)) => {
                self.record(*entry, event_error);
            }
            (MailWork::One { mut entry, event_error }, delivered) => {
                let mail_error = self.count(Channel::Mail, &mut entry, delivered);
                self.record(*entry, event_error.or(mail_error));
            }
            (MailWork::Digest(entries), delivered) => self.record_digest(entries, delivered),
        }
    }

    fn gather(&mut self, entry: OutboxEntry) {
        self.summary.mails_gathered += 1;
        let sweep = self.sweep;
        self.pending.push(Box::pin(async move {
            if let Err(error) = sweep.outbox.gather(entry).await {
                tracing::error!(error = &error as &dyn Error, "a mail can't be kept for a digest");
            }
            Done::Recorded { stuck: false }
        }));
    }

    fn record_digest(&mut self, mut entries: Vec<OutboxEntry>, delivered: Delivered) {
        self.summary.count_delivery(Channel::Mail, matches!(delivered, Ok(Outcome::Accepted)));
        let error = delivered.err();
        if error.is_some() {
            self.summary.failed += entries.len() as u64;
        } else {
            for entry in &mut entries {
                entry.pending = entry.pending.without(Channel::Mail);
            }
        }
        let sweep = self.sweep;
        self.pending.push(Box::pin(async move {
            recorded(sweep.outbox.record_digest(entries, error.as_ref()).await)
        }));
    }

    /// Counts a delivery, and takes a channel that needs no other try from the entry.
    fn count(
        &mut self,
        channel: Channel,
        entry: &mut OutboxEntry,
        delivered: Delivered,
    ) -> Option<PortError> {
        match delivered {
            Ok(Outcome::OverLimit) => self.summary.mails_over_limit += 1,
            _ => self.summary.count_delivery(channel, matches!(delivered, Ok(Outcome::Accepted))),
        }
        if delivered.is_ok() {
            entry.pending = entry.pending.without(channel);
        }
        delivered.err()
    }

    fn record(&mut self, entry: OutboxEntry, error: Option<PortError>) {
        self.summary.failed += u64::from(!entry.pending.is_empty());
        let sweep = self.sweep;
        self.pending.push(Box::pin(async move { record(sweep, entry, error).await }));
    }

    /// Makes the mails that are left due when the pace has a place for them.
    pub(super) async fn put_off_mails(&mut self) {
        let sweep = self.sweep;
        let interval = sweep.mail_rate.interval(self.part.of).as_secs_f64() * PAUSES;
        let now = sweep.context.now();
        let mut left = Vec::new();
        while let Some((lane, work)) = self.effects.mails.next() {
            self.effects.mails.done(lane, None);
            let place = interval * f64::from(u32::try_from(left.len()).unwrap_or(u32::MAX));
            #[expect(clippy::cast_possible_truncation, reason = "seconds, at most some days")]
            let until = now + TimeDelta::seconds(place as i64);
            left.push((work, until));
        }
        self.summary.mails_put_off += left.len() as u64;
        let writes = left.into_iter().map(|(work, until)| async move {
            let entries = match work {
                MailWork::One { entry, event_error: Some(error) } => {
                    return record(sweep, *entry, Some(error)).await;
                }
                MailWork::One { entry, event_error: None } => vec![*entry],
                MailWork::Digest(entries) => entries,
            };
            for entry in entries {
                if let Err(error) = sweep.outbox.due.reschedule(&entry, until).await {
                    tracing::error!(error = &error as &dyn Error, "a mail can't be put off");
                }
            }
            Done::Recorded { stuck: false }
        });
        let mut writes = stream::iter(writes).buffer_unordered(WRITES);
        while let Some(done) = writes.next().await {
            if let Done::Recorded { stuck } = done {
                self.summary.stuck += u64::from(stuck);
            }
        }
    }
}

async fn record(sweep: &Sweep, entry: OutboxEntry, error: Option<PortError>) -> Done {
    recorded(sweep.outbox.record(entry, error.as_ref()).await)
}

fn recorded(stuck: Result<bool, PortError>) -> Done {
    let stuck = stuck.unwrap_or_else(|error| {
        tracing::error!(error = &error as &dyn Error, "the delivery of an entry can't be recorded");
        false
    });
    Done::Recorded { stuck }
}
