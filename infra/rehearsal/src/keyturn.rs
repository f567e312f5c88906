//! The local stack in a process of its own, and the calls that a manager makes.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, Utc};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::program::{Program, value};

/// A running stack with a clock that only moves when it's told to.
pub(crate) struct Keyturn {
    _process: Program,
    pub(crate) api: String,
    management_token: String,
    http: reqwest::Client,
}

impl Keyturn {
    pub(crate) async fn start(folder: &Path) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["stack", "--port", "0", "--no-schedule", "--data-dir"]).arg(folder.join("keyturn"));
        let (mut api, mut token) = (None, None);
        let (process, (api, management_token)) = Program::start("the local stack", command, |line| {
            api = api.take().or_else(|| value(line, "Ready"));
            token = token.take().or_else(|| value(line, "Management token"));
            api.clone().zip(token.clone())
        })
        .await?;
        Ok(Self { _process: process, api, management_token, http: client()? })
    }

    /// Creates a token that renews itself every 30 days.
    pub(crate) async fn create(&self, callback: &str) -> Result<Value> {
        let body = json!({
            "name": "rehearsal", "rights": "READ", "applications": ["ORDERS"],
            "autoRenewal": {"everyDays": 30, "callback": {"url": callback}},
        });
        self.call(Method::POST, "/apiAccessTokens", Some(&body)).await
    }

    pub(crate) async fn token(&self, id: &str) -> Result<Value> {
        self.call(Method::GET, &format!("/apiAccessTokens/{id}"), None).await
    }

    /// Sends a test callback; answers with its entry in the log.
    pub(crate) async fn test(&self, id: &str) -> Result<Value> {
        self.call(Method::POST, &format!("/apiAccessTokens/{id}/callback/test"), Some(&json!({}))).await
    }

    /// The callback log, the newest first.
    pub(crate) async fn log(&self, id: &str) -> Result<Vec<Value>> {
        let mut log = self.call(Method::GET, &format!("/callbacks/logs?tokenId={id}"), None).await?;
        Ok(serde_json::from_value(log["items"].take())?)
    }

    /// Moves the clock; all that is due on the way is done when this returns.
    pub(crate) async fn advance(&self, seconds: i64) -> Result<()> {
        self.call(Method::POST, "/_local/clock/advance", Some(&json!({"seconds": seconds}))).await.map(drop)
    }

    /// How far the clock is from a moment.
    pub(crate) async fn seconds_until(&self, moment: &Value) -> Result<i64> {
        let clock = self.call(Method::GET, "/_local/clock", None).await?;
        let parse = |moment: &Value| -> Result<DateTime<Utc>> { Ok(serde_json::from_value(moment.clone())?) };
        Ok((parse(moment)? - parse(&clock["now"])?).num_seconds())
    }

    /// What a call with this token is answered with.
    pub(crate) async fn status_for(&self, token: &str) -> Result<u16> {
        let call = self.http.get(format!("{}/apiAccessTokens/self", self.api)).bearer_auth(token);
        Ok(call.send().await?.status().as_u16())
    }

    async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value> {
        let mut request = self.http.request(method, format!("{}{path}", self.api));
        request = request.bearer_auth(&self.management_token);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.with_context(|| path.to_owned())?;
        let status = answer.status();
        ensure!(status.is_success(), "{path} was answered with {status}");
        Ok(answer.json().await?)
    }
}

/// A client that reaches this machine whatever proxy the user has.
pub(crate) fn client() -> Result<reqwest::Client> {
    Ok(reqwest::Client::builder().no_proxy().build()?)
}
