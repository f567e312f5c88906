//! The scheduled function: everything that is due, each item on its own, none lost.
//!
//! A sweep reads the due index shard by shard and does one item at a time, some of them side by side. An item that
//! fails is counted and stays due; it neither stops the others nor hides them, since the next page starts behind it.
//! Two sweeps at once do no harm: every step is a conditional commit, and whoever loses looks at the record again.

mod callback;
mod entry;
mod summary;
mod token;

use std::sync::Arc;

use futures::stream::{self, StreamExt as _};
use keyturn_domain::Timestamp;
use keyturn_domain::rules::Rules;

pub use summary::Summary;

use crate::callback_message::CallbackMessages;
use crate::context::Context;
use crate::failure::Failure;
use crate::ports::{
    CallbackSender, CredentialStore, DueItem, DueStore, EventPublisher, MailSender, PortError, TokenStore,
};
use crate::secret_vault::SecretVault;

/// Items done side by side: enough that slow receivers don't hold up the rest, few enough for one small machine.
const SIDE_BY_SIDE: usize = 32;

/// Does what is due.
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
    /// Sends mails.
    pub mails: Arc<dyn MailSender>,
    /// Publishes events.
    pub events: Arc<dyn EventPublisher>,
    /// The deployment's parameters.
    pub rules: Rules,
    /// Time and randomness.
    pub context: Context,
}

/// Whether there is time to begin another item.
pub type InTime = dyn Fn() -> bool + Send + Sync;

impl Sweep {
    /// Does what is due by now, until `in_time` says that the time allotted is over; the rest stays due.
    pub async fn run(&self, in_time: &InTime) -> Result<Summary, PortError> {
        let now = self.context.now();
        let shards = (0..self.due.shards()).map(|shard| self.run_shard(shard, now, in_time));
        let mut total = Summary::default();
        for summary in futures::future::join_all(shards).await {
            total += summary?;
        }
        Ok(total)
    }

    /// The earliest moment after this one at which anything is due.
    pub async fn next_due_after(&self, after: Timestamp) -> Result<Option<Timestamp>, PortError> {
        self.due.next_due_after(after).await
    }

    async fn run_shard(&self, shard: u8, now: Timestamp, in_time: &InTime) -> Result<Summary, PortError> {
        let side_by_side = (SIDE_BY_SIDE / usize::from(self.due.shards())).max(1);
        let mut total = Summary::default();
        let mut from = None;
        loop {
            let page = self.due.due(shard, now, from.take()).await?;
            total.observe_oldest(page.items.first().map(|(at, _)| (now - *at).num_seconds()));
            let steps = page.items.into_iter().map(|(_, item)| self.step(item, in_time));
            let mut steps = stream::iter(steps).buffer_unordered(side_by_side);
            while let Some(summary) = steps.next().await {
                total += summary;
            }
            match page.next {
                Some(next) if in_time() => from = Some(next),
                _ => return Ok(total),
            }
        }
    }

    /// Does one due item. Whatever goes wrong is logged and counted, and the item stays due.
    pub async fn step(&self, item: DueItem, in_time: &InTime) -> Summary {
        if !in_time() {
            return Summary { left: 1, ..Summary::default() };
        }
        let mut summary = Summary { due: 1, ..Summary::default() };
        let result = match &item {
            DueItem::Token(id) => self.step_token(*id, &mut summary).await,
            DueItem::Entry(key) => self.step_entry(key, &mut summary).await,
        };
        if let Err(Failure::Broken(error)) = result {
            summary.failed += 1;
            summary.failed_tokens += u64::from(matches!(item, DueItem::Token(_)));
            tracing::error!(
                ?item,
                error = &error as &dyn std::error::Error,
                "a due item failed and stays due"
            );
        }
        summary
    }
}
