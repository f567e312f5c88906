//! A receiver of callbacks that keeps the request tokens for the workers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use anyhow::Result;
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Json, Router};
use serde_json::Value;
use tokio::net::TcpListener;

/// A running receiver: the last request token of each token.
#[derive(Clone)]
pub(crate) struct Receiver {
    pub(crate) url: String,
    keys: Arc<Mutex<HashMap<String, String>>>,
}

impl Receiver {
    pub(crate) async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/renewals", listener.local_addr()?);
        let receiver = Self { url, keys: Arc::default() };
        let app = Router::new().fallback(receive).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(receiver)
    }

    /// The request token that came last for a token.
    pub(crate) fn key(&self, token_id: &str) -> Option<String> {
        self.keys.lock().ok()?.get(token_id).cloned()
    }
}

async fn receive(State(receiver): State<Receiver>, Json(body): Json<Value>) -> StatusCode {
    let text = |field: &str| body["data"][field].as_str().map(str::to_owned);
    match (text("tokenId"), text("requestToken"), receiver.keys.lock()) {
        (Some(id), Some(key), Ok(mut keys)) => {
            keys.insert(id, key);
            StatusCode::NO_CONTENT
        }
        _ => StatusCode::BAD_REQUEST,
    }
}
