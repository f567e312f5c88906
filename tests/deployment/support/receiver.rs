//! A partner's callback receiver.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde_json::Value;
use tokio::net::TcpListener;

/// A callback as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Callback {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

/// A running receiver that answers 204.
pub(crate) struct Receiver {
    pub(crate) url: String,
    received: Arc<Mutex<Vec<Callback>>>,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/renewals", listener.local_addr().unwrap());
        let received = Arc::default();
        let app = Router::new().fallback(receive).with_state(Arc::clone(&received));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, received }
    }

    /// All callbacks of a type so far.
    pub(crate) fn received(&self, kind: &str) -> Vec<Callback> {
        let all = self.received.lock().unwrap();
        all.iter().filter(|callback| callback.body["type"] == kind).cloned().collect()
    }
}

async fn receive(
    State(received): State<Arc<Mutex<Vec<Callback>>>>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let body = serde_json::from_slice(&body).unwrap();
    received.lock().unwrap().push(Callback { headers, body });
    StatusCode::NO_CONTENT
}
