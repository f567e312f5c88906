//! A proxy between stack and receiver, in both directions. Records requests and can drop an answer.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::http::{client, forward, serve};

/// Longer than any step takes on a busy machine.
const TIMEOUT: Duration = Duration::from_secs(60);

const CALLBACKS: &str = "/callbacks-of-the-rehearsal";
const REDEMPTION: &str = "/apiAccessTokens/requestRenewedToken";
const PULL: &str = "/apiAccessTokens/self/renew";

#[derive(Clone, Default)]
pub(crate) struct Seen {
    /// Redemptions whose answer reached the receiver.
    pub(crate) redeemed: usize,
    /// Redemptions whose answer was lost.
    pub(crate) lost: usize,
    pub(crate) refused: usize,
    /// The token of the last call.
    pub(crate) in_use: String,
    /// The last callback as it was sent.
    pub(crate) callback: (HeaderMap, Bytes),
    lose_next: bool,
    /// Of ten answers, this many get lost, spread evenly.
    lose_tenths: usize,
    /// Nothing is passed on.
    down: bool,
    receiver: String,
}

pub(crate) struct Proxy {
    pub(crate) address: String,
    seen: Arc<watch::Sender<Seen>>,
}

impl Proxy {
    pub(crate) async fn start(keyturn: &str) -> Result<Self> {
        let seen = Arc::new(watch::Sender::new(Seen::default()));
        let forwarder = Forwarder { keyturn: keyturn.to_owned(), http: client()?, seen: Arc::clone(&seen) };
        let pass = async move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
            let answer = forwarder.pass(method, &uri, headers, body).await;
            answer.unwrap_or_else(|_| StatusCode::BAD_GATEWAY.into_response())
        };
        Ok(Self { address: serve(Router::new().fallback(pass)).await?, seen })
    }

    pub(crate) fn callback_url(&self) -> String {
        format!("{}{CALLBACKS}", self.address)
    }

    /// From now on, callbacks are passed on to this receiver.
    pub(crate) fn send_callbacks_to(&self, receiver: &str) {
        self.seen.send_modify(|seen| receiver.clone_into(&mut seen.receiver));
    }

    /// Drops the answer of the next redemption or pull.
    pub(crate) fn lose_next_redemption(&self) {
        self.seen.send_modify(|seen| seen.lose_next = true);
    }

    /// Drops this many of ten answers to redemptions and pulls from now on.
    pub(crate) fn lose_tenths(&self, tenths: usize) {
        self.seen.send_modify(|seen| seen.lose_tenths = tenths);
    }

    /// Whether nothing is passed on from now on.
    pub(crate) fn is_down(&self, down: bool) {
        self.seen.send_modify(|seen| seen.down = down);
    }

    pub(crate) fn seen(&self) -> Seen {
        self.seen.borrow().clone()
    }

    /// Waits until it has been seen.
    pub(crate) async fn wait_for(&self, what: &str, seen: impl FnMut(&Seen) -> bool) -> Result<Seen> {
        let mut watched = self.seen.subscribe();
        let waited = timeout(TIMEOUT, watched.wait_for(seen)).await;
        Ok(waited.with_context(|| format!("never seen: {what}"))??.clone())
    }
}

#[derive(Clone)]
struct Forwarder {
    keyturn: String,
    http: reqwest::Client,
    seen: Arc<watch::Sender<Seen>>,
}

impl Forwarder {
    async fn pass(&self, method: Method, uri: &Uri, headers: HeaderMap, body: Bytes) -> Result<Response> {
        ensure!(!self.seen.borrow().down, "down");
        let target = if uri.path() == CALLBACKS {
            self.seen.send_modify(|seen| seen.callback = (headers.clone(), body.clone()));
            self.seen.borrow().receiver.clone()
        } else {
            format!("{}{uri}", self.keyturn)
        };
        let answer = forward(&self.http, method, &target, headers, body).await?;
        let mut lost = false;
        self.seen.send_modify(|seen| lost = seen.record(uri.path(), answer.0, &answer.2));
        if lost {
            let broken = futures::stream::once(async { Err::<Bytes, _>(std::io::Error::other("lost")) });
            return Ok(Response::new(Body::from_stream(broken)));
        }
        Ok(answer.into_response())
    }
}

impl Seen {
    /// Whether the next answer gets lost.
    fn loses(&mut self) -> bool {
        let answers = self.redeemed + self.lost;
        std::mem::take(&mut self.lose_next) || answers * 7 % 10 < self.lose_tenths
    }

    /// Records an answer; returns whether it gets lost.
    fn record(&mut self, path: &str, status: StatusCode, body: &[u8]) -> bool {
        match path {
            REDEMPTION | PULL if !status.is_success() => self.refused += 1,
            REDEMPTION | PULL if self.loses() => {
                self.lost += 1;
                return true;
            }
            REDEMPTION | PULL => self.redeemed += 1,
            "/apiAccessTokens/self" => {
                let body: Value = serde_json::from_slice(body).unwrap_or_default();
                body["id"].as_str().unwrap_or_default().clone_into(&mut self.in_use);
            }
            _ => {}
        }
        false
    }
}
