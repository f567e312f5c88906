//! EventBridge's `PutEvents`: entries are judged one by one, and the good ones of a call are kept although
//! others of it are refused.

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, Response, StatusCode},
    routing::post,
};
use keyturn_application::Clock;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    answer::{Protocol, Refusal, answer},
    faults::Faults,
};
use crate::{files::journal::Journal, id, time};

/// A call takes at most so many entries.
const MOST_ENTRIES: usize = 10;

/// The entries of a call may have so many bytes altogether.
const MOST_BYTES: usize = 256 * 1024;

/// An event that was accepted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) at: String,
    pub(crate) source: String,
    pub(crate) detail_type: String,
    pub(crate) detail: Value,
    pub(crate) bus: String,
}

/// The service: takes events into a journal.
pub(crate) struct EventBridge {
    pub(crate) events: Arc<Journal<Event>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) faults: Arc<Faults>,
}

#[derive(Debug, Deserialize)]
struct PutEvents {
    #[serde(rename = "Entries")]
    entries: Vec<Entry>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Entry {
    source: Option<String>,
    detail_type: Option<String>,
    detail: Option<String>,
    event_bus_name: Option<String>,
}

/// The service's only route.
pub(crate) fn router(eventbridge: EventBridge) -> Router {
    Router::new().route("/", post(put)).with_state(Arc::new(eventbridge))
}

async fn put(State(service): State<Arc<EventBridge>>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let target = headers.get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let outcome = match target {
        "AWSEvents.PutEvents" => service.accept(&body),
        other => Err(Refusal::bad_request("UnknownOperationException", format!("not known here: {other}"))),
    };
    answer(Protocol::AwsJson, outcome)
}

impl EventBridge {
    fn accept(&self, body: &[u8]) -> Result<Value, Refusal> {
        if self.faults.eventbridge.strikes() {
            return Err(internal("a failure that was asked for"));
        }
        let request: PutEvents = serde_json::from_slice(body)
            .map_err(|error| Refusal::bad_request("SerializationException", error.to_string()))?;
        check_size(&request.entries)?;
        let at = time::text(self.clock.now());
        let outcomes: Vec<_> = request.entries.into_iter().map(|entry| event(entry, &at)).collect();
        let accepted: Vec<Event> = outcomes.iter().flatten().cloned().collect();
        self.events.append(&accepted).map_err(|error| {
            tracing::error!(%error, "events could not be kept");
            internal("the events could not be kept")
        })?;
        let entries: Vec<Value> = outcomes
            .iter()
            .map(|outcome| match outcome {
                Ok(event) => json!({ "EventId": event.id }),
                Err((code, message)) => json!({ "ErrorCode": code, "ErrorMessage": message }),
            })
            .collect();
        Ok(json!({ "FailedEntryCount": entries.len() - accepted.len(), "Entries": entries }))
    }
}

fn check_size(entries: &[Entry]) -> Result<(), Refusal> {
    if entries.is_empty() || entries.len() > MOST_ENTRIES {
        let message = format!("Entries must have 1 to {MOST_ENTRIES} members, but has {}", entries.len());
        return Err(Refusal::bad_request("ValidationException", message));
    }
    let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let bytes: usize =
        entries.iter().map(|e| length(&e.source) + length(&e.detail_type) + length(&e.detail)).sum();
    if bytes > MOST_BYTES {
        return Err(Refusal::bad_request(
            "ValidationException",
            "Total size of the entries in the request is over the limit.",
        ));
    }
    Ok(())
}

/// The accepted event, or an error code with its message.
fn event(entry: Entry, at: &str) -> Result<Event, (&'static str, String)> {
    let required = |value: Option<String>, name: &str| {
        value.filter(|value| !value.is_empty()).ok_or_else(|| {
            (
                "InvalidArgument",
                format!("Parameter {name} is not valid. Reason: {name} is a required argument."),
            )
        })
    };
    let source = required(entry.source, "Source")?;
    let detail_type = required(entry.detail_type, "DetailType")?;
    let detail = required(entry.detail, "Detail")?;
    if source.starts_with("aws.") {
        return Err(("NotAuthorizedForSourceException", "Not authorized for the source.".to_owned()));
    }
    let detail = serde_json::from_str::<Value>(&detail).ok().filter(Value::is_object);
    Ok(Event {
        id: id::new(),
        at: at.to_owned(),
        source,
        detail_type,
        detail: detail.ok_or_else(|| ("MalformedDetail", "Detail is malformed.".to_owned()))?,
        bus: entry.event_bus_name.unwrap_or_else(|| "default".to_owned()),
    })
}

fn internal(message: &str) -> Refusal {
    Refusal {
        status: StatusCode::INTERNAL_SERVER_ERROR,
        kind: "InternalException",
        message: message.to_owned(),
    }
}
