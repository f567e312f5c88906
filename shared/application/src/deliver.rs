//! Delivers new entries at once, as the table's stream reports them. The schedule remains the guarantee: what is not
//! delivered here stays due.

use std::error::Error;
use std::sync::Mutex;

use futures::stream::{self, StreamExt as _};
use keyturn_domain::channel::Channel;
use keyturn_domain::{Timestamp, limits};
use serde::Serialize;

use crate::outbox::{Outbox, Outcome};
use crate::ports::{EntryKey, OutboxEntry, PortError};

/// Entries delivered concurrently: a batch of the stream, and so a few batches of the event bus.
const CONCURRENCY: usize = 64;

/// Delivers new entries.
pub struct DeliverNew {
    /// Delivers entries and keeps track of what is pending.
    pub outbox: Outbox,
    /// The lane of mails.
    pub mails: MailLane,
}

/// One mail at a time, which keeps the pace of the mail service. After a failure, mails are left to the schedule for a
/// minute, so that events never wait for a mail service that hangs.
#[derive(Debug, Default)]
pub struct MailLane {
    turn: tokio::sync::Mutex<()>,
    closed_until: Mutex<Timestamp>,
}

impl MailLane {
    fn is_open(&self, now: Timestamp) -> bool {
        self.closed_until.lock().is_ok_and(|until| *until <= now)
    }

    fn close(&self, now: Timestamp) {
        if let Ok(mut until) = self.closed_until.lock() {
            *until = now + limits::FAILURE_DELAYS[0];
        }
    }
}

/// What was done, in counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivered {
    /// Entries that were taken up.
    pub taken: u64,
    /// Events published.
    pub events: u64,
    /// Mails sent.
    pub mails: u64,
    /// Entries with something pending, which the schedule delivers.
    pub left: u64,
}

impl DeliverNew {
    /// Delivers what is due of these entries while there is time left. What another process has taken up is left to it.
    pub async fn run(&self, keys: Vec<EntryKey>, time_left: &(dyn Fn() -> bool + Send + Sync)) -> Delivered {
        let entries = keys.into_iter().map(|key| self.entry(key, time_left));
        let mut entries = stream::iter(entries).buffer_unordered(CONCURRENCY);
        let mut total = Delivered::default();
        while let Some(delivered) = entries.next().await {
            total.taken += delivered.taken;
            total.events += delivered.events;
            total.mails += delivered.mails;
            total.left += delivered.left;
        }
        total
    }

    async fn entry(&self, key: EntryKey, time_left: &(dyn Fn() -> bool + Send + Sync)) -> Delivered {
        let mut delivered = Delivered::default();
        if !time_left() {
            delivered.left = 1;
        } else if let Err(error) = self.deliver(&key, &mut delivered).await {
            delivered.left = 1;
            tracing::error!(?key, error = &error as &dyn Error, "a new entry failed and stays due");
        }
        delivered
    }

    async fn deliver(&self, key: &EntryKey, delivered: &mut Delivered) -> Result<(), PortError> {
        let Some(mut entry) = self.outbox.take(key).await? else { return Ok(()) };
        delivered.taken = 1;
        let (mut failure, mut for_digest) = (None, false);
        for channel in entry.pending.iter() {
            match self.through(channel, &entry).await {
                Some(Ok(Outcome::ForDigest)) => for_digest = true,
                Some(Ok(outcome)) => {
                    entry.pending = entry.pending.without(channel);
                    let count = match channel {
                        Channel::Event => &mut delivered.events,
                        Channel::Mail => &mut delivered.mails,
                    };
                    *count += u64::from(outcome == Outcome::Accepted);
                }
                Some(Err(error)) => failure = Some(error),
                None => {}
            }
        }
        delivered.left = u64::from(!entry.pending.is_empty());
        if failure.is_none() && for_digest {
            return self.outbox.gather(entry).await;
        }
        if failure.is_none() && !entry.pending.is_empty() {
            return self.outbox.due.reschedule(&entry, self.outbox.context.now()).await;
        }
        self.outbox.record(entry, failure.as_ref()).await.map(|_| ())
    }

    /// Delivers through one channel; `None` if that is left to the schedule.
    async fn through(&self, channel: Channel, entry: &OutboxEntry) -> Option<Result<Outcome, PortError>> {
        if channel == Channel::Event {
            return Some(self.outbox.deliver(channel, entry).await);
        }
        let _turn = self.mails.turn.lock().await;
        let now = self.outbox.context.now();
        if !self.mails.is_open(now) {
            return None;
        }
        let sent = self.outbox.deliver(channel, entry).await;
        if sent.is_err() {
            self.mails.close(now);
        }
        Some(sent)
    }
}
