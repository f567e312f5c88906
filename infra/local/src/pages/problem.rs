//! Errors of the stack's own routes, in the form of the API's errors (RFC 9457).

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

/// An error answer; `detail` says what to do better.
pub(crate) fn problem(status: StatusCode, detail: &str) -> Response {
    let body = json!({
        "type": "about:blank",
        "title": status.canonical_reason().unwrap_or_default(),
        "status": status.as_u16(),
        "detail": detail,
    });
    let content_type = HeaderValue::from_static("application/problem+json");
    (status, [(header::CONTENT_TYPE, content_type)], body.to_string()).into_response()
}

/// The answer to a method that a route does not have; the router adds which it has.
pub(crate) fn method_not_allowed() -> Response {
    problem(StatusCode::METHOD_NOT_ALLOWED, "this route has other methods")
}
