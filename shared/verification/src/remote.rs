//! Verifies through `POST /introspect`, for services without access to the table.

use std::collections::HashMap;
use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta};
use keyturn_application::PortError;
use keyturn_application::authenticate::VerifyError;
use keyturn_domain::Timestamp;
use keyturn_domain::access::Denied;
use keyturn_domain::credential::Ended;
use keyturn_domain::ids::TokenId;
use keyturn_domain::secret::{Kind, SecretString};
use keyturn_domain::settings::Rights;
use reqwest::{Client, header};
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::{Caller, Verify};

/// How long one introspection may take: every request to the service waits for it.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Answers that are kept at most, about 1 KB each. Random strings with a right checksum must not fill the memory.
const MOST: usize = 10_000;

/// Verifies through `POST /introspect` of a deployment, and keeps each answer for a limited time.
///
/// **A revocation takes effect at most `max_age` after it**, in each process; a token's own expiry at once. Pass on the
/// event `Token Deactivated` to [`RemoteVerifier::forget_event`], and it takes effect with the next request.
#[derive(Clone)]
pub struct RemoteVerifier {
    http: Client,
    url: String,
    management_token: Arc<dyn Fn() -> Option<String> + Send + Sync>,
    max_age: TimeDelta,
    kept: Arc<Mutex<Kept>>,
}

type Kept = HashMap<[u8; 32], Answer>;

/// An answer, or one that is under way: requests with the same string wait for it together. What is forgotten meanwhile still
/// answers those that wait for it, and nobody else.
struct Answer {
    token: TokenId,
    /// When it was asked for.
    at: Timestamp,
    introspection: Arc<OnceCell<Introspection>>,
}

/// The caller; `None` if the token is not active.
type Introspection = Result<Option<Caller>, Arc<dyn Error + Send + Sync>>;

impl RemoteVerifier {
    /// Asks the deployment at this URL. `management_token` is called for every introspection, so that it can read a file that
    /// the agent keeps fresh. Answers are kept for `max_age`; with zero, every request is an introspection.
    pub fn new(
        http: Client,
        url: &str,
        management_token: impl Fn() -> Option<String> + Send + Sync + 'static,
        max_age: Duration,
    ) -> Self {
        Self {
            http,
            url: format!("{}/introspect", url.trim_end_matches('/')),
            management_token: Arc::new(management_token),
            max_age: TimeDelta::from_std(max_age).unwrap_or(TimeDelta::MAX),
            kept: Arc::default(),
        }
    }

    /// Forgets what is known of a token: the next request with it is an introspection.
    pub fn forget(&self, token: TokenId) {
        self.kept().retain(|_, answer| answer.token != token);
    }

    /// Forgets everything.
    pub fn forget_all(&self) {
        self.kept().clear();
    }

    /// Forgets the token of one of Keyturn's events, as EventBridge delivers it. Whether it was one.
    pub fn forget_event(&self, event: &Value) -> bool {
        let token = event["detail"]["tokenId"].as_str().and_then(|id| id.parse().ok());
        let Some(token) = token.filter(|_| event["source"] == "keyturn") else { return false };
        self.forget(token);
        true
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer that is kept for a string or under way, or a new one.
    async fn ask(&self, string: &SecretString, now: Timestamp) -> Result<Option<Caller>, PortError> {
        let hash = *string.hash().as_bytes();
        let introspection = self.introspection(hash, string.id(), now);
        // If the request that asks is given up, the next one that waits asks instead.
        let answer =
            introspection.get_or_init(async || self.introspect(string).await.map_err(Arc::from)).await;
        match answer {
            Ok(caller) => Ok(caller.clone()),
            Err(error) => {
                let mut kept = self.kept();
                let is_same = |answer: &Answer| Arc::ptr_eq(&answer.introspection, &introspection);
                if kept.get(&hash).is_some_and(is_same) {
                    kept.remove(&hash);
                }
                Err(PortError::new("no introspection", Arc::clone(error)))
            }
        }
    }

    fn introspection(&self, hash: [u8; 32], token: TokenId, now: Timestamp) -> Arc<OnceCell<Introspection>> {
        // A clock that was moved back must not prolong an answer.
        let is_fresh = |answer: &Answer| (TimeDelta::zero()..self.max_age).contains(&(now - answer.at));
        let mut kept = self.kept();
        if let Some(answer) = kept.get(&hash).filter(|answer| is_fresh(answer)) {
            return Arc::clone(&answer.introspection);
        }
        if kept.len() >= MOST {
            kept.retain(|_, answer| is_fresh(answer));
        }
        if kept.len() >= MOST {
            kept.clear();
        }
        let introspection = Arc::default();
        kept.insert(hash, Answer { token, at: now, introspection: Arc::clone(&introspection) });
        introspection
    }

    async fn introspect(
        &self,
        string: &SecretString,
    ) -> Result<Option<Caller>, Box<dyn Error + Send + Sync>> {
        let own = (self.management_token)().ok_or("there is no management token")?;
        // Of letters, digits and `_` only, so that nothing needs to be encoded.
        let body = format!("token={}", string.expose());
        let request = self.http.post(&self.url).bearer_auth(own.trim()).timeout(TIMEOUT).body(body);
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let response = request.send().await?;
        if response.status() != 200 {
            return Err(format!("answered with {}", response.status()).into());
        }
        let answer: Value = serde_json::from_slice(&response.bytes().await?)?;
        match answer["active"].as_bool() {
            Some(false) => Ok(None),
            Some(true) => Ok(Some(caller(&answer).ok_or("an unknown introspection")?)),
            None => Err("an unknown introspection".into()),
        }
    }
}

#[async_trait]
impl Verify for RemoteVerifier {
    async fn caller(&self, string: Option<&str>, now: Timestamp) -> Result<Caller, VerifyError> {
        let string = string.and_then(|text| SecretString::parse(Kind::Token, text).ok());
        let string = string.ok_or(Denied::Unauthenticated)?;
        let caller = self.ask(&string, now).await?.ok_or(Denied::Unauthenticated)?;
        match caller.expires_at {
            Some(end) if end <= now => Err(Denied::Ended(Ended::Expired(end)).into()),
            _ => Ok(caller),
        }
    }
}

/// The caller in an introspection's answer (RFC 7662).
fn caller(answer: &Value) -> Option<Caller> {
    let text = |name: &str| answer[name].as_str();
    let time = |name: &str| answer[name].as_i64().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    let mut scope = text("scope")?.split(' ');
    Some(Caller {
        rights: Rights::parse(scope.next()?).ok()?,
        applications: scope.map(str::to_owned).collect(),
        token: text("jti")?.parse().ok()?,
        series: text("client_id")?.parse().ok()?,
        company: text("sub")?.parse().ok()?,
        name: None,
        created_at: time("iat")?,
        expires_at: time("exp"),
        renews_at: time("renewsAt"),
    })
}

#[cfg(test)]
mod tests;
