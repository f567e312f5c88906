//! Creating requests that may be repeated, and the answer that hands a new token over.

use keyturn_application::PortError;
use keyturn_application::idempotency::RequestKey;
use keyturn_domain::Timestamp;
use keyturn_domain::fault::{FaultCode, Faults, Violation};
use keyturn_domain::secret::{SecretString, SigningSecret};
use keyturn_domain::token::Token;
use lambda_http::http::{StatusCode, header};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::call::ApiRequest;
use crate::reply::ApiResponse;
use crate::view::TokenView;

const HEADER: &str = "Idempotency-Key";

/// Characters of a key.
pub(crate) const KEY_CHARACTERS: std::ops::RangeInclusive<usize> = 1..=255;

/// The idempotency key of a request, if it has one, with what tells this request from others.
pub fn request_key(call: &ApiRequest, faults: &mut Faults) -> Option<RequestKey> {
    if !call.has_header(HEADER) {
        return None;
    }
    let printable = |key: &&str| key.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    let key = call.header(HEADER).filter(|key| KEY_CHARACTERS.contains(&key.len())).filter(printable);
    let Some(key) = key else {
        let error = format!("must have 1 to {} printable ASCII characters", KEY_CHARACTERS.end());
        faults.add(HEADER, Violation::new(FaultCode::InvalidIdempotencyKey, error));
        return None;
    };
    let subject = call.token_id().map(|id| id.to_string()).unwrap_or_default();
    let request = [call.route().as_bytes(), &[0], subject.as_bytes(), &[0], call.body()].concat();
    Some(RequestKey { hash: Sha256::digest(key).into(), fingerprint: Sha256::digest(request).into() })
}

/// Writes the body of the answer that hands a new token over.
pub fn render_created(
    now: Timestamp,
) -> impl Fn(&Token, &SecretString, Option<&SigningSecret>) -> Result<String, PortError> + Send + Sync {
    move |token, string, signing_secret| {
        let view = TokenView::new(token, None, now).with_string(string).with_signing_secret(signing_secret);
        serde_json::to_string(&view).map_err(|error| PortError::new("an answer can't be encoded", error))
    }
}

/// What the headers of the answer need of its body.
#[derive(Deserialize)]
struct Head {
    id: String,
    version: u64,
}

/// The answer that hands a new token over, for the first time or again.
pub fn created(body: String) -> Result<ApiResponse, PortError> {
    let head: Head = serde_json::from_str(&body)
        .map_err(|error| PortError::new("a saved answer can't be decoded", error))?;
    let location = format!("/apiAccessTokens/{}", head.id);
    Ok(ApiResponse::of_json(StatusCode::CREATED, body)
        .with(header::LOCATION, &location)
        .with_version(head.version))
}
