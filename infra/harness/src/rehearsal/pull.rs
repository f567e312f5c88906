//! A rehearsal of a client that cannot be called and fetches its successor itself, started as cron would start it.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::proxy::Proxy;
use super::{DAY, Kind};
use crate::http::{send, text};
use crate::process::SECRET_PREFIXES;
use crate::stack::LocalStack;
use crate::tools::{installed, root};

struct PullRehearsal {
    kind: Kind,
    stack: LocalStack,
    proxy: Proxy,
    file: PathBuf,
}

/// Runs all steps with one client.
pub(super) async fn run(kind: Kind) -> Result<()> {
    let folder = TempDir::new()?;
    let (program, data) = (std::env::current_exe()?, folder.path().join("keyturn"));
    let stack = LocalStack::start(&program, &data, &["--no-schedule"]).await?;
    let proxy = Proxy::start(&stack.api.address).await?;
    let token = json!({
        "name": "rehearsal", "rights": "READ", "applications": ["ORDERS"],
        "autoRenewal": {"everyDays": 30, "pull": true},
    });
    let created = stack.api.call(Method::POST, "/apiAccessTokens", Some(token)).await?;
    let file = folder.path().join("token.json");
    std::fs::write(&file, json!({"token": text(&created, "token")?}).to_string())?;
    let rehearsal = PullRehearsal { kind, stack, proxy, file };
    rehearsal.before_it_is_due().await.context("a run before the renewal is due")?;
    rehearsal.lost_answer().await.context("a lost answer")?;
    rehearsal.days_offline().await.context("days without the client")
}

impl PullRehearsal {
    async fn before_it_is_due(&self) -> Result<()> {
        let before = self.token()?;
        ensure!(self.run_client().await?.is_some_and(|printed| printed.is_empty()), "it is not silent");
        ensure!(self.token()? == before, "it changed the token");
        println!("before the renewal is due: nothing is done");
        Ok(())
    }

    async fn lost_answer(&self) -> Result<()> {
        let old = self.token()?;
        self.advance(30 * DAY).await?;
        self.proxy.lose_next_redemption();
        ensure!(self.run_client().await?.is_none(), "a lost answer is no success");
        ensure!(self.token()? == old, "the stored token is not what it was");
        self.renewed().await?;
        let new = self.token()?;
        ensure!(self.status(&old).await? == 200 && self.status(&new).await? == 200, "one is refused");
        self.advance(DAY + 1).await?;
        ensure!(self.status(&old).await? == 401 && self.status(&new).await? == 200, "after the overlap");
        println!(
            "30 days later, a lost answer: the next run gets the same string, and the new token is in use"
        );
        Ok(())
    }

    async fn days_offline(&self) -> Result<()> {
        self.advance(33 * DAY).await?;
        self.renewed().await?;
        ensure!(self.status(&self.token()?).await? == 200, "the new token is refused");
        println!("days without the client: its token still works, and fetches its successor");
        Ok(())
    }

    /// A run that renews the token.
    async fn renewed(&self) -> Result<()> {
        let printed = self.run_client().await?;
        ensure!(printed.as_deref() == Some("renewed"), "the token was not renewed: {printed:?}");
        Ok(())
    }

    /// Runs the client once, as cron does; what it printed, if it succeeded.
    async fn run_client(&self) -> Result<Option<String>> {
        let receivers = root().join("infra/receivers");
        let mut command = if self.kind == Kind::PullPython {
            let mut python = Command::new(installed("KEYTURN_PYTHON", "python/bin/python")?);
            python.arg(receivers.join("python/pull.py"));
            python
        } else {
            let mut node = Command::new("node");
            node.arg(receivers.join("node/pull.cjs"));
            node
        };
        command.env("KEYTURN_URL", &self.proxy.address).env("TOKEN_FILE", &self.file);
        let output = tokio::task::spawn_blocking(move || command.output()).await??;
        let printed = [output.stdout.clone(), output.stderr].concat();
        for secret in SECRET_PREFIXES {
            ensure!(
                !String::from_utf8_lossy(&printed).contains(secret),
                "it has printed a secret ({secret}…)"
            );
        }
        Ok(output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned()))
    }

    /// The stored token.
    fn token(&self) -> Result<String> {
        let stored: Value = serde_json::from_slice(&std::fs::read(&self.file)?)?;
        Ok(text(&stored, "token")?.to_owned())
    }

    /// What a call with this token is answered with.
    async fn status(&self, token: &str) -> Result<u16> {
        Ok(send(self.stack.api.request(Method::GET, "/apiAccessTokens/self", Some(token))).await?.status)
    }

    async fn advance(&self, seconds: i64) -> Result<()> {
        let body = json!({"seconds": seconds});
        self.stack.api.call(Method::POST, "/_local/clock/advance", Some(body)).await.map(drop)
    }
}
