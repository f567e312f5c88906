//! Receives callbacks (Standard Webhooks): verifies, stores the request token, answers at once. The worker redeems it.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use axum::Router;
use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::post;
use serde_json::Value;
use standardwebhooks::{HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP, Webhook};
use subtle::ConstantTimeEq as _;
use tokio::net::TcpListener;

use crate::config::Source;
use crate::core::Request;
use crate::engine::{Agent, Worker, read_secret};
use crate::log::now;
use crate::secret::Secret;

/// A callback is far shorter.
const LONGEST: usize = 64 << 10;

/// How far the timestamp of a callback may be off, in seconds, as Standard Webhooks recommends.
const TOLERANCE: i64 = 300;

/// Kinds of callbacks that carry a request token.
const KNOWN: [&str; 2] = ["apiAccessToken.renewalRequested", "apiAccessToken.test"];

pub(crate) async fn serve(listener: TcpListener, router: Router) -> Result<()> {
    Ok(axum::serve(listener, router).await?)
}

/// One route for each token that is told by a callback.
pub(crate) fn router(agent: &Arc<Agent>) -> Result<Router> {
    let mut routes = BTreeMap::new();
    for worker in agent.workers.values() {
        if let Source::Listen { path, signing_secret } = &worker.token().source {
            let secret = read_secret(signing_secret)
                .with_context(|| format!("the signing secret of {}", worker.name()))?;
            let webhook = Webhook::new(secret.expose()).ok().context("the signing secret is malformed")?;
            routes.insert(path.clone(), Arc::new((Arc::clone(worker), webhook, Arc::clone(agent))));
        }
    }
    let mut router = Router::new();
    for (path, receiver) in routes {
        let receive = async move |headers: HeaderMap, body: Bytes| {
            let (worker, webhook, agent) = receiver.as_ref();
            // Also by the clock of Keyturn, as far as it is known: this machine's may be wrong.
            let mut clocks = [0, agent.keyturn.skew()].into_iter().map(|skew| now().timestamp() + skew);
            let is_signed = clocks.any(|time| verify(webhook, &headers, &body, time));
            let status = if is_signed { accept(worker, &body) } else { StatusCode::UNAUTHORIZED };
            // A connection that outlives a reload would still reach the old configuration.
            (status, [(header::CONNECTION, "close")])
        };
        router = router.route(&path, post(receive));
    }
    Ok(router.layer(DefaultBodyLimit::max(LONGEST)))
}

/// Whether the signing secret signed this body at about this time.
fn verify(webhook: &Webhook, headers: &HeaderMap, body: &[u8], now: i64) -> bool {
    let value = |name: &str| headers.get(name).and_then(|it| it.to_str().ok());
    let Some((id, timestamp)) = value(HEADER_WEBHOOK_ID).zip(value(HEADER_WEBHOOK_TIMESTAMP)) else {
        return false;
    };
    let Some(timestamp) = timestamp.parse::<i64>().ok().filter(|at| now.abs_diff(*at) <= TOLERANCE as u64)
    else {
        return false;
    };
    let (Ok(expected), Some(given)) = (webhook.sign(id, timestamp, body), value(HEADER_WEBHOOK_SIGNATURE))
    else {
        return false;
    };
    given.split(' ').any(|signature| signature.as_bytes().ct_eq(expected.as_bytes()).into())
}

/// Stores the request token before the answer: Keyturn sends it again only after another answer.
fn accept(worker: &Worker, body: &[u8]) -> StatusCode {
    let Ok(message) = serde_json::from_slice::<Value>(body) else { return StatusCode::BAD_REQUEST };
    if !message["type"].as_str().is_some_and(|kind| KNOWN.contains(&kind)) {
        return StatusCode::NO_CONTENT;
    }
    let data = &message["data"];
    let (Some(string), Some(token_id)) = (data["requestToken"].as_str(), data["tokenId"].as_str()) else {
        return StatusCode::BAD_REQUEST;
    };
    let redeem_by = data["redeemBy"].as_str().and_then(|time| time.parse().ok());
    let request =
        Request { string: Secret::new(string.to_owned()), token_id: token_id.to_owned(), redeem_by };
    match worker.receive(request) {
        Ok(()) => StatusCode::NO_CONTENT,
        Err(error) => {
            tracing::error!(token = worker.name(), "a callback could not be stored: {error}");
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verifies_signature_and_time() {
        let webhook = Webhook::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature = webhook.sign("msg", 1_000, b"{}").unwrap();
        let headers = |signature: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(HEADER_WEBHOOK_ID, "msg".parse().unwrap());
            headers.insert(HEADER_WEBHOOK_TIMESTAMP, "1000".parse().unwrap());
            headers.insert(HEADER_WEBHOOK_SIGNATURE, signature.parse().unwrap());
            headers
        };
        // While a secret is being rotated, both sign.
        let both = headers(&format!("v1,AAAA {signature}"));
        assert!(verify(&webhook, &both, b"{}", 1_300) && verify(&webhook, &both, b"{}", 700));
        assert!(!verify(&webhook, &both, b"{} ", 1_000), "another body");
        assert!(!verify(&webhook, &both, b"{}", 1_301), "too old");
        assert!(!verify(&webhook, &headers("v1,AAAA"), b"{}", 1_000));
        assert!(!verify(&webhook, &HeaderMap::new(), b"{}", 1_000));
    }
}
