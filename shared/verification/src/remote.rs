//! Verifies through `POST /introspect`, for services without access to the table.

use std::collections::HashMap;
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

#[derive(Default)]
struct Kept {
    answers: HashMap<[u8; 32], Answer>,
    /// Counts what was forgotten, so that an answer that was under way meanwhile is not kept.
    forgotten: u64,
}

#[derive(Clone)]
struct Answer {
    token: TokenId,
    /// `None` if the token is not active.
    caller: Option<Caller>,
    at: Timestamp,
}

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
        let mut kept = self.kept();
        kept.forgotten += 1;
        kept.answers.retain(|_, answer| answer.token != token);
    }

    /// Forgets everything.
    pub fn forget_all(&self) {
        let mut kept = self.kept();
        kept.forgotten += 1;
        kept.answers.clear();
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

    /// The answer that is kept for a string, or a new one.
    async fn ask(&self, string: &SecretString, now: Timestamp) -> Result<Option<Caller>, PortError> {
        let hash = *string.hash().as_bytes();
        let forgotten = {
            let kept = self.kept();
            // A clock that was moved back must not prolong an answer.
            let is_fresh = |answer: &&Answer| (TimeDelta::zero()..self.max_age).contains(&(now - answer.at));
            if let Some(answer) = kept.answers.get(&hash).filter(is_fresh) {
                return Ok(answer.caller.clone());
            }
            kept.forgotten
        };
        let caller = self.introspect(string).await?;
        let mut kept = self.kept();
        if kept.forgotten == forgotten {
            if kept.answers.len() >= MOST {
                kept.answers.retain(|_, answer| now - answer.at < self.max_age);
            }
            if kept.answers.len() >= MOST {
                kept.answers.clear();
            }
            let answer = Answer { token: string.id(), caller: caller.clone(), at: now };
            kept.answers.insert(hash, answer);
        }
        Ok(caller)
    }

    async fn introspect(&self, string: &SecretString) -> Result<Option<Caller>, PortError> {
        let own = (self.management_token)().ok_or(PortError::bare("there is no management token"))?;
        // Of letters, digits and `_` only, so that nothing needs to be encoded.
        let body = format!("token={}", string.expose());
        let request = self.http.post(&self.url).bearer_auth(own.trim()).timeout(TIMEOUT).body(body);
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let failed = |error: reqwest::Error| PortError::new("no introspection", error);
        let response = request.send().await.map_err(failed)?;
        if response.status() != 200 {
            let text = format!("answered with {}", response.status());
            return Err(PortError::new("no introspection", text));
        }
        let body = response.bytes().await.map_err(failed)?;
        let answer: Value =
            serde_json::from_slice(&body).map_err(|error| PortError::new("no introspection", error))?;
        match answer["active"].as_bool() {
            Some(false) => Ok(None),
            Some(true) => caller(&answer).map(Some).ok_or(PortError::bare("an unknown introspection")),
            None => Err(PortError::bare("an unknown introspection")),
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
