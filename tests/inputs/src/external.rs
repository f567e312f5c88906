//! The services that the functions call besides DynamoDB: SES and EventBridge, which accept everything, and the callback
//! receiver.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// One server for all three; keeps the request tokens of callbacks.
#[derive(Clone, Default)]
pub(crate) struct ExternalServices(Arc<Mutex<Vec<String>>>);

impl ExternalServices {
    pub(crate) async fn start() -> (Self, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let services = Self::default();
        let router = Router::new().fallback(respond).with_state(services.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (services, address)
    }

    pub(crate) fn last_request_token(&self) -> String {
        let received = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        received.last().cloned().expect("a callback was received")
    }
}

async fn respond(State(services): State<ExternalServices>, headers: HeaderMap, body: Bytes) -> Response {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    if headers.contains_key("webhook-id") {
        let request_token = body["data"]["requestToken"].as_str().unwrap_or_default().to_owned();
        services.0.lock().unwrap_or_else(PoisonError::into_inner).push(request_token);
        return StatusCode::NO_CONTENT.into_response();
    }
    let published = body["Entries"].as_array().map_or(0, Vec::len);
    let entries = vec![json!({"EventId": "1"}); published];
    json!({"MessageId": "1", "FailedEntryCount": 0, "Entries": entries}).to_string().into_response()
}
