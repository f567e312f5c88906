//! Delivery of entries through their channels, at least once each.

use std::error::Error;
use std::sync::Arc;

use chrono::TimeDelta;
use keyturn_domain::change::Change;
use keyturn_domain::channel::Channel;

use super::{Summary, Sweep};
use crate::failure::Failure;
use crate::ports::{Commit, CommitError, Deliver, DeliveryOutcome, EntryKey, OutboxEntry, PortError};

/// Minutes until a failed delivery is retried; the last value repeats. A mail service that is down for a day must neither
/// cost a mail nor be called every minute.
const RETRY_MINUTES: [i64; 6] = [1, 2, 5, 15, 30, 60];

/// The adapter of each channel.
#[derive(Clone)]
pub struct Outbox([Arc<dyn Deliver>; Channel::ALL.len()]);

impl Outbox {
    /// Asks for the adapter of each channel.
    #[must_use]
    pub fn new(adapter: impl FnMut(Channel) -> Arc<dyn Deliver>) -> Self {
        Self(Channel::ALL.map(adapter))
    }

    fn adapter(&self, channel: Channel) -> &dyn Deliver {
        self.0[channel as usize].as_ref()
    }
}

impl Sweep {
    /// Delivers an entry, if any of its deliveries is pending.
    pub(super) async fn step_entry(&self, key: &EntryKey, summary: &mut Summary) -> Result<(), Failure> {
        match self.due.outbox_entry(key).await? {
            Some(entry) => self.deliver(entry, summary).await,
            None => Ok(()),
        }
    }

    /// Delivers an entry through its pending channels; what fails is rescheduled.
    pub(super) async fn deliver(&self, mut entry: OutboxEntry, summary: &mut Summary) -> Result<(), Failure> {
        let mut failure = None;
        for channel in entry.pending.iter() {
            match self.deliver_through(channel, &entry).await {
                Ok(accepted) => {
                    entry.pending = entry.pending.without(channel);
                    summary.count_delivery(channel, accepted);
                }
                Err(error) => {
                    summary.count_delivery(channel, false);
                    failure = Some(error);
                }
            }
        }
        match failure {
            None => Ok(self.due.acknowledge(&entry).await?),
            Some(error) => self.reschedule(entry, &error, summary).await,
        }
    }

    /// Whether the channel accepted the entry. If it is refused for good, the history says so first.
    async fn deliver_through(&self, channel: Channel, entry: &OutboxEntry) -> Result<bool, PortError> {
        match self.outbox.adapter(channel).deliver(entry).await? {
            DeliveryOutcome::Delivered => Ok(true),
            DeliveryOutcome::Refused(reason) => {
                tracing::warn!(
                    entry = %entry.id,
                    channel = channel.name(),
                    reason = &reason as &dyn Error,
                    "a delivery was refused for good"
                );
                self.note_refusal(channel, entry).await?;
                Ok(false)
            }
        }
    }

    async fn note_refusal(&self, channel: Channel, entry: &OutboxEntry) -> Result<(), PortError> {
        let Some(refusal) = entry.entry.refused_by(channel, self.context.now()) else { return Ok(()) };
        match self.tokens.commit(&Commit::new(Change::noting(refusal), &self.context)).await {
            Ok(()) => Ok(()),
            Err(CommitError::Failed(error)) => Err(error),
            Err(CommitError::Conflict) => Err(PortError::bare("the id of a new entry is in use")),
        }
    }

    async fn reschedule(
        &self,
        mut entry: OutboxEntry,
        error: &PortError,
        summary: &mut Summary,
    ) -> Result<(), Failure> {
        let step = usize::try_from(entry.failures).unwrap_or(usize::MAX).min(RETRY_MINUTES.len() - 1);
        let until = self.context.now() + TimeDelta::minutes(RETRY_MINUTES[step]);
        entry.failures += 1;
        summary.failed += 1;
        tracing::warn!(
            entry = %entry.id,
            failures = entry.failures,
            error = error as &dyn Error,
            "a delivery failed and is rescheduled"
        );
        Ok(self.due.reschedule(&entry, until).await?)
    }
}
