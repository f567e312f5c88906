//! `GET /console` and the files below it: the web console. It holds no data: the browser calls the API with the
//! management token of its user.

mod assets;
mod lean;

use async_trait::async_trait;
use keyturn_application::Failure;
use keyturn_domain::refusal::Refusal;
use keyturn_environment::{ConfigurationError, Environment};
use keyturn_http::{ApiRequest, ApiResponse, Endpoint, HandlePublic};
use lambda_http::http::StatusCode;
use lambda_http::http::header::{self, HeaderName, HeaderValue};

use assets::Assets;

/// Allows only the console's own files and its own API; Trusted Types keep text from becoming markup.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types 'none'";

/// The console uses one browser feature: writing to the clipboard.
const PERMISSIONS_POLICY: &str = "camera=(), clipboard-read=(), clipboard-write=(self), display-capture=(), \
    geolocation=(), microphone=(), payment=(), usb=()";

const HEADERS: [(HeaderName, &str); 5] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("permissions-policy"), PERMISSIONS_POLICY),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// The page references files by content hash: it is revalidated on each load.
const PAGE_CACHE: &str = "no-cache";

/// A file's path holds the hash of all files, so its content never changes.
const FILE_CACHE: &str = "public, max-age=31536000, immutable";

/// Builds the function.
pub async fn build(_environment: &Environment) -> Result<Endpoint, ConfigurationError> {
    Ok(Endpoint::public(Console { assets: Assets::new() }))
}

struct Console {
    assets: Assets,
}

#[async_trait]
impl HandlePublic for Console {
    async fn handle(&self, call: &ApiRequest) -> Result<ApiResponse, Failure> {
        let reply = match call.path_rest() {
            None => self.page(call),
            Some(path) => {
                let (text, kind) = self.assets.find(path).ok_or(Refusal::NotFound("file of the console"))?;
                ApiResponse::text(StatusCode::OK, kind, text.to_owned())
                    .with(header::CACHE_CONTROL, FILE_CACHE)
            }
        };
        Ok(HEADERS.into_iter().fold(reply, |reply, (name, value)| reply.with(name, value)))
    }
}

impl Console {
    fn page(&self, call: &ApiRequest) -> ApiResponse {
        const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
        let tag = format!("\"{}\"", self.assets.version);
        let is_known = call.header("if-none-match").is_some_and(|tags| tags.contains(&tag));
        let reply = if is_known {
            ApiResponse::text(StatusCode::NOT_MODIFIED, HTML, String::new())
        } else {
            ApiResponse::text(StatusCode::OK, HTML, self.assets.page.clone())
        };
        reply.with(header::CACHE_CONTROL, PAGE_CACHE).with(header::ETAG, &tag)
    }
}

#[cfg(test)]
mod tests;
