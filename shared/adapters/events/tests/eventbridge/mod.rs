//! A fake EventBridge that records requests and sends the configured response.

use std::time::Duration;

use aws_sdk_eventbridge::config::retry::RetryConfig;
use aws_sdk_eventbridge::config::timeout::TimeoutConfig;
use aws_sdk_eventbridge::{Client, config};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

mod fake_service;

pub(crate) use fake_service::{FakeService, causes};

/// The response to every request.
#[derive(Clone, Copy)]
pub(crate) enum Answer {
    Taken,
    NotTaken,
    TakenBut { detail_type: &'static str },
    Failed { status: u16, kind: &'static str },
    Never,
}

pub(crate) async fn start(answer: Answer) -> FakeService {
    FakeService::start(move |request| match answer {
        Answer::Taken => Some(each(request, |_| true)),
        Answer::NotTaken => Some(each(request, |_| false)),
        Answer::TakenBut { detail_type } => Some(each(request, |event| event["DetailType"] != detail_type)),
        Answer::Failed { status, kind } => {
            let status = StatusCode::from_u16(status).expect("a status");
            let body = json!({ "__type": kind, "message": "a failure that a test asked for" });
            Some(json_response(status, &body))
        }
        Answer::Never => None,
    })
    .await
}

/// The SDK's client, without retries and with this time-out.
pub(crate) fn client(eventbridge: &FakeService, timeout: Duration) -> Client {
    let config = config::Builder::from(eventbridge.environment().sdk()).retry_config(RetryConfig::disabled());
    let timeout = TimeoutConfig::builder().operation_timeout(timeout).build();
    Client::from_conf(config.timeout_config(timeout).build())
}

/// Accepts the events that `takes` selects, and responds for each.
fn each(request: &Value, takes: impl Fn(&Value) -> bool) -> Response {
    let results = request["Entries"].as_array().expect("entries").iter().map(|event| match takes(event) {
        true => json!({ "EventId": "1" }),
        false => json!({ "ErrorCode": "ThrottlingException", "ErrorMessage": "Rate exceeded" }),
    });
    let results: Vec<_> = results.collect();
    let failed = results.iter().filter(|result| result["EventId"].is_null()).count();
    json_response(StatusCode::OK, &json!({ "FailedEntryCount": failed, "Entries": results }))
}

fn json_response(status: StatusCode, body: &Value) -> Response {
    (status, [("content-type", "application/x-amz-json-1.1")], body.to_string()).into_response()
}
