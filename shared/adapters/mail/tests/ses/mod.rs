//! A fake SES v2 that records requests and sends the configured response.

use std::time::Duration;

use aws_sdk_sesv2::config::retry::RetryConfig;
use aws_sdk_sesv2::config::timeout::TimeoutConfig;
use aws_sdk_sesv2::{Client, config};
use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use serde_json::json;

#[path = "../../../events/tests/eventbridge/fake_service.rs"]
mod fake_service;

pub(crate) use fake_service::{FakeService, causes};

/// The response to every request.
#[derive(Clone, Copy)]
pub(crate) enum Answer {
    Accepted,
    Failed { status: u16, kind: &'static str },
    Never,
}

pub(crate) async fn start(answer: Answer) -> FakeService {
    FakeService::start(move |_| match answer {
        Answer::Accepted => Some(Json(json!({ "MessageId": "1" })).into_response()),
        Answer::Failed { status, kind } => {
            let status = StatusCode::from_u16(status).expect("a status");
            let body = json!({ "message": "a failure that a test asked for" });
            Some((status, [("x-amzn-errortype", kind)], Json(body)).into_response())
        }
        Answer::Never => None,
    })
    .await
}

/// The SDK's client, without retries and with this time-out.
pub(crate) fn client(ses: &FakeService, timeout: Duration) -> Client {
    let config = config::Builder::from(ses.environment().sdk()).retry_config(RetryConfig::disabled());
    let timeout = TimeoutConfig::builder().operation_timeout(timeout).build();
    Client::from_conf(config.timeout_config(timeout).build())
}
