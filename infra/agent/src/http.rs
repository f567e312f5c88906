//! HTTP clients: no redirects, which would carry a secret elsewhere, and a limit on time and size.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use chrono::TimeDelta;
use reqwest::{Certificate, Client, RequestBuilder, StatusCode, header};
use serde_json::Value;

use crate::core::Failure;
use crate::secret::scrub;

/// The longest answer that is read.
const LONGEST: usize = 1 << 20;

/// A client that trusts these authorities only, or those of the system.
pub(crate) fn client(authorities: Option<&Path>, timeout: Duration) -> Result<Client> {
    // Fails only if a provider is already installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder()
        .user_agent(concat!("keyturn-agent/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .timeout(timeout)
        .connect_timeout(timeout.min(Duration::from_secs(10)));
    let builder = match authorities {
        None => builder,
        Some(path) => {
            let pem = std::fs::read(path).with_context(|| path.display().to_string())?;
            let certificates = Certificate::from_pem_bundle(&pem)?;
            if certificates.is_empty() {
                bail!("{} holds no certificate", path.display());
            }
            builder.tls_certs_only(certificates)
        }
    };
    builder.build().context("no HTTP client")
}

/// An answer.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: header::HeaderMap,
    /// The body as JSON; `null` if it isn't.
    pub(crate) body: Value,
}

/// Sends a request and reads the whole answer.
pub(crate) async fn send(request: RequestBuilder) -> Result<Reply, Failure> {
    let mut response = request.send().await.map_err(|error| failure(&error))?;
    let (status, headers) = (response.status(), response.headers().clone());
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| failure(&error))? {
        body.extend_from_slice(&chunk);
        if body.len() > LONGEST {
            return Err(Failure::new("the answer is too long"));
        }
    }
    Ok(Reply { status, headers, body: serde_json::from_slice(&body).unwrap_or_default() })
}

/// Why there was no answer: the chain of causes, without the URL.
fn failure(error: &reqwest::Error) -> Failure {
    let mut causes = Vec::new();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        causes.push(error.to_string());
        cause = error.source();
    }
    let kind = if error.is_timeout() { "no answer in time" } else { "no answer" };
    causes.dedup();
    match causes.last() {
        Some(last) if !error.is_timeout() => Failure::new(&format!("{kind}: {last}")),
        _ => Failure::new(kind),
    }
}

impl Reply {
    /// `Retry-After` in seconds.
    pub(crate) fn retry_after(&self) -> Option<TimeDelta> {
        let value = self.headers.get(header::RETRY_AFTER)?.to_str().ok()?;
        value.trim().parse().ok().and_then(TimeDelta::try_seconds)
    }

    /// The failure that this answer means, with what the body says under one of these names.
    pub(crate) fn failure(&self, names: &[&str]) -> Failure {
        let text = names.iter().find_map(|name| self.body[name].as_str()).unwrap_or_default();
        let text: String = scrub(text).chars().take(200).collect();
        let status = self.status.as_u16();
        let what = if text.is_empty() {
            format!("answered with {status}")
        } else {
            format!("answered with {status}: {text}")
        };
        Failure { retry_after: self.retry_after(), ..Failure::new(&what) }
    }
}
