//! Calls of the API whose answers may be lost, since the stack may be killed under them.

use std::sync::{Arc, Mutex};

use anyhow::{Context as _, Result};
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use super::latencies::Latencies;
use crate::http;
use crate::measure::now;

/// A client of one stack.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    address: String,
    latencies: Arc<Mutex<Latencies>>,
}

impl Client {
    pub(crate) fn new(address: &str, latencies: &Arc<Mutex<Latencies>>) -> Result<Self> {
        Ok(Self { http: http::client()?, address: address.to_owned(), latencies: Arc::clone(latencies) })
    }

    /// A request to a path, by the holder of a token string.
    pub(crate) fn request(&self, method: Method, path: &str, token: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.address)).bearer_auth(token)
    }

    /// Sends a request. The body of an answer with this status; nothing if there was no answer, and nobody knows whether the
    /// request was done. `operation` is its line in the table of latencies.
    pub(crate) async fn send(
        &self,
        operation: &'static str,
        request: RequestBuilder,
        status: u16,
    ) -> Result<Option<Value>> {
        let started = now();
        let Ok(answer) = http::send(request).await else { return Ok(None) };
        let taken = started.elapsed();
        if let Ok(mut latencies) = self.latencies.lock() {
            latencies.note(operation, answer.status, taken);
        }
        answer.expect(status).map(Some)
    }

    /// Calls one of the stack's own paths, which must answer.
    pub(crate) async fn local(&self, method: Method, path: &str, body: &Value) -> Result<Value> {
        let request = self.http.request(method, format!("{}{path}", self.address)).json(body);
        let answer = http::send(request.header("Accept", "application/json")).await?;
        answer.expect(200).with_context(|| path.to_owned())
    }
}
