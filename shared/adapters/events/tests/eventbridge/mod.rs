//! A fake EventBridge that records requests and gives the configured answer.

use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_eventbridge::config::retry::RetryConfig;
use aws_sdk_eventbridge::config::timeout::TimeoutConfig;
use aws_sdk_eventbridge::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_eventbridge::{Client, Config};
use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// How every request is answered.
#[derive(Clone, Copy)]
pub(crate) enum Answer {
    Taken,
    NotTaken,
    TakenBut { detail_type: &'static str },
    Failed { status: u16, kind: &'static str },
    Never,
}

/// The fake, on a port of its own.
pub(crate) struct EventBridge {
    url: String,
    received: Arc<Mutex<Vec<(String, Value)>>>,
}

impl EventBridge {
    pub(crate) async fn start(answer: Answer) -> Self {
        let received = Arc::<Mutex<Vec<_>>>::default();
        let kept = Arc::clone(&received);
        let router = Router::new().fallback(async move |headers: HeaderMap, body: String| {
            let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok());
            let body: Value = serde_json::from_str(&body).expect("JSON");
            kept.lock().expect("no panic").push((target.unwrap_or_default().to_owned(), body.clone()));
            respond(answer, &body).await
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, received }
    }

    /// Targets and bodies of the requests so far.
    pub(crate) fn received(&self) -> Vec<(String, Value)> {
        self.received.lock().expect("no panic").clone()
    }

    /// The SDK's client, which calls this fake without retries.
    pub(crate) fn client(&self) -> Client {
        self.client_with_timeout(Duration::from_secs(10))
    }

    /// The same with this time-out.
    pub(crate) fn client_with_timeout(&self, timeout: Duration) -> Client {
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(&self.url)
            .region(Region::new("eu-central-1"))
            .credentials_provider(Credentials::new("id", "key", None, None, "test"))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::builder().operation_timeout(timeout).build())
            .build();
        Client::from_conf(config)
    }
}

async fn respond(answer: Answer, request: &Value) -> Response {
    match answer {
        Answer::Taken => each(request, |_| true),
        Answer::NotTaken => each(request, |_| false),
        Answer::TakenBut { detail_type } => each(request, |event| event["DetailType"] != detail_type),
        Answer::Failed { status, kind } => {
            let status = StatusCode::from_u16(status).expect("a status");
            json_answer(status, &json!({ "__type": kind, "message": "a failure that was asked for" }))
        }
        Answer::Never => std::future::pending().await,
    }
}

/// Accepts the events that `takes` selects, and answers for each.
fn each(request: &Value, takes: impl Fn(&Value) -> bool) -> Response {
    let results = request["Entries"].as_array().expect("entries").iter().map(|event| match takes(event) {
        true => json!({ "EventId": "1" }),
        false => json!({ "ErrorCode": "ThrottlingException", "ErrorMessage": "Rate exceeded" }),
    });
    let results: Vec<_> = results.collect();
    let failed = results.iter().filter(|result| result["EventId"].is_null()).count();
    json_answer(StatusCode::OK, &json!({ "FailedEntryCount": failed, "Entries": results }))
}

fn json_answer(status: StatusCode, body: &Value) -> Response {
    (status, [("content-type", "application/x-amz-json-1.1")], body.to_string()).into_response()
}

/// An error's causes, as the log shows them.
pub(crate) fn causes(error: &dyn Error) -> String {
    let mut chain = Vec::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        chain.push(error.to_string());
        cause = error.source();
    }
    chain.join(": ")
}
