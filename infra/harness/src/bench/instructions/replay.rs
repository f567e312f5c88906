//! An HTTP client of the AWS SDK that answers from memory: what remains of a function's time is its own and the SDK's.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;

type Answer = (StatusCode, Vec<u8>);

/// Passes calls on, records their answers, or repeats these.
#[derive(Clone)]
pub(super) struct ReplayClient {
    other: SharedHttpClient,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    mode: Mode,
    /// By the operation and its number among the calls of that operation.
    answers: HashMap<(String, usize), Answer>,
    calls: HashMap<String, usize>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Mode {
    /// Every call goes to the other client.
    #[default]
    Pass,
    /// Every call goes to the other client, whose answers are kept.
    Record,
    /// Every call gets the answer that was kept for the same call.
    Replay,
}

impl ReplayClient {
    pub(super) fn new(other: SharedHttpClient) -> Self {
        Self { other, state: Arc::default() }
    }

    /// Begins another repetition of the calls.
    pub(super) fn begin(&self, mode: Mode) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.mode = mode;
        state.calls.clear();
    }
}

impl fmt::Debug for ReplayClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReplayClient")
    }
}

impl HttpClient for ReplayClient {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let other = self.other.http_connector(settings, components);
        SharedHttpConnector::new(Connector { other, state: Arc::clone(&self.state) })
    }
}

struct Connector {
    other: SharedHttpConnector,
    state: Arc<Mutex<State>>,
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connector")
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let operation = request.headers().get("x-amz-target").unwrap_or_default().to_owned();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let number = state.calls.entry(operation.clone()).or_default();
        *number += 1;
        let key = (operation, *number);
        match state.mode {
            Mode::Replay => match state.answers.get(&key) {
                Some((status, body)) => HttpConnectorFuture::ready(Ok(response(*status, body.clone()))),
                None => self.other.call(request),
            },
            Mode::Pass => self.other.call(request),
            Mode::Record => {
                let (answer, state) = (self.other.call(request), Arc::clone(&self.state));
                HttpConnectorFuture::new(async move {
                    let response = answer.await?;
                    let (status, body) = (response.status(), response.body().bytes());
                    if let Some(body) = body {
                        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
                        state.answers.insert(key, (status, body.to_vec()));
                    }
                    Ok(response)
                })
            }
        }
    }
}

/// An answer of DynamoDB.
fn response(status: StatusCode, body: Vec<u8>) -> HttpResponse {
    let mut response = HttpResponse::new(status, SdkBody::from(body));
    response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
    response
}
