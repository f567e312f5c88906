//! Stands between stack and receiver, in both directions: sees what passes, and can lose an answer.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::keyturn::client;

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

const CALLBACKS: &str = "/callbacks-of-the-rehearsal";
const REDEMPTION: &str = "/apiAccessTokens/requestRenewedToken";

/// What has passed so far.
#[derive(Clone, Default)]
pub(crate) struct Seen {
    /// Redemptions whose answer the receiver got.
    pub(crate) redeemed: usize,
    /// Redemptions whose answer was lost.
    pub(crate) lost: usize,
    /// Redemptions that were refused.
    pub(crate) refused: usize,
    /// The token that the last piece of work was done with.
    pub(crate) working_with: String,
    /// The last callback as it was sent.
    pub(crate) callback: (HeaderMap, Bytes),
    lose_next: bool,
    receiver: String,
}

#[derive(Clone)]
struct Passage {
    keyturn: String,
    http: reqwest::Client,
    seen: Arc<watch::Sender<Seen>>,
}

/// A running proxy.
pub(crate) struct Proxy {
    pub(crate) address: String,
    seen: Arc<watch::Sender<Seen>>,
}

impl Proxy {
    pub(crate) async fn start(keyturn: &str) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = format!("http://{}", listener.local_addr()?);
        let seen = Arc::new(watch::Sender::new(Seen::default()));
        let passage = Passage { keyturn: keyturn.to_owned(), http: client()?, seen: Arc::clone(&seen) };
        let app = Router::new().fallback(pass).with_state(passage);
        tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(Self { address, seen })
    }

    /// Where the stack sends callbacks.
    pub(crate) fn callback_url(&self) -> String {
        format!("{}{CALLBACKS}", self.address)
    }

    /// Where callbacks go from now on.
    pub(crate) fn send_callbacks_to(&self, receiver: &str) {
        self.seen.send_modify(|seen| receiver.clone_into(&mut seen.receiver));
    }

    /// The next redemption is done, and nobody hears of it.
    pub(crate) fn lose_next_redemption(&self) {
        self.seen.send_modify(|seen| seen.lose_next = true);
    }

    pub(crate) fn seen(&self) -> Seen {
        self.seen.borrow().clone()
    }

    /// Waits until it has been seen.
    pub(crate) async fn wait_for(&self, what: &str, seen: impl FnMut(&Seen) -> bool) -> Result<Seen> {
        let mut watched = self.seen.subscribe();
        let waited = timeout(PATIENCE, watched.wait_for(seen)).await;
        Ok(waited.with_context(|| format!("never seen: {what}"))??.clone())
    }
}

async fn pass(State(passage): State<Passage>, request: Request) -> Response {
    passage.forward(request).await.unwrap_or_else(|_| StatusCode::BAD_GATEWAY.into_response())
}

impl Passage {
    async fn forward(&self, request: Request) -> Result<Response> {
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await?;
        let path = parts.uri.path().to_owned();
        let target = if path == CALLBACKS {
            self.seen.send_modify(|seen| seen.callback = (parts.headers.clone(), body.clone()));
            self.seen.borrow().receiver.clone()
        } else {
            format!("{}{}", self.keyturn, parts.uri)
        };
        let (status, body) = self.send(parts.method, &target, parts.headers, body).await?;
        let mut lost = false;
        self.seen.send_modify(|seen| lost = seen.note(&path, status, &body));
        if lost {
            let cut = futures::stream::once(async { Err::<Bytes, _>(std::io::Error::other("lost")) });
            return Ok(Response::new(Body::from_stream(cut)));
        }
        Ok((status, body).into_response())
    }

    async fn send(
        &self,
        method: Method,
        target: &str,
        mut headers: HeaderMap,
        body: Bytes,
    ) -> Result<(StatusCode, Bytes)> {
        for name in [header::HOST, header::CONNECTION, header::CONTENT_LENGTH, header::TRANSFER_ENCODING] {
            headers.remove(name);
        }
        let answer = self.http.request(method, target).headers(headers).body(body).send().await?;
        Ok((answer.status(), answer.bytes().await?))
    }
}

impl Seen {
    /// Notes an answer, and says whether it gets lost.
    fn note(&mut self, path: &str, status: StatusCode, body: &[u8]) -> bool {
        match path {
            REDEMPTION if !status.is_success() => self.refused += 1,
            REDEMPTION if std::mem::take(&mut self.lose_next) => {
                self.lost += 1;
                return true;
            }
            REDEMPTION => self.redeemed += 1,
            "/apiAccessTokens/self" => {
                let body: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
                body["id"].as_str().unwrap_or_default().clone_into(&mut self.working_with);
            }
            _ => {}
        }
        false
    }
}
