//! Idempotent creating requests, and the answer that hands a new token over.

use keyturn_application::PortError;
use keyturn_application::created::{Created, CreatedEncoder, Outcome};
use keyturn_application::idempotency::RequestKey;
use keyturn_domain::fault::{FaultCode, Faults, Violation};
use lambda_http::http::{StatusCode, header};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::request::ApiRequest;
use crate::response::ApiResponse;
use crate::view::TokenView;

const HEADER: &str = "Idempotency-Key";

/// The length of a key, in characters.
pub(crate) const KEY_CHARACTERS: std::ops::RangeInclusive<usize> = 1..=255;

/// The idempotency key of a request, if it has one, with a fingerprint of the request.
pub fn request_key(request: &ApiRequest, faults: &mut Faults) -> Option<RequestKey> {
    if !request.has_header(HEADER) {
        return None;
    }
    let printable = |key: &&str| key.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    let key = request.header(HEADER).filter(|key| KEY_CHARACTERS.contains(&key.len())).filter(printable);
    let Some(key) = key else {
        let error = format!("must have 1 to {} printable ASCII characters", KEY_CHARACTERS.end());
        faults.add(HEADER, Violation::new(FaultCode::InvalidIdempotencyKey, error));
        return None;
    };
    let subject = request.token_id().map(|id| id.to_string()).unwrap_or_default();
    let content = [request.route().as_bytes(), &[0], subject.as_bytes(), &[0], request.body()].concat();
    Some(RequestKey { hash: Sha256::digest(key).into(), fingerprint: Sha256::digest(content).into() })
}

/// Encodes the answer that hands a new token over.
pub struct CreatedTokenEncoder;

impl CreatedEncoder for CreatedTokenEncoder {
    fn encode(&self, created: &Created) -> Result<String, PortError> {
        let view = TokenView::new(&created.token, None, created.token.created_at)
            .with_string(&created.string)
            .with_signing_secret(created.signing_secret.as_ref());
        serde_json::to_string(&view).map_err(|error| PortError::new("an answer could not be encoded", error))
    }
}

/// What the headers need of a saved body.
#[derive(Deserialize)]
struct Saved {
    id: String,
    version: u64,
}

/// The answer that hands a new token over, for the first time or again.
pub fn created(outcome: Outcome) -> Result<ApiResponse, PortError> {
    let (id, version, body) = match outcome {
        Outcome::New(created) => {
            (created.token.id.to_string(), created.token.version, CreatedTokenEncoder.encode(&created)?)
        }
        Outcome::Replayed(body) => {
            let Saved { id, version } = serde_json::from_str(&body)
                .map_err(|error| PortError::new("a saved answer could not be decoded", error))?;
            (id, version, body)
        }
    };
    Ok(ApiResponse::of_json(StatusCode::CREATED, body)
        .with(header::LOCATION, &format!("/apiAccessTokens/{id}"))
        .with_version(version))
}
