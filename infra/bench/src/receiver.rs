//! A partner's callback receiver: hands each request token on and answers 204.

use anyhow::Result;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// A running receiver.
pub struct Receiver {
    /// Its address.
    pub url: String,
    /// The request tokens, as they come.
    pub request_tokens: UnboundedReceiver<String>,
}

impl Receiver {
    /// Starts on a free port.
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/renewals", listener.local_addr()?);
        let (sender, request_tokens) = unbounded_channel();
        let router = Router::new().fallback(receive).with_state(sender);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { url, request_tokens })
    }
}

async fn receive(State(tokens): State<UnboundedSender<String>>, body: Bytes) -> StatusCode {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    match body["data"]["requestToken"].as_str() {
        Some(token) if tokens.send(token.to_owned()).is_ok() => StatusCode::NO_CONTENT,
        _ => StatusCode::BAD_REQUEST,
    }
}
