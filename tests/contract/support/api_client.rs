//! A client of the API, with or without a token, and the responses it gets.

use std::fmt::{Display, Formatter};
use std::net::IpAddr;

use chrono::{DateTime, Utc};
use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

const TOKENS: &str = "/apiAccessTokens";

/// Calls the API with one token, or without any.
#[derive(Clone)]
pub(crate) struct ApiClient {
    http: reqwest::Client,
    api: String,
    token: Option<String>,
    /// Headers of every request.
    headers: HeaderMap,
}

/// A response, with the request that led to it for the message of a failed assertion.
#[derive(Debug)]
pub(crate) struct ApiResponse {
    pub(crate) request: String,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl ApiClient {
    pub(crate) fn new(http: reqwest::Client, api: &str, token: Option<&str>) -> Self {
        Self { http, api: api.to_owned(), token: token.map(str::to_owned), headers: HeaderMap::new() }
    }

    /// The same client with these headers in every request.
    pub(crate) fn with_headers(self, headers: HeaderMap) -> Self {
        Self { headers, ..self }
    }

    /// The same client at another source address of this machine: 127.0.0.2, say.
    pub(crate) fn at(&self, host: u8) -> Self {
        let address = IpAddr::from([127, 0, 0, host]);
        let http = reqwest::Client::builder().no_proxy().local_address(address).build().unwrap();
        Self { http, ..self.clone() }
    }

    pub(crate) async fn get(&self, path: &str) -> ApiResponse {
        send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> ApiResponse {
        send(self.request(Method::POST, path).json(body)).await
    }

    /// Sends a request with one more header.
    pub(crate) async fn with_header(
        &self,
        method: Method,
        path: &str,
        (name, value): (&str, &str),
        body: &Value,
    ) -> ApiResponse {
        send(self.request(method, path).header(name, value).json(body)).await
    }

    /// Sends a body that need not be JSON.
    pub(crate) async fn post_raw(&self, path: &str, body: impl Into<reqwest::Body>) -> ApiResponse {
        send(self.request(Method::POST, path).body(body)).await
    }

    /// Sends a JSON text with these headers.
    pub(crate) async fn post_with_headers(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> ApiResponse {
        let request = self.request(Method::POST, path).header("Content-Type", "application/json").body(body);
        send(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))).await
    }

    /// Sends any request; a body comes with its content type.
    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<(&str, String)>) -> ApiResponse {
        let request = self.request(method, path);
        let request = match body {
            Some((content_type, body)) => request.header("Content-Type", content_type).body(body),
            None => request,
        };
        send(request).await
    }

    pub(crate) async fn create(&self, token: &Value) -> ApiResponse {
        self.post(TOKENS, token).await
    }

    /// Creates a token that must be accepted.
    pub(crate) async fn created(&self, token: &Value) -> ApiResponse {
        self.create(token).await.expect(201)
    }

    pub(crate) async fn token(&self, id: &str) -> ApiResponse {
        self.get(&format!("{TOKENS}/{id}")).await
    }

    pub(crate) async fn own_token(&self) -> ApiResponse {
        self.token("self").await
    }

    pub(crate) async fn edit(&self, id: &str, patch: &Value) -> ApiResponse {
        send(self.request(Method::PATCH, &format!("{TOKENS}/{id}")).json(patch)).await
    }

    pub(crate) async fn renew(&self, id: &str, renewal: &Value) -> ApiResponse {
        self.post(&format!("{TOKENS}/{id}/renew"), renewal).await
    }

    pub(crate) async fn copy(&self, id: &str) -> ApiResponse {
        self.get(&format!("{TOKENS}/{id}/token")).await
    }

    pub(crate) async fn activities(&self, id: &str) -> ApiResponse {
        self.get(&format!("{TOKENS}/{id}/activities")).await
    }

    pub(crate) async fn deactivate(&self, id: &str) -> ApiResponse {
        self.act(id, "deactivate").await
    }

    pub(crate) async fn start_renewal(&self, id: &str) -> ApiResponse {
        self.act(id, "startRenewal").await
    }

    pub(crate) async fn test_callback(&self, id: &str) -> ApiResponse {
        self.act(id, "callback/test").await
    }

    pub(crate) async fn rotate_secret(&self, id: &str) -> ApiResponse {
        self.act(id, "callback/rotateSecret").await
    }

    async fn act(&self, id: &str, action: &str) -> ApiResponse {
        self.post(&format!("{TOKENS}/{id}/{action}"), &json!({})).await
    }

    pub(crate) async fn redeem(&self, request_token: &str) -> ApiResponse {
        self.post(&format!("{TOKENS}/requestRenewedToken"), &json!({"requestToken": request_token})).await
    }

    /// Fetches the successor of the client's own token.
    pub(crate) async fn pull(&self) -> ApiResponse {
        send(self.request(Method::POST, &format!("{TOKENS}/self/renew"))).await
    }

    /// Fetches a successor that must be due; returns its token string.
    pub(crate) async fn pulled(&self) -> String {
        self.pull().await.expect(200).string()
    }

    pub(crate) async fn renewal_info(&self) -> ApiResponse {
        self.get(&format!("{TOKENS}/self/renewalInfo")).await
    }

    /// Redeems as the reference system's clients do: by GET, with the token in that system's header.
    pub(crate) async fn redeem_by_get(&self, request_token: &str) -> ApiResponse {
        let url = format!("{}{TOKENS}/requestRenewedToken?requestToken={request_token}", self.api);
        send(self.http.get(url).header("X-plenigo-token", self.token.as_deref().unwrap_or_default())).await
    }

    /// Redeems a request token that must be good; returns the successor's token string.
    pub(crate) async fn redeemed(&self, request_token: &str) -> String {
        self.redeem(request_token).await.expect(200).string()
    }

    pub(crate) async fn is_authenticated(&self) -> bool {
        let response = self.redeem("krt_").await;
        assert!([401, 404].contains(&response.status), "{response:?}");
        response.status == 404
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.api)).headers(self.headers.clone());
        let request = request.header("Accept", "application/json");
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }
}

async fn send(request: RequestBuilder) -> ApiResponse {
    let (http, request) = request.build_split();
    let request = request.unwrap();
    let body = request.body().and_then(|body| body.as_bytes()).unwrap_or_default();
    let sent = format!("{} {} {}", request.method(), request.url(), String::from_utf8_lossy(body));
    let response = http.execute(request).await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.unwrap();
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    ApiResponse { request: sent, status, headers, body }
}

impl Display for ApiResponse {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}: {} {}", self.request, self.status, self.body)
    }
}

impl ApiResponse {
    /// Fails unless this is the status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self}");
        self
    }

    /// Fails unless the response is this error.
    #[track_caller]
    pub(crate) fn assert_error(&self, status: u16, code: &str) {
        assert_eq!((self.status, self.body["errorCode"].as_str()), (status, Some(code)), "{self}");
    }

    /// Fails unless the request is refused for exactly these fields.
    #[track_caller]
    pub(crate) fn assert_invalid(&self, fields: &[&str]) {
        let (mut found, mut expected) = (self.invalid_fields(), fields.to_vec());
        found.sort();
        expected.sort_unstable();
        assert_eq!((self.status, found), (400, expected.into_iter().map(str::to_owned).collect()), "{self}");
    }

    pub(crate) fn invalid_fields(&self) -> Vec<String> {
        let errors = self.body["validationErrors"].as_array().cloned().unwrap_or_default();
        errors.iter().map(|error| error["field"].as_str().unwrap().to_owned()).collect()
    }

    pub(crate) fn text(&self, field: &str) -> String {
        self.body[field].as_str().unwrap_or_else(|| panic!("no text {field}: {self}")).to_owned()
    }

    pub(crate) fn time(&self, field: &str) -> DateTime<Utc> {
        self.text(field).parse().unwrap()
    }

    pub(crate) fn id(&self) -> String {
        self.text("id")
    }

    pub(crate) fn string(&self) -> String {
        self.text("token")
    }

    /// The signing secret of the callback, if the response shows it.
    pub(crate) fn signing_secret(&self) -> Option<String> {
        self.body["autoRenewal"]["callback"]["signingSecret"].as_str().map(str::to_owned)
    }

    pub(crate) fn next_renewal(&self) -> DateTime<Utc> {
        self.body["autoRenewal"]["nextRenewalAt"].as_str().unwrap().parse().unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    pub(crate) fn items(&self) -> &[Value] {
        self.body["items"].as_array().unwrap_or_else(|| panic!("no items: {self}"))
    }
}
