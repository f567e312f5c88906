//! Publishes the events that entries owe, through EventBridge's `PutEvents`.
//!
//! Delivery is at least once: a consumer tells a doubled event by `id` in its detail.

mod detail;

use async_trait::async_trait;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::operation::put_events::PutEventsOutput;
use aws_sdk_eventbridge::primitives::DateTime;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use keyturn_application::PortError;
use keyturn_application::ports::EventPublisher;
use keyturn_domain::effect::Entry;
use keyturn_environment::{ConfigurationError, Environment};
use uuid::Uuid;

/// The source by which rules find Keyturn's events.
const SOURCE: &str = "keyturn";

const EVENT_BUS: &str = "KEYTURN_EVENT_BUS";

/// Publishes events on one bus of EventBridge.
pub struct EventBridgePublisher {
    client: Client,
    bus: String,
}

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
    pub const fn new(client: Client, bus: String) -> Self {
        Self { client, bus }
    }
}

#[async_trait]
impl EventPublisher for EventBridgePublisher {
    async fn publish(&self, id: Uuid, entry: &Entry) -> Result<(), PortError> {
        let detail_type = entry.action.event().ok_or(PortError::bare("the entry owes no event"))?;
        let event = PutEventsRequestEntry::builder()
            .source(SOURCE)
            .detail_type(detail_type)
            .detail(detail::of(id, entry).to_string())
            .event_bus_name(&self.bus)
            .time(DateTime::from_secs(entry.at.timestamp()))
            .build();
        let answer = self.client.put_events().entries(event).send().await;
        taken(&answer.map_err(|error| PortError::new("an event was not taken", error))?)
    }
}

/// EventBridge answers 200 even if it took nothing; the count of failures tells.
fn taken(answer: &PutEventsOutput) -> Result<(), PortError> {
    if answer.failed_entry_count() == 0 {
        return Ok(());
    }
    let failed = answer.entries().iter().find(|entry| entry.error_code().is_some());
    let code = failed.and_then(|entry| entry.error_code()).unwrap_or("no code").to_owned();
    let message = failed.and_then(|entry| entry.error_message()).unwrap_or("no message").to_owned();
    Err(PortError::new("an event was not taken", NotTaken { code, message }))
}
