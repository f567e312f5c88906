//! HTTP on this machine: calls, small servers, and a callback receiver.

use anyhow::{Context as _, Result, ensure};
use axum::Router;
use axum::body::Bytes;
use axum::http::header::{CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use axum::http::{HeaderMap, Method, StatusCode};
use reqwest::RequestBuilder;
use serde_json::Value;
use tokio::net::TcpListener;

/// A client that ignores proxies.
pub fn client() -> Result<reqwest::Client> {
    // The receiver's features of reqwest require a TLS provider for every client. It may be installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().context("no HTTP client")
}

/// The answer to a call.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as JSON; as a string if it isn't JSON.
    pub body: Value,
}

/// Sends a request and reads the whole answer. An error means that there was none.
pub async fn send(request: RequestBuilder) -> Result<Answer> {
    let response = request.send().await?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await?;
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Ok(Answer { status, headers, body })
}

impl Answer {
    /// The body of an answer with this status.
    ///
    /// # Errors
    /// If it has another status. Of the body, the error has only the text of a problem.
    pub fn expect(self, status: u16) -> Result<Value> {
        let Self { status: actual, body, .. } = self;
        ensure!(actual == status, "answered with {actual} instead of {status}: {}", body["detail"]);
        Ok(body)
    }
}

/// A text in an answer.
pub fn text<'a>(body: &'a Value, field: &str) -> Result<&'a str> {
    body[field].as_str().with_context(|| format!("an answer without {field:?}"))
}

/// Serves a router on a free port until the runtime ends; its address.
pub async fn serve(router: Router) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

/// Starts a callback receiver; its callback URL. It answers 204 to what `accept` takes, 400 to the rest.
pub async fn receive_callbacks(
    accept: impl Fn(HeaderMap, Value) -> bool + Clone + Send + Sync + 'static,
) -> Result<String> {
    let receive = async move |headers: HeaderMap, body: Bytes| {
        let accepted = serde_json::from_slice(&body).is_ok_and(|body| accept(headers, body));
        if accepted { StatusCode::NO_CONTENT } else { StatusCode::BAD_REQUEST }
    };
    Ok(format!("{}/renewals", serve(Router::new().fallback(receive)).await?))
}

/// Forwards a request to another server; returns its answer.
pub async fn forward(
    http: &reqwest::Client,
    method: Method,
    url: &str,
    headers: HeaderMap,
    body: impl Into<reqwest::Body>,
) -> Result<(StatusCode, HeaderMap, Bytes)> {
    let request = http.request(method, url).headers(end_to_end(headers)).body(body);
    let answer = request.send().await?;
    Ok((answer.status(), end_to_end(answer.headers().clone()), answer.bytes().await?))
}

/// Without the headers that are about one connection or one message.
fn end_to_end(mut headers: HeaderMap) -> HeaderMap {
    for name in [HOST, CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING] {
        headers.remove(name);
    }
    headers
}
