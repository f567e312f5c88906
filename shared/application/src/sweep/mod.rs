//! The scheduled function: processes everything that is due, each item on its own.
//!
//! A sweep reads the due index shard by shard and processes the items of a page concurrently. An item that fails is
//! counted and stays due; it neither stops the others nor hides them, since the next page starts after it. Overlapping
//! sweeps are safe: every step is a conditional commit, and the one that loses the race reads the record again.

mod callback;
mod outbox;
mod summary;
mod token;

use std::error::Error;
use std::sync::Arc;

use futures::stream::{self, StreamExt as _};
use keyturn_domain::Timestamp;
use keyturn_domain::rules::Rules;

pub use outbox::Outbox;
pub use summary::Summary;

use crate::callback_message::CallbackMessages;
use crate::context::Context;
use crate::ports::{CallbackSender, CredentialStore, DueItem, DueStore, PortError, TokenStore};
use crate::secret_vault::SecretVault;

/// Items processed concurrently: enough that slow receivers don't delay the rest, few enough for one small machine.
const CONCURRENCY: usize = 32;

/// Processes what is due.
pub struct Sweep {
    /// Where tokens are kept.
    pub tokens: Arc<dyn TokenStore>,
    /// Where their last use is kept.
    pub credentials: Arc<dyn CredentialStore>,
    /// Finds what is due.
    pub due: Arc<dyn DueStore>,
    /// Writes callbacks.
    pub messages: CallbackMessages,
    /// Creates and opens secrets.
    pub vault: SecretVault,
    /// Sends callbacks.
    pub callbacks: Arc<dyn CallbackSender>,
    /// Delivers entries through their channels.
    pub outbox: Outbox,
    /// The deployment's parameters.
    pub rules: Rules,
    /// Time and randomness.
    pub context: Context,
}

/// Whether there is time left to start another item.
pub type TimeLeft = dyn Fn() -> bool + Send + Sync;

impl Sweep {
    /// Processes what is due by now while there is time left; the rest stays due.
    pub async fn run(&self, time_left: &TimeLeft) -> Result<Summary, PortError> {
        let now = self.context.now();
        let shards = (0..self.due.shards()).map(|shard| self.run_shard(shard, now, time_left));
        let mut total = Summary::default();
        for summary in futures::future::join_all(shards).await {
            total += summary?;
        }
        Ok(total)
    }

    /// The earliest due time after this one.
    pub async fn next_due_after(&self, after: Timestamp) -> Result<Option<Timestamp>, PortError> {
        self.due.next_due_after(after).await
    }

    async fn run_shard(&self, shard: u8, now: Timestamp, time_left: &TimeLeft) -> Result<Summary, PortError> {
        let concurrency = (CONCURRENCY / usize::from(self.due.shards())).max(1);
        let mut total = Summary::default();
        let mut from = None;
        loop {
            let page = self.due.due(shard, now, from.take()).await?;
            total.observe_oldest(page.items.first().map(|(at, _)| (now - *at).num_seconds()));
            let steps = page.items.into_iter().map(|(_, item)| self.step(item, time_left));
            let mut steps = stream::iter(steps).buffer_unordered(concurrency);
            while let Some(summary) = steps.next().await {
                total += summary;
            }
            match page.next {
                Some(next) if time_left() => from = Some(next),
                _ => return Ok(total),
            }
        }
    }

    /// Processes one due item. A failure is logged and counted, and the item stays due.
    pub async fn step(&self, item: DueItem, time_left: &TimeLeft) -> Summary {
        if !time_left() {
            return Summary { left: 1, ..Summary::default() };
        }
        let mut summary = Summary { due: 1, ..Summary::default() };
        let result = match &item {
            DueItem::Token(id) => self.step_token(*id, &mut summary).await,
            DueItem::Entry(key) => self.step_entry(key, &mut summary).await,
        };
        if let Err(error) = result {
            summary.failed += 1;
            summary.failed_tokens += u64::from(matches!(item, DueItem::Token(_)));
            tracing::error!(?item, error = &error as &dyn Error, "a due item failed and stays due");
        }
        summary
    }
}
