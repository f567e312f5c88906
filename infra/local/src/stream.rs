//! The table's stream, as far as the stack has one: it hands the function that delivers at once what Lambda would.
//!
//! The engine's own stream keeps every record for ever and looks through all of them at each call, so a stack that runs
//! for days would become slow. New entries are found in the due index instead, and are reported once each, as a stream does.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use keyturn_application::Clock;
use keyturn_application::ports::{DueItem, DueStore as _, EntryKey};
use keyturn_dynamodb::{StreamEvent, Table};
use keyturn_environment::Environment;
use keyturn_functions::deliver::{self, Deliver, Delivered};
use serde_json::{Value, json};
use tokio::sync::Mutex;

/// How often the stack looks. Lambda asks for new records four times a second.
const EVERY: Duration = Duration::from_millis(250);

/// The stream and its function.
pub(crate) struct Stream {
    table: Table,
    deliver: Deliver,
    clock: Arc<dyn Clock>,
    /// Entries that were reported and are still due.
    reported: Mutex<HashSet<EntryKey>>,
}

impl Stream {
    /// The stream of the environment's table.
    pub(crate) async fn of(environment: &Environment, clock: Arc<dyn Clock>) -> Result<Self> {
        let table = Table::from_environment(environment)?;
        Ok(Self { table, deliver: deliver::build(environment).await?, clock, reported: Mutex::default() })
    }

    /// Hands over what is new.
    pub(crate) async fn hand_over(&self) -> Result<Delivered> {
        let mut reported = self.reported.lock().await;
        let due = self.due_entries().await?;
        let records: Vec<_> = due.difference(&reported).map(record).collect();
        *reported = due;
        if records.is_empty() {
            return Ok(Delivered::default());
        }
        let event: StreamEvent = serde_json::from_value(json!({ "Records": records }))?;
        Ok(self.deliver.run(event, None).await)
    }

    async fn due_entries(&self) -> Result<HashSet<EntryKey>> {
        let now = self.clock.now();
        let mut entries = HashSet::new();
        for shard in 0..self.table.shards() {
            let page = self.table.due(shard, now, None).await?;
            entries.extend(page.items.into_iter().filter_map(|(_, item)| match item {
                DueItem::Entry(key) => Some(key),
                DueItem::Token(_) | DueItem::MassRenewal(_) => None,
            }));
        }
        Ok(entries)
    }

    /// Hands over until the stack stops.
    pub(crate) async fn run(self: Arc<Self>, stopped: impl Future<Output = ()>) {
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        tokio::pin!(stopped);
        loop {
            tokio::select! {
                () = &mut stopped => return,
                _ = ticks.tick() => {
                    if let Err(error) = self.hand_over().await {
                        tracing::error!("the stream could not be read: {error:#}");
                    }
                }
            }
        }
    }
}

/// A record as in an event of Lambda's.
fn record(key: &EntryKey) -> Value {
    json!({
        "eventName": "INSERT",
        "eventSource": "aws:dynamodb",
        "dynamodb": {
            "Keys": {"pk": {"S": key.partition}, "sk": {"S": key.sort}},
            "StreamViewType": "KEYS_ONLY",
        },
    })
}
