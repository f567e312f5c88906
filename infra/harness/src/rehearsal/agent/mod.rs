//! A rehearsal of the agent: a service reads the token from a file at each request, and not one of them may be refused,
//! whatever is lost, killed or out of order.

mod aws;
mod faults;
mod kills;
mod programs;
mod renewals;
mod service;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, Utc};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::DAY;
use super::proxy::Proxy;
use crate::http::{send, text};
use crate::process::{Process, SECRET_PREFIXES};
use crate::stack::LocalStack;

/// Options of the rehearsal.
#[derive(clap::Args)]
pub struct Options {
    /// Renewals in each mode
    #[arg(long, default_value_t = 30)]
    renewals: usize,
    /// How often the agent is killed
    #[arg(long, default_value_t = 200)]
    kills: usize,
    /// Determines when it is killed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Another program than the one built with this command, such as a release build
    #[arg(long, value_name = "FILE")]
    agent: Option<PathBuf>,
}

/// Runs everything.
pub async fn run(options: &Options) -> Result<()> {
    let pull = json!({"everyDays": 30, "pull": true});
    let mut setup = Setup::new(options, "pull", pull).await?;
    renewals::run(&mut setup, options.renewals).await.context("renewals by pull")?;
    kills::run(&mut setup, options).await.context("kills")?;
    faults::run(&mut setup).await.context("faults")?;
    aws::run(&mut setup).await.context("targets in AWS")?;
    programs::run(&mut setup).await.context("init and exec")?;
    setup.end().await?;

    let mut setup = Setup::new(options, "listen", Value::Null).await?;
    renewals::run(&mut setup, options.renewals).await.context("renewals by callback")?;
    setup.end().await
}

/// A stack, a token, the service that uses it, and the agent's files.
struct Setup {
    folder: TempDir,
    stack: LocalStack,
    proxy: Proxy,
    service: service::Service,
    program: Vec<PathBuf>,
    /// The token in use.
    id: String,
    is_listening: bool,
    agent: Option<Process>,
}

impl Setup {
    async fn new(options: &Options, source: &str, renewal: Value) -> Result<Self> {
        let (folder, own) = (TempDir::new()?, std::env::current_exe()?);
        let stack = LocalStack::start(&own, &folder.path().join("keyturn"), &["--no-schedule"]).await?;
        let proxy = Proxy::start(&stack.api.address).await?;
        let is_listening = source == "listen";
        let renewal = if is_listening {
            json!({"everyDays": 30, "callback": {"url": proxy.callback_url()}})
        } else {
            renewal
        };
        let token = json!({"name": "rehearsal", "rights": "READ", "applications": ["ORDERS"], "autoRenewal": renewal});
        let created = stack.api.call(Method::POST, "/apiAccessTokens", Some(token)).await?;
        std::fs::write(folder.path().join("initial"), text(&created, "token")?)?;
        let mut more = String::new();
        if is_listening {
            let port = tokio::net::TcpListener::bind("127.0.0.1:0").await?.local_addr()?.port();
            proxy.send_callbacks_to(&format!("http://127.0.0.1:{port}/callbacks"));
            let secret = text(&created["autoRenewal"]["callback"], "signingSecret")?;
            std::fs::write(folder.path().join("secret"), secret)?;
            more = format!("listen = \"127.0.0.1:{port}\"\n");
        }
        let service = service::Service::start(&stack.api.address, &folder.path().join("token"))?;
        let program = match &options.agent {
            Some(agent) => vec![agent.canonicalize()?],
            None => vec![own, "agent".into()],
        };
        let id = text(&created, "id")?.to_owned();
        let mut setup = Self { folder, stack, proxy, service, program, id, is_listening, agent: None };
        setup.configure(&setup.proxy.address.clone(), &more, &setup.path("token"))?;
        setup.start().await?;
        setup.service.uses(&setup.id).await?;
        println!("{source}: the agent is up, and its token is in use");
        Ok(setup)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes the configuration.
    fn configure(&self, url: &str, more: &str, target: &Path) -> Result<()> {
        let path = |name: &str| self.path(name).display().to_string();
        let source = if self.is_listening {
            format!(
                "source = \"listen\"\npath = \"/callbacks\"\nsigning-secret-file = \"{}\"\n",
                path("secret")
            )
        } else {
            String::new()
        };
        let text = format!(
            "url = \"{url}\"\nstate = \"{}\"\ntimeout = \"30s\"\n{more}[tokens.partner]\ninitial-file = \"{}\"\n{source}\
             [[tokens.partner.targets]]\nkind = \"file\"\npath = \"{}\"\n",
            path("state.json"),
            path("initial"),
            target.display(),
        );
        std::fs::write(self.path("keyturn.toml"), text)?;
        Ok(())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        self.command_with(&self.path("keyturn.toml"), arguments)
    }

    fn command_with(&self, configuration: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program[0]);
        command.args(&self.program[1..]).arg("--config").arg(configuration).args(arguments);
        command.envs([
            ("NO_PROXY", "127.0.0.1"),
            ("AWS_ACCESS_KEY_ID", "any"),
            ("AWS_SECRET_ACCESS_KEY", "any"),
        ]);
        command
    }

    /// Starts the service and waits until it runs.
    async fn start(&mut self) -> Result<()> {
        let running = |line: &str| line.contains("running").then_some(());
        let (process, ()) = Process::start_until("the agent", self.command(&["run"]), running).await?;
        self.agent = Some(process);
        Ok(())
    }

    /// Makes the agent read its configuration and look at once.
    fn hang_up(&self) -> Result<()> {
        let id = self.agent.as_ref().context("no agent runs")?.id();
        ensure!(Command::new("kill").args(["-HUP", &id.to_string()]).status()?.success(), "no signal");
        Ok(())
    }

    /// Kills the agent. What it printed must hold no secret.
    fn kill(&mut self) -> Result<String> {
        let printed = self.agent.take().map(|mut agent| agent.kill()).unwrap_or_default();
        no_secret(&printed)?;
        Ok(printed)
    }

    /// Runs a command of the agent to its end.
    async fn output(&self, arguments: &[&str]) -> Result<Output> {
        let mut command = self.command(arguments);
        let output = tokio::task::spawn_blocking(move || command.output()).await??;
        no_secret(&String::from_utf8_lossy(&output.stdout))?;
        no_secret(&String::from_utf8_lossy(&output.stderr))?;
        Ok(output)
    }

    /// The string in the file.
    fn held(&self) -> Result<String> {
        Ok(std::fs::read_to_string(self.path("token"))?)
    }

    async fn status_of(&self, string: &str) -> Result<u16> {
        Ok(send(self.stack.api.request(Method::GET, "/apiAccessTokens/self", Some(string))).await?.status)
    }

    async fn advance(&self, seconds: i64) -> Result<()> {
        let body = json!({"seconds": seconds});
        self.stack.api.call(Method::POST, "/_local/clock/advance", Some(body)).await.map(drop)
    }

    /// Moves the clock to the moment at which the renewal is due.
    async fn advance_to_due(&self) -> Result<()> {
        let clock = self.stack.api.call(Method::GET, "/_local/clock", None).await?;
        let due: DateTime<Utc> = text(&self.token().await?["autoRenewal"], "nextRenewalAt")?.parse()?;
        let now: DateTime<Utc> = text(&clock, "now")?.parse()?;
        self.advance((due - now).num_seconds()).await
    }

    async fn token(&self) -> Result<Value> {
        self.stack.api.call(Method::GET, &format!("/apiAccessTokens/{}", self.id), None).await
    }

    /// The token's successor, which is to be there.
    async fn successor(&self) -> Result<String> {
        let token = self.token().await?;
        Ok(token["renewedBy"].as_str().context("there is no successor")?.to_owned())
    }

    /// The successor is in use; the overlap ends, and it is still in use.
    async fn renewed(&mut self) -> Result<()> {
        let successor = self.successor().await?;
        self.service.uses(&successor).await?;
        self.id = successor;
        self.advance(DAY + 1).await?;
        let id = self.id.clone();
        self.service.uses(&id).await
    }

    async fn end(mut self) -> Result<()> {
        self.kill()?;
        let (good, bad) = self.service.stop().await?;
        ensure!(bad.is_empty(), "not all requests of the service succeeded; by status: {bad:?}");
        println!("all of {good} requests of the service were answered with 200");
        Ok(())
    }
}

fn no_secret(printed: &str) -> Result<()> {
    for secret in SECRET_PREFIXES {
        let shown = printed
            .match_indices(secret)
            .any(|(at, _)| printed[at + secret.len()..].starts_with(|it: char| it.is_ascii_alphanumeric()));
        ensure!(!shown, "the agent has printed a secret ({secret}…)");
    }
    Ok(())
}
