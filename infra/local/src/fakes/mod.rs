//! Fakes of the AWS services that send mails and publish events. They accept what the SDK clients send, refuse what the
//! services refuse, and keep what they accepted for pages and tests.

pub(crate) mod eventbridge;
pub(crate) mod faults;
pub(crate) mod ses;

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use keyturn_application::Clock;
use serde_json::{Value, json};

use crate::id;
use crate::journal::Journal;
use eventbridge::Event;
use faults::Faults;
use ses::Mail;

/// What the fakes accepted, and the failures that a test asked for.
pub(crate) struct Fakes {
    pub(crate) mails: Journal<Mail>,
    pub(crate) events: Journal<Event>,
    pub(crate) faults: Faults,
    pub(crate) clock: Arc<dyn Clock>,
}

/// A refused call: status, the error's type, and a message.
#[derive(Debug)]
pub(crate) struct Refusal(StatusCode, &'static str, String);

impl Refusal {
    fn bad_request(kind: &'static str, message: impl Into<String>) -> Self {
        Self(StatusCode::BAD_REQUEST, kind, message.into())
    }

    fn internal(kind: &'static str, message: impl Into<String>) -> Self {
        Self(StatusCode::INTERNAL_SERVER_ERROR, kind, message.into())
    }
}

/// The response to a call, with the error's type where the clients of either JSON protocol look for it.
fn respond(outcome: Result<Value, Refusal>) -> Response<Body> {
    let (status, kind, body) = match outcome {
        Ok(body) => (StatusCode::OK, None, body),
        Err(Refusal(status, kind, message)) => {
            (status, Some(kind), json!({ "__type": kind, "message": message }))
        }
    };
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.extend(
        HeaderValue::from_str(&id::new()).map(|id| (header::HeaderName::from_static("x-amzn-requestid"), id)),
    );
    if let Some(kind) = kind {
        headers.insert("x-amzn-errortype", HeaderValue::from_static(kind));
    }
    response
}

#[cfg(test)]
mod tests;
