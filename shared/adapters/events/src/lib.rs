//! Publishes the events that entries owe, through EventBridge's `PutEvents`, several with one call where several are owed.
//!
//! Delivery is at least once: a consumer tells a doubled event by `id` in its detail.

mod detail;

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::primitives::DateTime;
use aws_sdk_eventbridge::types::{PutEventsRequestEntry, PutEventsResultEntry};
use keyturn_application::PortError;
use keyturn_application::batcher::Batcher;
use keyturn_application::ports::EventPublisher;
use keyturn_domain::effect::HistoryEntry;
use keyturn_environment::{ConfigurationError, Environment};
use uuid::Uuid;

/// The source by which rules find Keyturn's events.
const SOURCE: &str = "keyturn";

const EVENT_BUS: &str = "KEYTURN_EVENT_BUS";

/// Entries that one `PutEvents` takes. Ours are far below its limit of bytes, however many.
const ENTRIES: usize = 10;

/// Publishes events on one bus of EventBridge.
pub struct EventBridgePublisher {
    client: Client,
    bus: String,
    together: Batcher<PutEventsRequestEntry, Result<(), PortError>>,
}

const NOT_TAKEN: &str = "an event was not taken";

/// Why EventBridge did not take an event.
#[derive(Debug, thiserror::Error)]
#[error("{code}: {message}")]
struct NotTaken {
    code: String,
    message: String,
}

impl EventBridgePublisher {
    /// Reads `KEYTURN_EVENT_BUS`, the name or ARN of the bus.
    pub fn from_environment(environment: &Environment) -> Result<Self, ConfigurationError> {
        Ok(Self::new(Client::new(environment.sdk()), environment.required(EVENT_BUS)?))
    }

    /// Publishes with this client on this bus.
    #[must_use]
    pub fn new(client: Client, bus: String) -> Self {
        Self { client, bus, together: Batcher::of(ENTRIES) }
    }

    /// One call. What it fails with as a whole, each of its entries fails with.
    async fn put(&self, entries: Vec<PutEventsRequestEntry>) -> Vec<Result<(), PortError>> {
        let count = entries.len();
        match self.client.put_events().set_entries(Some(entries)).send().await {
            Ok(answer) => answer.entries().iter().map(taken).collect(),
            Err(error) => {
                let error = Arc::new(error);
                (0..count).map(|_| Err(PortError::new(NOT_TAKEN, Arc::clone(&error)))).collect()
            }
        }
    }
}

#[async_trait]
impl EventPublisher for EventBridgePublisher {
    async fn publish(&self, id: Uuid, entry: &HistoryEntry) -> Result<(), PortError> {
        let detail_type = entry.action.event().ok_or(PortError::bare("the entry owes no event"))?;
        let event = PutEventsRequestEntry::builder()
            .source(SOURCE)
            .detail_type(detail_type)
            .detail(detail::of(id, entry).to_string())
            .event_bus_name(&self.bus)
            .time(DateTime::from_secs(entry.at.timestamp()))
            .build();
        let taken = self.together.call(event, |events| self.put(events)).await;
        taken.unwrap_or(Err(PortError::bare(NOT_TAKEN)))
    }
}

/// EventBridge answers 200 even if it took nothing; each entry's own result tells: only one that was taken has an id.
fn taken(result: &PutEventsResultEntry) -> Result<(), PortError> {
    if result.event_id().is_some() {
        return Ok(());
    }
    let code = result.error_code().unwrap_or("no code").to_owned();
    let message = result.error_message().unwrap_or("no message").to_owned();
    Err(PortError::new(NOT_TAKEN, NotTaken { code, message }))
}
