//! The local stack in a process of its own, and the calls of whoever manages its tokens.

use std::path::Path;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use reqwest::Method;
use serde_json::{Value, json};

use crate::http::{client, send};
use crate::stack::LocalStack;

/// A running stack whose scheduled function only runs when the clock is moved.
pub(crate) struct Keyturn {
    _stack: LocalStack,
    pub(crate) address: String,
    management_token: String,
    http: reqwest::Client,
}

impl Keyturn {
    pub(crate) async fn start(folder: &Path) -> Result<Self> {
        let program = std::env::current_exe()?;
        let stack = LocalStack::with_data(&program, &folder.join("keyturn"), &["--no-schedule"]).await?;
        let (address, token) =
            (stack.value("Ready")?.to_owned(), stack.value("Management token")?.to_owned());
        Ok(Self { _stack: stack, address, management_token: token, http: client()? })
    }

    /// Creates a token that renews itself every 30 days.
    pub(crate) async fn create(&self, callback: &str) -> Result<Value> {
        let body = json!({
            "name": "rehearsal", "rights": "READ", "applications": ["ORDERS"],
            "autoRenewal": {"everyDays": 30, "callback": {"url": callback}},
        });
        self.call(Method::POST, "/apiAccessTokens", Some(&body), 201).await
    }

    pub(crate) async fn token(&self, id: &str) -> Result<Value> {
        self.call(Method::GET, &format!("/apiAccessTokens/{id}"), None, 200).await
    }

    /// Sends a test callback; its entry in the log.
    pub(crate) async fn test_callback(&self, id: &str) -> Result<Value> {
        let path = format!("/apiAccessTokens/{id}/callback/test");
        self.call(Method::POST, &path, Some(&json!({})), 200).await
    }

    /// The callback log, the newest first.
    pub(crate) async fn callback_log(&self, id: &str) -> Result<Vec<Value>> {
        let mut log = self.call(Method::GET, &format!("/callbacks/logs?tokenId={id}"), None, 200).await?;
        Ok(serde_json::from_value(log["items"].take())?)
    }

    /// Moves the clock; everything that becomes due is done when this returns.
    pub(crate) async fn advance(&self, seconds: i64) -> Result<()> {
        let body = json!({"seconds": seconds});
        self.call(Method::POST, "/_local/clock/advance", Some(&body), 200).await.map(drop)
    }

    /// How far the clock is from a moment.
    pub(crate) async fn seconds_until(&self, moment: &Value) -> Result<i64> {
        let clock = self.call(Method::GET, "/_local/clock", None, 200).await?;
        let parse = |moment: &Value| -> Result<DateTime<Utc>> { Ok(serde_json::from_value(moment.clone())?) };
        Ok((parse(moment)? - parse(&clock["now"])?).num_seconds())
    }

    /// The status with which a call with this token is answered.
    pub(crate) async fn status_for(&self, token: &str) -> Result<u16> {
        let request = self.http.get(format!("{}/apiAccessTokens/self", self.address)).bearer_auth(token);
        Ok(send(request).await?.status)
    }

    async fn call(&self, method: Method, path: &str, body: Option<&Value>, status: u16) -> Result<Value> {
        let request = self.http.request(method, format!("{}{path}", self.address));
        let request = request.bearer_auth(&self.management_token);
        let request = if let Some(body) = body { request.json(body) } else { request };
        let answer = send(request).await.and_then(|answer| answer.expect(status));
        answer.with_context(|| path.to_owned())
    }
}
