//! Calls of the API that may be lost on the way.

use std::sync::{Arc, Mutex};

use anyhow::{Context, Result};
use reqwest::Method;
use serde_json::Value;

use crate::latency::Latencies;

/// What became of a call.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// An answer.
    Answered(u16, Value),
    /// No answer: nobody knows whether it was done.
    Lost,
}

/// Calls one stack.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    api: String,
    latencies: Arc<Mutex<Latencies>>,
}

/// A call.
#[derive(Clone, Debug)]
pub(crate) struct Call<'a> {
    /// The operation, for the table of latencies.
    pub(crate) name: &'static str,
    pub(crate) method: Method,
    pub(crate) path: String,
    /// The caller's token string.
    pub(crate) token: &'a str,
    pub(crate) body: Option<Value>,
    pub(crate) idempotency_key: Option<String>,
}

impl Client {
    pub(crate) fn new(api: &str, latencies: &Arc<Mutex<Latencies>>) -> Result<Self> {
        let http = reqwest::Client::builder().no_proxy().build().context("no HTTP client")?;
        Ok(Self { http, api: api.to_owned(), latencies: Arc::clone(latencies) })
    }

    /// Makes a call.
    pub(crate) async fn call(&self, call: Call<'_>) -> Outcome {
        let mut request =
            self.http.request(call.method, format!("{}{}", self.api, call.path)).bearer_auth(call.token);
        if let Some(body) = &call.body {
            request = request.json(body);
        }
        if let Some(key) = &call.idempotency_key {
            request = request.header("Idempotency-Key", key);
        }
        #[expect(clippy::disallowed_methods, reason = "measures")]
        let started = std::time::Instant::now();
        let Ok(response) = request.send().await else { return Outcome::Lost };
        let status = response.status().as_u16();
        let Ok(body) = response.bytes().await else { return Outcome::Lost };
        let taken = started.elapsed();
        if let Ok(mut latencies) = self.latencies.lock() {
            latencies.note(call.name, status, taken);
        }
        Outcome::Answered(status, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    /// Asks the stack itself, which must answer.
    pub(crate) async fn local(&self, method: Method, path: &str, body: &Value) -> Result<Value> {
        let request = self.http.request(method, format!("{}{path}", self.api)).json(body);
        let response = request.header("Accept", "application/json").send().await?.error_for_status()?;
        Ok(response.json().await?)
    }
}
