//! Calls of the API whose answers may be lost, because the stack may be killed at any time.

use std::sync::{Arc, Mutex};

use anyhow::Result;
use reqwest::RequestBuilder;
use serde_json::Value;

use super::latencies::Latencies;
use crate::http;
use crate::measure::now;
use crate::stack::Api;

#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) api: Api,
    pub(crate) latencies: Arc<Mutex<Latencies>>,
}

impl Client {
    /// Sends a request; returns the body of the answer, which must have this status, or `None` if there was no answer: then it
    /// is unknown whether the request took effect. `operation` is its line in the table of latencies.
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
            latencies.record(operation, answer.status, taken);
        }
        answer.expect(status).map(Some)
    }
}
