//! Somebody who calls the API with a token.

use chrono::{DateTime, Utc};
use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

/// Somebody with a token, or without.
#[derive(Clone)]
pub(crate) struct Caller {
    http: reqwest::Client,
    api: String,
    token: Option<String>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Caller {
    pub(crate) fn new(http: reqwest::Client, api: &str, token: Option<&str>) -> Self {
        Self { http, api: api.to_owned(), token: token.map(str::to_owned) }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    /// Sends a merge patch.
    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::PATCH, path).json(body)).await
    }

    /// Sends whatever, with one more header.
    pub(crate) async fn with_header(
        &self,
        method: Method,
        path: &str,
        (name, value): (&str, &str),
        body: &Value,
    ) -> Answer {
        self.send(self.request(method, path).header(name, value).json(body)).await
    }

    /// Sends a body that need not be JSON.
    pub(crate) async fn post_raw(&self, path: &str, body: impl Into<reqwest::Body>) -> Answer {
        self.send(self.request(Method::POST, path).body(body)).await
    }

    /// Sends whatever; a body comes with its content type.
    pub(crate) async fn ask(&self, method: Method, path: &str, body: Option<(&str, String)>) -> Answer {
        let request = self.request(method, path);
        let request = match body {
            Some((content_type, body)) => request.header("Content-Type", content_type).body(body),
            None => request,
        };
        self.send(request).await
    }

    pub(crate) async fn create(&self, token: &Value) -> Answer {
        self.post("/apiAccessTokens", token).await
    }

    /// Creates a token that must be accepted.
    pub(crate) async fn created(&self, token: &Value) -> Answer {
        let answer = self.create(token).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer
    }

    pub(crate) async fn token(&self, id: &str) -> Answer {
        self.get(&format!("/apiAccessTokens/{id}")).await
    }

    pub(crate) async fn deactivate(&self, id: &str) -> Answer {
        self.post(&format!("/apiAccessTokens/{id}/deactivate"), &json!({})).await
    }

    /// Redeems as the reference system's clients do: by GET, the caller's token in its header.
    pub(crate) async fn redeem_by_get(&self, request_token: &str) -> Answer {
        let url = format!("{}/apiAccessTokens/requestRenewedToken?requestToken={request_token}", self.api);
        let request = self.http.get(url).header("X-plenigo-token", self.token.as_deref().unwrap_or_default());
        self.send(request).await
    }

    pub(crate) async fn redeem(&self, request_token: &str) -> Answer {
        self.post("/apiAccessTokens/requestRenewedToken", &json!({"requestToken": request_token})).await
    }

    /// Whether the caller's token is good.
    pub(crate) async fn is_authenticated(&self) -> bool {
        let answer = self.redeem("krt_").await;
        assert!([401, 404].contains(&answer.status), "{answer:?}");
        answer.status == 404
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request =
            self.http.request(method, format!("{}{path}", self.api)).header("Accept", "application/json");
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    async fn send(&self, request: RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Answer { status, headers, body }
    }
}

impl Answer {
    pub(crate) fn text(&self, field: &str) -> String {
        self.body[field].as_str().unwrap_or_else(|| panic!("no text {field} in {}", self.body)).to_owned()
    }

    pub(crate) fn time(&self, field: &str) -> DateTime<Utc> {
        self.text(field).parse().unwrap()
    }

    pub(crate) fn id(&self) -> String {
        self.text("id")
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// The fields that an answer finds fault with.
    pub(crate) fn faulty_fields(&self) -> Vec<String> {
        let errors = self.body["validationErrors"].as_array().cloned().unwrap_or_default();
        errors.iter().map(|error| error["field"].as_str().unwrap().to_owned()).collect()
    }
}
