//! A proxy before the engine that asks each call what it consumed, whoever makes it, and adds it up.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use anyhow::Result;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use serde::Serialize;
use serde_json::Value;
use tokio::net::TcpListener;

/// What calls consumed, in DynamoDB's units.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Consumed {
    /// Read request units.
    pub read: f64,
    /// Write request units, those of transactions counted twice as they are charged.
    pub write: f64,
    /// Calls by their names.
    pub calls: BTreeMap<String, u32>,
}

impl Consumed {
    /// What is left without the other.
    #[must_use]
    pub fn less(mut self, other: &Self) -> Self {
        self.read -= other.read;
        self.write -= other.write;
        for (name, count) in &other.calls {
            if let Some(own) = self.calls.get_mut(name) {
                *own -= count;
            }
        }
        self.calls.retain(|_, count| *count > 0);
        self
    }

    /// Both together.
    #[must_use]
    pub fn plus(mut self, other: &Self) -> Self {
        self.read += other.read;
        self.write += other.write;
        for (name, count) in &other.calls {
            *self.calls.entry(name.clone()).or_default() += count;
        }
        self
    }
}

/// The proxy.
pub struct Meter {
    url: String,
    consumed: Arc<Mutex<Consumed>>,
}

#[derive(Clone)]
struct Proxy {
    engine: String,
    http: reqwest::Client,
    consumed: Arc<Mutex<Consumed>>,
}

impl Meter {
    /// A proxy before the engine at this address.
    pub async fn start(engine: &str) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let consumed = Arc::<Mutex<Consumed>>::default();
        let proxy =
            Proxy { engine: engine.to_owned(), http: reqwest::Client::new(), consumed: consumed.clone() };
        let router = Router::new().fallback(pass_on).with_state(proxy);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { url, consumed })
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What has been consumed since the last time that somebody asked.
    pub fn take(&self) -> Consumed {
        self.consumed.lock().map(|mut consumed| std::mem::take(&mut *consumed)).unwrap_or_default()
    }
}

async fn pass_on(State(proxy): State<Proxy>, headers: HeaderMap, body: Bytes) -> impl IntoResponse {
    match proxy.ask(headers, &body).await {
        Ok((status, answer)) => (status, [("content-type", "application/x-amz-json-1.0")], answer),
        Err(error) => {
            (StatusCode::BAD_GATEWAY, [("content-type", "text/plain")], error.to_string().into_bytes().into())
        }
    }
}

impl Proxy {
    async fn ask(&self, headers: HeaderMap, body: &[u8]) -> Result<(StatusCode, Bytes)> {
        let mut request: Value = serde_json::from_slice(body)?;
        request["ReturnConsumedCapacity"] = "TOTAL".into();
        let call = headers.get("x-amz-target").and_then(|value| value.to_str().ok()?.rsplit('.').next());
        let call = call.unwrap_or_default().to_owned();
        let forwarded = ["authorization", "x-amz-date", "x-amz-target", "content-type"];
        let mut onward = self.http.post(&self.engine).body(request.to_string());
        for name in forwarded {
            if let Some(value) = headers.get(name) {
                onward = onward.header(name, value);
            }
        }
        let answer = onward.send().await?;
        let (status, body) = (answer.status(), answer.bytes().await?);
        self.note(&call, &serde_json::from_slice(&body)?);
        Ok((status, body))
    }

    fn note(&self, call: &str, answer: &Value) {
        let units: f64 = match &answer["ConsumedCapacity"] {
            Value::Array(tables) => tables.iter().filter_map(|table| table["CapacityUnits"].as_f64()).sum(),
            table => table["CapacityUnits"].as_f64().unwrap_or_default(),
        };
        let Ok(mut consumed) = self.consumed.lock() else { return };
        match call {
            "GetItem" | "BatchGetItem" | "Query" | "Scan" => consumed.read += units,
            _ => consumed.write += units,
        }
        *consumed.calls.entry(call.to_owned()).or_default() += 1;
    }
}
