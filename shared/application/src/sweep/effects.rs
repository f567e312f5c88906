//! The lanes of events and mails: each waits for its own service only.
//!
//! An entry with both takes the lane of events first. A mail then waits for its place in the pace of the mail service; what
//! has no place in this run becomes due when the pace has one, so that it need not be read in every run.

use std::error::Error;
use std::time::Duration;

use chrono::TimeDelta;
use futures::stream::{self, StreamExt as _};
use keyturn_domain::Timestamp;
use keyturn_domain::channel::Channel;

use super::Sweep;
use super::fair_queue::{FairQueue, Lane, Receiver};
use super::run::{Done, Run};
use super::summary::DueKind;
use crate::ports::{OutboxEntry, PortError};

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

/// An entry in the lane of one of its channels.
pub(super) struct Effect {
    entry: OutboxEntry,
    /// Why the event was not accepted, while the mail is still pending.
    event_error: Option<PortError>,
}

/// Whether a channel accepted an entry, or why it has to be tried again.
pub(super) type Delivered = Result<bool, PortError>;

pub(super) struct Effects {
    events: FairQueue<OutboxEntry>,
    mails: FairQueue<Effect>,
    /// Whether the next mail waits for its place in the pace.
    pub(super) waits_for_permit: bool,
}

impl Default for Effects {
    fn default() -> Self {
        Self { events: FairQueue::new(EVENTS), mails: FairQueue::new(MAILS), waits_for_permit: false }
    }
}

impl Run<'_> {
    /// An entry that was found in the due index.
    pub(super) fn take_entry(&mut self, since: Timestamp, entry: Result<Option<OutboxEntry>, PortError>) {
        match entry {
            // One that is due later has been taken up by somebody else since the index was read.
            Ok(Some(entry)) if entry.due_at <= self.sweep.context.now() => {
                let is_event = entry.pending.contains(Channel::Event);
                self.started(if is_event { DueKind::Event } else { DueKind::Mail }, Some(since));
                self.deliver(entry);
            }
            Ok(_) => {}
            Err(error) => {
                self.summary.failed += 1;
                tracing::error!(error = &error as &dyn Error, "a due entry can't be read");
            }
        }
    }

    /// Puts an entry into the lane of its first pending channel.
    pub(super) fn deliver(&mut self, entry: OutboxEntry) {
        if entry.pending.contains(Channel::Event) {
            self.effects.events.push(&Receiver::none(entry.entry.company.clone()), entry);
        } else {
            self.mail(Effect { entry, event_error: None });
        }
    }

    fn mail(&mut self, effect: Effect) {
        self.effects.mails.push(&Receiver::none(effect.entry.entry.company.clone()), effect);
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
                let Some((lane, effect)) = self.effects.mails.next() else { return };
                sweep.mail_rate.take(elapsed, interval);
                self.pending.push(Box::pin(async move {
                    let delivered = sweep.outbox.deliver(Channel::Mail, &effect.entry).await;
                    Done::Mail(lane, Box::new(effect), delivered)
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
            self.mail(Effect { entry, event_error });
        } else {
            self.record(entry, event_error);
        }
    }

    pub(super) fn mail_done(&mut self, lane: Lane, effect: Effect, delivered: Delivered) {
        self.effects.mails.done(lane, None);
        let Effect { mut entry, event_error } = effect;
        let mail_error = self.count(Channel::Mail, &mut entry, delivered);
        self.record(entry, event_error.or(mail_error));
    }

    /// Counts a delivery, and takes a channel that needs no other try from the entry.
    fn count(
        &mut self,
        channel: Channel,
        entry: &mut OutboxEntry,
        delivered: Delivered,
    ) -> Option<PortError> {
        self.summary.count_delivery(channel, matches!(delivered, Ok(true)));
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
        let mut effects = Vec::new();
        while let Some((lane, effect)) = self.effects.mails.next() {
            self.effects.mails.done(lane, None);
            let place = interval * f64::from(u32::try_from(effects.len()).unwrap_or(u32::MAX));
            #[expect(clippy::cast_possible_truncation, reason = "seconds, at most some days")]
            let until = now + TimeDelta::seconds(place as i64);
            effects.push((effect, until));
        }
        self.summary.mails_put_off += effects.len() as u64;
        let writes = effects.into_iter().map(|(effect, until)| async move {
            let Effect { entry, event_error } = effect;
            if event_error.is_some() {
                return record(sweep, entry, event_error).await;
            }
            if let Err(error) = sweep.outbox.due.reschedule(&entry, until).await {
                tracing::error!(error = &error as &dyn Error, "a mail can't be put off");
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
    let stuck = sweep.outbox.record(entry, error.as_ref()).await.unwrap_or_else(|error| {
        tracing::error!(error = &error as &dyn Error, "the delivery of an entry can't be recorded");
        false
    });
    Done::Recorded { stuck }
}
