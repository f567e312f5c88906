//! EventBridge's `PutEvents`: each entry of a call is accepted or refused on its own.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Fakes, Refusal, respond};
use crate::id;
use crate::time::format_time;

/// Entries that a call may have.
const MAX_ENTRIES: usize = 10;

/// Bytes that the entries of a call may have in total:
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-putevent-size>.
const MAX_BYTES: usize = 256 * 1024;

/// Bytes that an entry's time counts as.
const TIME_BYTES: usize = 14;

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

pub(crate) fn router(fakes: Arc<Fakes>) -> Router {
    let put = async |State(fakes): State<Arc<Fakes>>, headers: HeaderMap, body: Bytes| {
        respond(match headers.get("x-amz-target").map(|target| target.as_bytes()) {
            Some(b"AWSEvents.PutEvents") => fakes.put(&body),
            _ => Err(Refusal::bad_request("UnknownOperationException", "this fake has only PutEvents")),
        })
    };
    Router::new().route("/", post(put)).with_state(fakes)
}

impl Fakes {
    fn put(&self, body: &[u8]) -> Result<Value, Refusal> {
        if self.faults.eventbridge.applies() {
            return Err(Refusal::internal("InternalException", "a failure that a test asked for"));
        }
        let request: Value = serde_json::from_slice(body)
            .map_err(|error| Refusal::bad_request("SerializationException", error.to_string()))?;
        let entries = request["Entries"].as_array().map(Vec::as_slice).unwrap_or_default();
        check_size(entries)?;
        let at = format_time(self.clock.now());
        let outcomes: Vec<_> = entries.iter().map(|entry| event(entry, &at)).collect();
        let accepted: Vec<Event> = outcomes.iter().flatten().cloned().collect();
        self.events.append(&accepted).map_err(|error| {
            tracing::error!(%error, "events were not saved");
            Refusal::internal("InternalException", "the events were not saved")
        })?;
        let result = |outcome: &Result<Event, (&str, String)>| match outcome {
            Ok(event) => json!({ "EventId": event.id }),
            Err((code, message)) => json!({ "ErrorCode": code, "ErrorMessage": message }),
        };
        let results: Vec<Value> = outcomes.iter().map(result).collect();
        Ok(json!({ "FailedEntryCount": results.len() - accepted.len(), "Entries": results }))
    }
}

fn check_size(entries: &[Value]) -> Result<(), Refusal> {
    let refused = |message: String| Err(Refusal::bad_request("ValidationException", message));
    if entries.is_empty() || entries.len() > MAX_ENTRIES {
        return refused(format!("Entries must have 1 to {MAX_ENTRIES} members, but has {}", entries.len()));
    }
    let length = |text: &Value| text.as_str().map_or(0, str::len);
    let bytes = |entry: &Value| {
        let texts = ["Source", "DetailType", "Detail"].map(|name| length(&entry[name]));
        texts.iter().sum::<usize>() + if entry["Time"].is_null() { 0 } else { TIME_BYTES }
    };
    if entries.iter().map(bytes).sum::<usize>() > MAX_BYTES {
        return refused("Total size of the entries in the request is over the limit.".to_owned());
    }
    Ok(())
}

/// The accepted event, or an error code with its message.
fn event(entry: &Value, at: &str) -> Result<Event, (&'static str, String)> {
    let required = |name: &str| {
        let value = entry[name].as_str().filter(|value| !value.is_empty());
        let missing = || format!("Parameter {name} is not valid. Reason: {name} is a required argument.");
        value.map(str::to_owned).ok_or_else(|| ("InvalidArgument", missing()))
    };
    let (source, detail_type, detail) = (required("Source")?, required("DetailType")?, required("Detail")?);
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
        bus: entry["EventBusName"].as_str().unwrap_or("default").to_owned(),
    })
}
