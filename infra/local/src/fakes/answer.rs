//! How AWS services answer: JSON with a request id, and an error's kind in the places where the clients look.

use axum::{
    body::Body,
    http::{HeaderValue, Response, StatusCode, header::CONTENT_TYPE},
};
use serde_json::{Value, json};

use crate::id;

/// Which of the two JSON protocols a service speaks.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Protocol {
    /// SES v2: the error's kind is in a header.
    RestJson,
    /// EventBridge: the error's kind is in the body.
    AwsJson,
}

/// A refused call.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) kind: &'static str,
    pub(crate) message: String,
}

impl Refusal {
    /// A refusal that a better request would avoid.
    pub(crate) fn bad_request(kind: &'static str, message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, kind, message: message.into() }
    }
}

/// The answer to a call.
pub(crate) fn answer(protocol: Protocol, outcome: Result<Value, Refusal>) -> Response<Body> {
    let (status, kind, body) = match outcome {
        Ok(body) => (StatusCode::OK, None, body),
        Err(refusal) => {
            let body = match protocol {
                Protocol::RestJson => json!({ "message": refusal.message }),
                Protocol::AwsJson => json!({ "__type": refusal.kind, "message": refusal.message }),
            };
            (refusal.status, Some(refusal.kind), body)
        }
    };
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let content_type = match protocol {
        Protocol::RestJson => "application/json",
        Protocol::AwsJson => "application/x-amz-json-1.1",
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let Ok(id) = HeaderValue::from_str(&id::new()) {
        headers.insert("x-amzn-requestid", id);
    }
    if let (Protocol::RestJson, Some(kind)) = (protocol, kind) {
        headers.insert("x-amzn-errortype", HeaderValue::from_static(kind));
    }
    response
}
