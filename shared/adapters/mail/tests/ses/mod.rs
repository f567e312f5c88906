//! A fake SES v2 that records requests and gives the configured answer.

use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_sesv2::config::retry::RetryConfig;
use aws_sdk_sesv2::config::timeout::TimeoutConfig;
use aws_sdk_sesv2::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_sesv2::{Client, Config};
use axum::Router;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// How every request is answered.
#[derive(Clone, Copy)]
pub(crate) enum Answer {
    Accepted,
    Failed { status: u16, kind: &'static str },
    Never,
}

/// The fake, on a port of its own.
pub(crate) struct Ses {
    url: String,
    received: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Ses {
    pub(crate) async fn start(answer: Answer) -> Self {
        let received = Arc::<Mutex<Vec<_>>>::default();
        let kept = Arc::clone(&received);
        let router = Router::new().fallback(async move |uri: Uri, body: String| {
            let body = serde_json::from_str(&body).expect("JSON");
            kept.lock().expect("no panic").push((uri.path().to_owned(), body));
            respond(answer).await
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, received }
    }

    /// Paths and bodies of the requests so far.
    pub(crate) fn received(&self) -> Vec<(String, Value)> {
        self.received.lock().expect("no panic").clone()
    }

    /// The SDK's client, which calls this fake once per mail.
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

async fn respond(answer: Answer) -> Response {
    match answer {
        Answer::Accepted => axum::Json(json!({ "MessageId": "1" })).into_response(),
        Answer::Failed { status, kind } => {
            let status = StatusCode::from_u16(status).expect("a status");
            let body = json!({ "message": "a failure that was asked for" });
            (status, [("x-amzn-errortype", kind)], axum::Json(body)).into_response()
        }
        Answer::Never => std::future::pending().await,
    }
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
