//! A proxy in front of the engine that adds up the capacity that calls consume. It also stands in for KMS, SES and
//! EventBridge, and counts the calls of them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use anyhow::Result;
use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::IntoResponse as _;
use serde::Serialize;
use serde_json::{Value, json};

use crate::http::{client, forward, serve};

/// What calls consumed, in DynamoDB's units.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Consumed {
    /// Read request units.
    pub read: f64,
    /// Write request units, those of transactions counted twice as they are charged.
    pub write: f64,
    /// Calls by their names, and the entries of `PutEvents` beside them.
    pub calls: BTreeMap<String, i32>,
    /// Bytes of the bodies of DynamoDB's requests and answers.
    bytes: i64,
}

/// DynamoDB's calls among those that are counted.
const STORE_CALLS: [&str; 7] =
    ["BatchGetItem", "GetItem", "PutItem", "Query", "Scan", "TransactWriteItems", "UpdateItem"];

impl Consumed {
    /// Adds the other this many times; -1 subtracts it.
    pub(crate) fn plus(mut self, other: &Self, times: i32) -> Self {
        self.read += other.read * f64::from(times);
        self.write += other.write * f64::from(times);
        for (name, count) in &other.calls {
            *self.calls.entry(name.clone()).or_default() += count * times;
        }
        self.calls.retain(|_, count| *count != 0);
        self.bytes += other.bytes * i64::from(times);
        self
    }

    /// Kilobytes of the bodies of DynamoDB's requests and answers.
    #[must_use]
    pub fn kilobytes(&self) -> f64 {
        self.bytes as f64 / 1_000.0
    }

    /// Calls of DynamoDB.
    #[must_use]
    pub fn store_calls(&self) -> i32 {
        STORE_CALLS.iter().filter_map(|name| self.calls.get(*name)).sum()
    }
}

pub(crate) struct Meter {
    pub(crate) url: String,
    consumed: Arc<Mutex<Consumed>>,
}

impl Meter {
    /// A proxy in front of the engine at this address.
    pub(crate) async fn start(engine: &str) -> Result<Self> {
        let consumed = Arc::<Mutex<Consumed>>::default();
        let (http, engine, sum) = (client()?, engine.to_owned(), Arc::clone(&consumed));
        let pass = async move |uri: Uri, headers: HeaderMap, body: Bytes| match metered(
            &http,
            &engine,
            (uri, headers),
            &body,
            &sum,
        )
        .await
        {
            Ok(answer) => answer.into_response(),
            Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
        };
        Ok(Self { url: serve(Router::new().fallback(pass)).await?, consumed })
    }

    /// What has been consumed since the last call of this.
    pub(crate) fn take(&self) -> Consumed {
        self.consumed.lock().map(|mut consumed| std::mem::take(&mut *consumed)).unwrap_or_default()
    }
}

async fn metered(
    http: &reqwest::Client,
    engine: &str,
    (uri, headers): (Uri, HeaderMap),
    body: &[u8],
    consumed: &Mutex<Consumed>,
) -> Result<(StatusCode, HeaderMap, Bytes)> {
    let mut request: Value = serde_json::from_slice(body)?;
    let target = headers.get("x-amz-target").and_then(|value| value.to_str().ok()?.rsplit('.').next());
    let operation = target.unwrap_or(if uri.path().contains("emails") { "SendEmail" } else { "" }).to_owned();
    if let Some(answer) = stand_in(&operation, &request) {
        if let Ok(mut consumed) = consumed.lock() {
            *consumed.calls.entry(operation).or_default() += 1;
            let entries = request["Entries"].as_array().map_or(0, Vec::len);
            if entries > 0 {
                let sum = consumed.calls.entry("PutEvents entry".to_owned()).or_default();
                *sum += i32::try_from(entries)?;
            }
        }
        return Ok((StatusCode::OK, HeaderMap::new(), answer.to_string().into()));
    }
    request["ReturnConsumedCapacity"] = "TOTAL".into();
    let answer = forward(http, Method::POST, engine, headers, request.to_string()).await?;
    let units = units(&serde_json::from_slice(&answer.2)?);
    let bytes = i64::try_from(body.len() + answer.2.len())?;
    if let Ok(mut consumed) = consumed.lock() {
        match operation.as_str() {
            "GetItem" | "BatchGetItem" | "Query" | "Scan" => consumed.read += units,
            _ => consumed.write += units,
        }
        *consumed.calls.entry(operation).or_default() += 1;
        consumed.bytes += bytes;
    }
    Ok(answer)
}

/// What a service but DynamoDB answers. A ciphertext is the plaintext behind as many bytes as KMS adds.
fn stand_in(operation: &str, request: &Value) -> Option<Value> {
    // 150 bytes in base64
    let added = "A".repeat(200);
    let text = |name: &str| request[name].as_str().unwrap_or_default();
    Some(match operation {
        "Encrypt" => json!({"KeyId": request["KeyId"], "CiphertextBlob": added + text("Plaintext")}),
        "Decrypt" => {
            let blob = text("CiphertextBlob");
            json!({"KeyId": request["KeyId"], "Plaintext": blob.strip_prefix(&added).unwrap_or(blob)})
        }
        "SendEmail" => json!({"MessageId": "1"}),
        "PutEvents" => {
            let entries = request["Entries"].as_array().map_or(0, Vec::len);
            json!({"FailedEntryCount": 0, "Entries": vec![json!({"EventId": "1"}); entries]})
        }
        _ => return None,
    })
}

/// The units in an answer: of one table, or of several.
fn units(answer: &Value) -> f64 {
    match &answer["ConsumedCapacity"] {
        Value::Array(tables) => tables.iter().filter_map(|table| table["CapacityUnits"].as_f64()).sum(),
        table => table["CapacityUnits"].as_f64().unwrap_or_default(),
    }
}
