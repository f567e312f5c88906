//! Calls of the API whose answers may be lost, since the stack may be killed under them.

use std::sync::{Arc, Mutex};

use anyhow::Result;
use reqwest::RequestBuilder;
use serde_json::Value;

use super::latencies::Latencies;
use crate::http;
use crate::measure::now;
use crate::stack::Api;

/// A client of one stack.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) api: Api,
    pub(crate) latencies: Arc<Mutex<Latencies>>,
}

impl Client {
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
}
