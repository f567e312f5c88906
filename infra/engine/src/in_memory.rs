//! An HTTP client of the AWS SDK that calls the engine in this process instead of through a socket.
//!
//! It is passed to the functions in the SDK's own configuration, so they don't know of it. It serves the calls of the
//! DynamoDB API that functions make; everything else goes to the SDK's usual client: calls of other services, and requests
//! that the engine can't read, for which its server has the exact error.

use std::fmt;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use dynoxide::{Database, DynoxideError};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Prefix of the operation in the header `x-amz-target`.
const TARGET: &str = "DynamoDB_20120810.";

/// The engine as an HTTP client.
#[derive(Clone)]
pub struct InMemoryClient {
    database: Database,
    other: SharedHttpClient,
}

impl InMemoryClient {
    /// A client that calls this engine, and anything else through the other client.
    #[must_use]
    pub const fn new(database: Database, other: SharedHttpClient) -> Self {
        Self { database, other }
    }
}

impl fmt::Debug for InMemoryClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InMemoryClient")
    }
}

impl HttpClient for InMemoryClient {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let other = self.other.http_connector(settings, components);
        SharedHttpConnector::new(InMemoryConnector { database: self.database.clone(), other })
    }
}

struct InMemoryConnector {
    database: Database,
    other: SharedHttpConnector,
}

impl fmt::Debug for InMemoryConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InMemoryConnector")
    }
}

impl HttpConnector for InMemoryConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let operation = request.headers().get("x-amz-target").and_then(|target| target.strip_prefix(TARGET));
        let answer = operation.and_then(|it| answer(&self.database, it, request.body().bytes()?));
        match answer {
            Some(answer) => HttpConnectorFuture::ready(Ok(answer)),
            None => self.other.call(request),
        }
    }
}

/// The engine's answer, unless it is one that only its server gives.
fn answer(database: &Database, operation: &str, body: &[u8]) -> Option<HttpResponse> {
    match operation {
        "BatchGetItem" => call(body, |request| database.batch_get_item(request)),
        "BatchWriteItem" => call(body, |request| database.batch_write_item(request)),
        "GetItem" => call(body, |request| database.get_item(request)),
        "PutItem" => call(body, |request| database.put_item(request)),
        "Query" => call(body, |request| database.query(request)),
        "TransactWriteItems" => call(body, |request| database.transact_write_items(request)),
        "UpdateItem" => call(body, |request| database.update_item(request)),
        _ => None,
    }
}

fn call<Request: DeserializeOwned, Answer: Serialize>(
    body: &[u8],
    run: impl FnOnce(Request) -> Result<Answer, DynoxideError>,
) -> Option<HttpResponse> {
    let (status, body) = match run(serde_json::from_slice(body).ok()?) {
        Ok(answer) => (200, serde_json::to_vec(&answer).ok()?),
        Err(error) => (error.status_code(), error.to_json().into_bytes()),
    };
    let mut response = HttpResponse::new(StatusCode::try_from(status).ok()?, SdkBody::from(body));
    response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
    Some(response)
}
