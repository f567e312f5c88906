//! Delivery of entries through their channels, at least once each.
//!
//! Whoever delivers an entry has taken it up before: the commit that wrote it, or a claim, made it due in the future. If
//! the process dies, the entry becomes due for the next one.

use std::error::Error;
use std::sync::Arc;

use keyturn_domain::change::Change;
use keyturn_domain::channel::Channel;

use crate::context::Context;
use crate::ports::{
    Commit, CommitError, Deliver, DeliveryOutcome, DueStore, OutboxEntry, PortError, TokenStore,
};

/// The adapter of each channel.
#[derive(Clone)]
pub struct Adapters([Arc<dyn Deliver>; Channel::ALL.len()]);

impl Adapters {
    /// Asks for the adapter of each channel.
    #[must_use]
    pub fn new(adapter: impl FnMut(Channel) -> Arc<dyn Deliver>) -> Self {
        Self(Channel::ALL.map(adapter))
    }
}

/// Delivers entries and keeps track of what is pending.
#[derive(Clone)]
pub struct Outbox {
    /// The adapter of each channel.
    pub adapters: Adapters,
    /// Keeps track of what is pending.
    pub due: Arc<dyn DueStore>,
    /// Writes what the history says of a refused delivery.
    pub tokens: Arc<dyn TokenStore>,
    /// Time and randomness.
    pub context: Context,
}

impl Outbox {
    /// Delivers an entry through one channel. Whether it was accepted; if it was refused for good, the history says so. An
    /// error means that it must be tried again.
    pub async fn deliver(&self, channel: Channel, entry: &OutboxEntry) -> Result<bool, PortError> {
        match self.adapters.0[channel as usize].deliver(entry).await? {
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

    /// Records what became of an entry: nothing is pending any more, or `failure` kept something pending. Whether the entry
    /// is stuck.
    pub async fn record(
        &self,
        mut entry: OutboxEntry,
        failure: Option<&PortError>,
    ) -> Result<bool, PortError> {
        if entry.pending.is_empty() {
            return self.due.acknowledge(&entry).await.map(|()| false);
        }
        let now = self.context.now();
        let [jitter] = self.context.random();
        entry.failures = entry.failures.with_another(now);
        let until = entry.failures.retry_at(jitter, now);
        tracing::warn!(
            entry = %entry.id,
            failures = entry.failures.count,
            error = failure.map(|error| error as &dyn Error),
            "a delivery failed and is rescheduled"
        );
        self.due.reschedule(&entry, until).await?;
        Ok(entry.failures.is_stuck(now))
    }
}
