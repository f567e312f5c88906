//! Answers of handlers.

use keyturn_application::PortError;
use lambda_http::http::header::{self, HeaderName, HeaderValue};
use lambda_http::http::{HeaderMap, StatusCode};
use lambda_http::{Body, Response};
use serde::Serialize;

/// An answer.
pub struct ApiResponse {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl ApiResponse {
    /// A JSON answer. No cache may store it: most answers change with the clock, some hold a secret.
    pub fn json(status: StatusCode, body: &impl Serialize) -> Result<Self, PortError> {
        let body = serde_json::to_string(body)
            .map_err(|error| PortError::new("an answer could not be encoded", error))?;
        Ok(Self::of_json(status, body))
    }

    /// An answer with an encoded JSON body.
    #[must_use]
    pub fn of_json(status: StatusCode, body: String) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Self { status, headers, body }
    }

    /// An answer with a text of this media type.
    #[must_use]
    pub fn text(status: StatusCode, kind: HeaderValue, body: String) -> Self {
        Self { status, headers: HeaderMap::from_iter([(header::CONTENT_TYPE, kind)]), body }
    }

    /// The same answer with another header, unless its value is invalid.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    /// The same answer with one more value of a header.
    #[must_use]
    pub(crate) fn and(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.append(name, value);
        }
        self
    }

    /// An answer that leads the browser to another address with `GET`. No cache may store it.
    #[must_use]
    pub fn see_other(location: &str) -> Self {
        Self { status: StatusCode::SEE_OTHER, headers: HeaderMap::new(), body: String::new() }
            .with(header::LOCATION, location)
            .with(header::CACHE_CONTROL, "no-store")
            .with(header::REFERRER_POLICY, "no-referrer")
    }

    /// An answer without a body.
    #[must_use]
    pub fn empty(status: StatusCode) -> Self {
        Self { status, headers: HeaderMap::new(), body: String::new() }
            .with(header::CACHE_CONTROL, "no-store")
    }

    /// The same answer with the record's version as its `ETag`.
    #[must_use]
    pub(crate) fn with_version(self, version: u64) -> Self {
        self.with(header::ETAG, &format!("\"{version}\""))
    }

    /// Its status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    pub(crate) fn into_response(self) -> Response<Body> {
        let mut response = Response::new(Body::Text(self.body));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}
