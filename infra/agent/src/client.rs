//! Keyturn's API, as far as the agent uses it. Only what Keyturn itself answers counts as an answer: a 401 of a proxy or of
//! another server at a wrong address is a failure that passes, and never a reason to let go of a string.

use std::path::Path;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::{Client, Method, RequestBuilder, header};
use serde_json::{Value, json};

use crate::core::{Answer, Facts, Failure, Renewal};
use crate::http::{self, Reply, send};
use crate::secret::{Secret, scrub};

/// When to ask again if an answer does not say it.
const ASK_AGAIN: TimeDelta = TimeDelta::hours(1);

/// Keyturn's API.
pub struct Keyturn {
    http: Client,
    url: String,
    skew: AtomicI64,
    calls: AtomicU64,
}

impl Keyturn {
    /// The API at an address.
    ///
    /// # Errors
    /// If the authorities can't be read.
    pub fn new(url: &str, authorities: Option<&Path>, timeout: Duration) -> Result<Self> {
        let http = http::client(authorities, timeout)?;
        Ok(Self { http, url: url.to_owned(), skew: AtomicI64::new(0), calls: AtomicU64::new(0) })
    }

    /// Keyturn's clock minus the machine's, in seconds, at the last answer.
    #[must_use]
    pub fn skew(&self) -> i64 {
        self.skew.load(Ordering::Relaxed)
    }

    /// Calls so far.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// `GET /apiAccessTokens/self`: proves a string.
    pub async fn prove(&self, string: &Secret) -> Answer {
        let reply = match self.call(Method::GET, "/self", string, None).await {
            Ok(reply) => reply,
            Err(answer) => return answer,
        };
        match facts(&reply.body) {
            Some(facts) if reply.status == 200 => Answer::Proven(facts),
            _ => unexpected(&reply),
        }
    }

    /// `GET /apiAccessTokens/self/renewalInfo`.
    pub async fn look(&self, string: &Secret) -> Answer {
        let reply = match self.call(Method::GET, "/self/renewalInfo", string, None).await {
            Ok(reply) => reply,
            Err(answer) => return answer,
        };
        let state = match reply.body["renewal"].as_str() {
            Some("NONE") => Renewal::None,
            Some("SCHEDULED") => Renewal::Scheduled,
            Some("DUE") => Renewal::Due,
            Some("RENEWED") => Renewal::Renewed,
            _ => return unexpected(&reply),
        };
        if reply.status != 200 {
            return unexpected(&reply);
        }
        let renews_at = time(&reply.body["suggestedWindow"]["start"]);
        Answer::Renewal { state, renews_at, retry_after: reply.retry_after().unwrap_or(ASK_AGAIN) }
    }

    /// `POST /apiAccessTokens/self/renew`.
    pub async fn fetch(&self, string: &Secret) -> Answer {
        let reply = match self.call(Method::POST, "/self/renew", string, None).await {
            Ok(reply) => reply,
            Err(answer) => return answer,
        };
        match (reply.status.as_u16(), code(&reply)) {
            (200, _) => successor(&reply),
            (409, Some("RENEWAL_NOT_DUE")) => Answer::NotDue(reply.retry_after().unwrap_or(ASK_AGAIN)),
            (409, Some(_)) => Answer::Conflict(detail(&reply)),
            _ => unexpected(&reply),
        }
    }

    /// `POST /apiAccessTokens/requestRenewedToken`.
    pub async fn redeem(&self, with: &Secret, request: &Secret) -> Answer {
        let body = json!({"requestToken": request.expose()});
        let reply = match self.call(Method::POST, "/requestRenewedToken", with, Some(&body)).await {
            Ok(reply) => reply,
            Err(answer) => return answer,
        };
        match (reply.status.as_u16(), code(&reply)) {
            (200, _) => successor(&reply),
            // A string that is in use already is refused with 403, which counts as its use.
            (400 | 403 | 404 | 410, Some(_)) => Answer::Dead,
            (409, Some(_)) => Answer::Conflict(detail(&reply)),
            _ => unexpected(&reply),
        }
    }

    /// Sends a request; the error is the answer of a step that has none from Keyturn, or Keyturn's 401.
    async fn call(
        &self,
        method: Method,
        path: &str,
        string: &Secret,
        body: Option<&Value>,
    ) -> Result<Reply, Answer> {
        let request = self.http.request(method, format!("{}/apiAccessTokens{path}", self.url));
        let mut request: RequestBuilder =
            request.bearer_auth(string.expose()).header(header::ACCEPT, "application/json");
        if let Some(body) = body {
            request = request.header(header::CONTENT_TYPE, "application/json").body(body.to_string());
        }
        self.calls.fetch_add(1, Ordering::Relaxed);
        let reply = send(request).await.map_err(Answer::Failed)?;
        if code(&reply).is_some() || reply.status.is_success() {
            self.note_time(&reply);
        }
        match (reply.status.as_u16(), code(&reply)) {
            (401, Some("UNAUTHENTICATED")) => Err(Answer::Refused(detail(&reply))),
            _ => Ok(reply),
        }
    }

    fn note_time(&self, reply: &Reply) {
        let date = reply.headers.get(header::DATE).and_then(|date| date.to_str().ok());
        let Some(date) = date.and_then(|date| httpdate::parse_http_date(date).ok()) else { return };
        let skew = DateTime::<Utc>::from(date) - crate::log::now();
        self.skew.store(skew.num_seconds(), Ordering::Relaxed);
    }
}

/// Keyturn's own code of a problem.
fn code(reply: &Reply) -> Option<&str> {
    reply.body["errorCode"].as_str()
}

fn detail(reply: &Reply) -> String {
    scrub(reply.body["detail"].as_str().unwrap_or("refused"))
}

fn time(value: &Value) -> Option<DateTime<Utc>> {
    value.as_str()?.parse().ok()
}

fn facts(body: &Value) -> Option<Facts> {
    let text = |field: &str| body[field].as_str().map(str::to_owned);
    Some(Facts {
        id: text("id")?,
        series_id: text("seriesId")?,
        name: text("name")?,
        created_at: time(&body["createdDate"])?,
        expires_at: time(&body["expiresAt"]),
        renews_at: time(&body["autoRenewal"]["nextRenewalAt"]),
    })
}

fn successor(reply: &Reply) -> Answer {
    match reply.body["token"].as_str().and_then(Secret::token) {
        Some(string) => Answer::Successor(string),
        None => Answer::Failed(Failure::new("the answer holds no token string")),
    }
}

/// An answer that Keyturn would not give, or one that passes.
fn unexpected(reply: &Reply) -> Answer {
    let mut failure = reply.failure(&["detail"]);
    if code(reply).is_none() && !reply.status.is_server_error() && reply.status != 429 {
        failure.what += ", but not as Keyturn does: is the address right?";
    }
    Answer::Failed(failure)
}

#[cfg(test)]
mod tests;
