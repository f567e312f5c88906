//! Signatures of GitHub's secret scanning: ECDSA P-256 with SHA-256 over the raw body, by keys that GitHub publishes.
//!
//! <https://docs.github.com/en/code-security/secret-scanning/secret-scanning-partnership-program> has the format. Whatever is
//! wrong, the report counts as unsigned: nothing here is an error of the request.

mod key;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::error::Error;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use key::PublicKey;
use keyturn_application::Context;
use keyturn_callback::HttpFetcher;
use keyturn_domain::Timestamp;
use keyturn_environment::{ConfigurationError, Environment};
use serde::Deserialize;
use tokio::sync::Mutex;

/// Where GitHub publishes its keys.
pub const KEYS_URL: &str = "https://api.github.com/meta/public_keys/secret_scanning";

const URL_PARAMETER: &str = "KEYTURN_GITHUB_KEYS_URL";

/// How long fetched keys are used before they are fetched again: GitHub replaces them now and then.
const FRESH: TimeDelta = TimeDelta::hours(1);

/// The least time between two fetches, so that reports with unknown key ids do not make this function ask GitHub all the time.
const PAUSE: TimeDelta = TimeDelta::minutes(1);

/// A signature as it is sent.
#[derive(Clone, Copy, Debug)]
pub struct Signature<'a> {
    /// `Github-Public-Key-Identifier`.
    pub key_id: &'a str,
    /// `Github-Public-Key-Signature`.
    pub signature: &'a str,
}

/// The published keys.
pub struct GitHubKeys {
    fetcher: HttpFetcher,
    url: String,
    context: Context,
    cache: Mutex<Cache>,
}

#[derive(Default)]
struct Cache {
    keys: HashMap<String, PublicKey>,
    fetched_at: Option<Timestamp>,
    tried_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Published {
    public_keys: Vec<PublishedKey>,
}

#[derive(Deserialize)]
struct PublishedKey {
    key_identifier: String,
    key: String,
}

impl GitHubKeys {
    /// The keys at `KEYTURN_GITHUB_KEYS_URL`, or at GitHub.
    pub fn from_environment(environment: &Environment) -> Result<Self, ConfigurationError> {
        let url = environment.optional(URL_PARAMETER).unwrap_or_else(|| KEYS_URL.to_owned());
        Ok(Self::new(HttpFetcher::from_environment(environment)?, url, environment.context()))
    }

    /// The keys at this address.
    #[must_use]
    pub fn new(fetcher: HttpFetcher, url: String, context: Context) -> Self {
        Self { fetcher, url, context, cache: Mutex::default() }
    }

    /// Whether GitHub signed this body.
    pub async fn verify(&self, signature: Signature<'_>, body: &[u8]) -> bool {
        let Ok(bytes) = STANDARD.decode(signature.signature) else { return false };
        let key = self.key(signature.key_id).await;
        key.is_some_and(|key| key.verifies(&bytes, body))
    }

    async fn key(&self, id: &str) -> Option<PublicKey> {
        let mut cache = self.cache.lock().await;
        let now = self.context.now();
        let is_within = |since: Option<Timestamp>, most| since.is_some_and(|since| now - since < most);
        let is_known = cache.keys.contains_key(id) && is_within(cache.fetched_at, FRESH);
        if !is_known && !is_within(cache.tried_at, PAUSE) {
            cache.tried_at = Some(now);
            match self.fetch().await {
                Ok(keys) => {
                    cache.keys = keys;
                    cache.fetched_at = Some(now);
                }
                // The keys that are known stay good meanwhile.
                Err(error) => {
                    tracing::warn!(error = error.as_ref() as &dyn Error, "GitHub's keys can't be fetched");
                }
            }
        }
        cache.keys.get(id).cloned()
    }

    async fn fetch(&self) -> Result<HashMap<String, PublicKey>, Box<dyn Error + Send + Sync>> {
        let document = self.fetcher.get(&self.url).await?;
        let published: Published = serde_json::from_slice(&document)?;
        let keys = published.public_keys.into_iter();
        Ok(keys.filter_map(|key| Some((key.key_identifier, PublicKey::parse(&key.key)?))).collect())
    }
}
