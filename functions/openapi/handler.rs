//! `GET /openapi.json`: the description of the API, embedded. `cargo xtask openapi` makes it of the types that requests and
//! answers are made of.

use keyturn_application::Failure;
use keyturn_environment::{ConfigurationError, Environment};
use keyturn_http::{ApiRequest, ApiResponse, Endpoint, HandlePublic};
use lambda_http::http::StatusCode;
use lambda_http::http::header::{self, HeaderName, HeaderValue};
use sha2::{Digest as _, Sha256};

/// The description as `cargo xtask openapi` wrote it.
const DESCRIPTION: &str = include_str!("openapi.json");

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// A description holds nothing secret, so pages of other origins, such as viewers of such descriptions, may read it.
const HEADERS: [(HeaderName, &str); 3] = [
    (header::CACHE_CONTROL, "no-cache"),
    (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
];

/// Builds the function.
pub async fn build(_environment: &Environment) -> Result<Endpoint, ConfigurationError> {
    Ok(Endpoint::public(Description::new()))
}

struct Description {
    /// In quotes, as the header has it.
    tag: String,
}

impl Description {
    fn new() -> Self {
        let hash = Sha256::digest(DESCRIPTION);
        let tag = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect::<String>();
        Self { tag: format!("\"{tag}\"") }
    }
}

impl HandlePublic for Description {
    fn handle(&self, call: &ApiRequest) -> Result<ApiResponse, Failure> {
        let is_known = call.header("if-none-match").is_some_and(|tags| tags.contains(&self.tag));
        let reply = if is_known {
            ApiResponse::text(StatusCode::NOT_MODIFIED, JSON, String::new())
        } else {
            ApiResponse::text(StatusCode::OK, JSON, DESCRIPTION.to_owned())
        };
        let reply = reply.with(header::ETAG, &self.tag);
        Ok(HEADERS.into_iter().fold(reply, |reply, (name, value)| reply.with(name, value)))
    }
}

#[cfg(test)]
mod tests;
