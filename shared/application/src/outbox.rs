//! Delivery of entries through their channels, at least once each.
//!
//! Whoever delivers an entry has taken it up before: the commit that wrote it, or a claim, made it due in the future. If
//! the process dies, the entry becomes due for the next one.

use std::error::Error;
use std::sync::Arc;

use futures::future::join_all;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use keyturn_domain::backoff::Failures;
use keyturn_domain::change::Change;
use keyturn_domain::channel::Channel;
use keyturn_domain::history::HistoryEntry;
use keyturn_domain::limits;
use keyturn_domain::mail::next_digest;

use crate::context::Context;
use crate::mail_limits::{Counted, MailLimits};
use crate::ports::{
    Commit, CommitError, Deliver, DeliveryOutcome, DueStore, EntryKey, OutboxEntry, PortError, TokenStore,
};

/// Concurrent writes after a digest.
const WRITES: usize = 16;

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

/// What became of a delivery that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was accepted.
    Accepted,
    /// It was refused for good; the history says so.
    Refused,
    /// A mail is over the limit of a day and was not sent; the history says so.
    OverLimit,
    /// A mail about a renewal is over the limit of a day and waits for the next digest.
    ForDigest,
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
    /// How many mails are sent; any number if not given.
    pub mail_limits: Option<MailLimits>,
    /// Time and randomness.
    pub context: Context,
}

impl Outbox {
    /// Takes up an entry for this process, if something is pending, it is due and nobody else has taken it up. If the process
    /// dies, it is due again when the lease ends.
    pub async fn take(&self, key: &EntryKey) -> Result<Option<OutboxEntry>, PortError> {
        match self.due.outbox_entry(key).await?.filter(|entry| self.is_due(entry)) {
            Some(entry) => self.claim(entry).await,
            None => Ok(None),
        }
    }

    /// The same for entries of the due index, which are read together; claims only what has a mail. An event that is delivered
    /// twice can't be told from one, and a claim costs as much as its delivery.
    pub async fn take_found(&self, keys: &[EntryKey]) -> Vec<Result<Option<OutboxEntry>, PortError>> {
        let taken = self.due.outbox_entries(keys).await.into_iter().map(async |entry| {
            match entry?.filter(|entry| self.is_due(entry)) {
                Some(entry) if entry.pending.contains(Channel::Mail) => self.claim(entry).await,
                entry => Ok(entry),
            }
        });
        join_all(taken).await
    }

    fn is_due(&self, entry: &OutboxEntry) -> bool {
        entry.due_at <= self.context.now()
    }

    async fn claim(&self, entry: OutboxEntry) -> Result<Option<OutboxEntry>, PortError> {
        let due_at = self.context.now() + limits::ENTRY_LEASE;
        let is_taken = self.due.claim(&entry, due_at).await?;
        Ok(is_taken.then_some(OutboxEntry { due_at, ..entry }))
    }

    /// Delivers an entry through one channel. An error means that it must be tried again.
    pub async fn deliver(&self, channel: Channel, entry: &OutboxEntry) -> Result<Outcome, PortError> {
        let limits = self.mail_limits.as_ref().filter(|_| channel == Channel::Mail);
        let Some((limits, mail)) = limits.zip(entry.entry.mail.as_ref()) else {
            let outcome = self.adapter(channel).deliver(entry).await;
            return self.settle(channel, std::slice::from_ref(entry), outcome?).await;
        };
        let now = self.context.now();
        let counted = Counted::of(&entry.entry.company, mail, now);
        if limits.count(&counted).await? {
            let outcome = self.adapter(channel).deliver(entry).await;
            if !matches!(outcome, Ok(DeliveryOutcome::Delivered)) {
                limits.uncount(&counted).await;
            }
            self.settle(channel, std::slice::from_ref(entry), outcome?).await
        } else if mail.notice.is_about_renewal() {
            Ok(Outcome::ForDigest)
        } else {
            tracing::warn!(entry = %entry.id, company = %entry.entry.company, "a mail is over the limit and is not sent");
            self.note(entry.entry.over_limit(now)).await?;
            Ok(Outcome::OverLimit)
        }
    }

    /// Sends the mails of gathered entries of one company to one recipient together.
    pub async fn deliver_digest(&self, entries: &[OutboxEntry]) -> Result<Outcome, PortError> {
        let outcome = self.adapter(Channel::Mail).deliver_together(entries).await?;
        self.settle(Channel::Mail, entries, outcome).await
    }

    fn adapter(&self, channel: Channel) -> &dyn Deliver {
        self.adapters.0[channel as usize].as_ref()
    }

    async fn settle(
        &self,
        channel: Channel,
        entries: &[OutboxEntry],
        outcome: DeliveryOutcome,
    ) -> Result<Outcome, PortError> {
        let DeliveryOutcome::Refused(reason) = outcome else { return Ok(Outcome::Accepted) };
        for entry in entries {
            tracing::warn!(
                entry = %entry.id,
                channel = channel.name(),
                reason = &reason as &dyn Error,
                "a delivery was refused for good"
            );
            if let Some(refusal) = entry.entry.refused_by(channel, self.context.now()) {
                self.note(refusal).await?;
            }
        }
        Ok(Outcome::Refused)
    }

    async fn note(&self, entry: HistoryEntry) -> Result<(), PortError> {
        match self.tokens.commit(&Commit::new(Change::noting(entry), &self.context)).await {
            Ok(()) => Ok(()),
            Err(CommitError::Failed(error)) => Err(error),
            Err(CommitError::Conflict) => Err(PortError::bare("the id of a new entry is in use")),
        }
    }

    /// Keeps the mail of an entry for the next digest of its recipient.
    pub async fn gather(&self, entry: OutboxEntry) -> Result<(), PortError> {
        let entry = OutboxEntry { gathered: true, failures: Failures::default(), ..entry };
        self.due.reschedule(&entry, next_digest(self.context.now())).await
    }

    /// Records what became of an entry: nothing is pending any more, or `failure` kept something pending. Whether the entry
    /// is stuck.
    pub async fn record(&self, entry: OutboxEntry, failure: Option<&PortError>) -> Result<bool, PortError> {
        let [jitter] = self.context.random();
        self.record_with(jitter, entry, failure).await
    }

    /// The same for all entries of a digest, which stay together.
    pub async fn record_digest(
        &self,
        entries: Vec<OutboxEntry>,
        failure: Option<&PortError>,
    ) -> Result<bool, PortError> {
        let [jitter] = self.context.random();
        let each = entries.into_iter().map(|entry| self.record_with(jitter, entry, failure));
        stream::iter(each).buffer_unordered(WRITES).try_fold(false, async |any, stuck| Ok(any || stuck)).await
    }

    async fn record_with(
        &self,
        jitter: u8,
        mut entry: OutboxEntry,
        failure: Option<&PortError>,
    ) -> Result<bool, PortError> {
        if entry.pending.is_empty() {
            return self.due.acknowledge(&entry).await.map(|()| false);
        }
        let now = self.context.now();
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
