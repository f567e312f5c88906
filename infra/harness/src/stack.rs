//! The local stack in a process, which can be killed, and its API.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use crate::http::{client, send};
use crate::process::Process;

/// The last of the lines `Name: value` that the stack prints when it's ready.
const LAST_LINE: &str = "EventBridge";

/// The limits of mails in a day.
const MAIL_LIMITS: [&str; 2] = ["KEYTURN_DAILY_MAILS_PER_ADDRESS", "KEYTURN_DAILY_MAILS_PER_COMPANY"];

pub(crate) struct LocalStack {
    pub(crate) process: Process,
    pub(crate) api: Api,
    /// The lines that it printed, such as `DynamoDB` and its address.
    pub(crate) lines: BTreeMap<String, String>,
}

/// The API of a stack, and the stack's own paths.
#[derive(Clone)]
pub(crate) struct Api {
    http: reqwest::Client,
    pub(crate) address: String,
    management_token: String,
}

impl LocalStack {
    /// Starts the `stack` command of a program with the data of a folder, on free ports, and waits until it's ready.
    pub(crate) async fn start(program: &Path, data: &Path, options: &[&str]) -> Result<Self> {
        let mut command = Command::new(program);
        command.args(["stack", "--port", "0", "--data-dir"]).arg(data).args(options).env("RUST_LOG", "error");
        // Many clients bring about more mails than a day's limits allow.
        command.envs(MAIL_LIMITS.map(|name| (name, "1000000")));
        let mut lines = BTreeMap::new();
        let ready = |line: &str| {
            let (name, value) = line.split_once(": ")?;
            lines.insert(name.to_owned(), value.trim().to_owned());
            (name == LAST_LINE).then_some(())
        };
        let (process, ()) = Process::start_until("the local stack", command, ready).await?;
        let mut line =
            |name: &str| lines.remove(name).with_context(|| format!("the stack printed no {name}"));
        let api =
            Api { http: client()?, address: line("Ready")?, management_token: line("Management token")? };
        Ok(Self { process, api, lines })
    }
}

impl Api {
    /// The token that requests have without another one.
    pub(crate) fn management_token(&self) -> &str {
        &self.management_token
    }

    /// A request with this token, or the management token.
    pub(crate) fn request(&self, method: Method, path: &str, token: Option<&str>) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.address));
        request.bearer_auth(token.unwrap_or(&self.management_token)).header("Accept", "application/json")
    }

    /// A call with the management token that must succeed; its answer's body.
    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value> {
        let request = self.request(method, path, None);
        let request = if let Some(body) = body { request.json(&body) } else { request };
        let answer = send(request).await.with_context(|| path.to_owned())?;
        ensure!((200..300).contains(&answer.status), "{path} was answered with {}", answer.status);
        Ok(answer.body)
    }
}
