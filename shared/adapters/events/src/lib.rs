//! The event channel: publishes the events of entries through EventBridge's `PutEvents`, in batches where several are
//! pending.
//!
//! Delivery is at least once: a consumer recognises a duplicate by `id` in its detail. Each event has its own, also where an
//! entry has two.

mod detail;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::primitives::DateTime;
use aws_sdk_eventbridge::types::{PutEventsRequestEntry, PutEventsResultEntry};
use keyturn_application::PortError;
use keyturn_application::batcher::Batcher;
use keyturn_application::ports::{Deliver, DeliveryOutcome, OutboxEntry};
use keyturn_domain::history::HistoryEntry;
use keyturn_environment::{ConfigurationError, Environment};
use uuid::Uuid;

/// The source by which rules find Keyturn's events.
const SOURCE: &str = "keyturn";

/// The time limit of a call with all its attempts. An event bus that hangs must not occupy the lanes of events for long.
const TIMEOUT: Duration = Duration::from_secs(2);

const EVENT_BUS: &str = "KEYTURN_EVENT_BUS";

/// Calls in flight: a run of the schedule makes more events a second than one call after the other publishes.
const BATCHES: usize = 20;

/// Entries that one `PutEvents` accepts. Keyturn's are far below its size limit.
const ENTRIES: usize = 10;

/// Publishes events on one bus of EventBridge.
pub struct EventBridgePublisher {
    client: Client,
    bus: String,
    batcher: Batcher<PutEventsRequestEntry, Result<(), PortError>>,
}

const NOT_ACCEPTED: &str = "an event was not accepted";

/// Why EventBridge did not accept an event.
#[derive(Debug, thiserror::Error)]
#[error("{code}: {message}")]
struct NotAccepted {
    code: String,
    message: String,
}

impl EventBridgePublisher {
    /// Reads `KEYTURN_EVENT_BUS`, the name or ARN of the bus.
    pub fn from_environment(environment: &Environment) -> Result<Self, ConfigurationError> {
        let client = Client::new(&environment.sdk_within(TIMEOUT));
        Ok(Self::new(client, environment.required(EVENT_BUS)?))
    }

    /// Publishes with this client on this bus.
    #[must_use]
    pub fn new(client: Client, bus: String) -> Self {
        Self { client, bus, batcher: Batcher::with_batches(ENTRIES, BATCHES) }
    }

    async fn publish(&self, detail_type: &str, id: Uuid, entry: &HistoryEntry) -> Result<(), PortError> {
        let event = PutEventsRequestEntry::builder()
            .source(SOURCE)
            .detail_type(detail_type)
            .detail(detail::of(id, entry).to_string())
            .event_bus_name(&self.bus)
            .time(DateTime::from_secs(entry.at.timestamp()))
            .build();
        let result = self.batcher.call(event, |events| self.put(events)).await;
        result.unwrap_or(Err(PortError::bare(NOT_ACCEPTED)))
    }

    /// One call. If it fails as a whole, each of its entries fails with its error.
    async fn put(&self, entries: Vec<PutEventsRequestEntry>) -> Vec<Result<(), PortError>> {
        let count = entries.len();
        match self.client.put_events().set_entries(Some(entries)).send().await {
            Ok(answer) => answer.entries().iter().map(accepted).collect(),
            Err(error) => {
                let error = Arc::new(error);
                (0..count).map(|_| Err(PortError::new(NOT_ACCEPTED, Arc::clone(&error)))).collect()
            }
        }
    }
}

#[async_trait]
impl Deliver for EventBridgePublisher {
    /// Publishes all events of an entry, or fails and is called again for all of them.
    async fn deliver(&self, outbox_entry: &OutboxEntry) -> Result<DeliveryOutcome, PortError> {
        let OutboxEntry { id, entry, .. } = outbox_entry;
        let first = entry.action.event().ok_or(PortError::bare("the entry has no event"))?;
        self.publish(first, *id, entry).await?;
        if let Some(second) = entry.action.second_event() {
            self.publish(second, second_id(*id), entry).await?;
        }
        Ok(DeliveryOutcome::Delivered)
    }
}

/// The id of an entry's second event: the same each time, and no other entry's, as their last 62 bits are random.
const fn second_id(id: Uuid) -> Uuid {
    Uuid::from_u128(id.as_u128() ^ 1)
}

/// EventBridge answers 200 even if it accepted nothing: only an event that was accepted has an id in its own result.
fn accepted(result: &PutEventsResultEntry) -> Result<(), PortError> {
    if result.event_id().is_some() {
        return Ok(());
    }
    let code = result.error_code().unwrap_or("no code").to_owned();
    let message = result.error_message().unwrap_or("no message").to_owned();
    Err(PortError::new(NOT_ACCEPTED, NotAccepted { code, message }))
}
