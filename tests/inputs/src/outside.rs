//! What the functions call besides DynamoDB: SES and EventBridge that take everything, and the receiver of callbacks.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// One server that is all of it; nobody asks it for anything that would tell the three apart.
#[derive(Clone, Default)]
pub(crate) struct Outside(Arc<Mutex<Vec<String>>>);

impl Outside {
    /// Listens for as long as the runtime lives.
    pub(crate) async fn start() -> (Self, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let outside = Self::default();
        let router = Router::new().fallback(answer).with_state(outside.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (outside, address)
    }

    /// The request token of the last callback.
    pub(crate) fn request_token(&self) -> String {
        let received = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        received.last().cloned().expect("a callback has arrived")
    }
}

async fn answer(State(outside): State<Outside>, headers: HeaderMap, body: Bytes) -> Response {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    if headers.contains_key("webhook-id") {
        let request_token = body["data"]["requestToken"].as_str().unwrap_or_default().to_owned();
        outside.0.lock().unwrap_or_else(PoisonError::into_inner).push(request_token);
        return StatusCode::NO_CONTENT.into_response();
    }
    let published = body["Entries"].as_array().map_or(0, Vec::len);
    let entries = vec![json!({"EventId": "1"}); published];
    json!({"MessageId": "1", "FailedEntryCount": 0, "Entries": entries}).to_string().into_response()
}
