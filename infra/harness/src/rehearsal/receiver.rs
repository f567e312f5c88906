//! The receivers, started as their READMEs say, each with a store of its own for the token.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail, ensure};
use clap::ValueEnum;
use keyturn_local::lambda;
use serde_json::json;

use super::secrets::Secrets;
use crate::process::{Process, SECRET_PREFIXES};
use crate::tools::{installed, root, start_lambda_emulator, start_moto};

const FUNCTION: &str = "keyturn-receiver";

const SECRET: &str = "keyturn/rehearsal";

/// Which receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// The receiver in Python
    Python,
    /// The receiver for Node
    Node,
    /// The receiver for Lambda and Secrets Manager, under cargo-lambda's emulator and on moto
    Rust,
    /// The client in Python that fetches its successor itself
    PullPython,
    /// The client for Node that fetches its successor itself
    PullNode,
}

pub(crate) struct Setup {
    kind: Kind,
    variables: Vec<(&'static str, String)>,
    _secrets_manager: Option<Process>,
}

pub(crate) struct Receiver {
    process: Process,
    /// What the function runs in, if it's one.
    emulator: Option<Process>,
    pub(crate) address: String,
}

impl Setup {
    /// Puts the token where the receiver finds it.
    pub(crate) async fn new(
        kind: Kind,
        folder: &Path,
        keyturn: &str,
        token: &str,
        signing_secret: &str,
    ) -> Result<Self> {
        let mut variables =
            vec![("KEYTURN_URL", keyturn.to_owned()), ("SIGNING_SECRET", signing_secret.to_owned())];
        let mut secrets_manager = None;
        if kind == Kind::Rust {
            let (moto, address) = start_moto().await?;
            Secrets::new(&address)?.create(SECRET, token).await?;
            secrets_manager = Some(moto);
            variables.extend([
                ("SECRET_ID", SECRET.to_owned()),
                ("AWS_ENDPOINT_URL_SECRETS_MANAGER", address),
                ("AWS_REGION", "eu-central-1".to_owned()),
                ("AWS_ACCESS_KEY_ID", "any".to_owned()),
                ("AWS_SECRET_ACCESS_KEY", "any".to_owned()),
            ]);
        } else {
            let file = folder.join("token.json");
            std::fs::write(&file, json!({"token": token}).to_string())?;
            variables.extend([("TOKEN_FILE", file.display().to_string()), ("PORT", "0".to_owned())]);
        }
        Ok(Self { kind, variables, _secrets_manager: secrets_manager })
    }

    /// Starts the receiver; also again, after it was killed.
    pub(crate) async fn start_receiver(&self) -> Result<Receiver> {
        let receivers = root().join("infra/receivers");
        match self.kind {
            Kind::Python => {
                let mut command = Command::new(installed("KEYTURN_PYTHON", "python/bin/python")?);
                command.arg(receivers.join("python/receiver.py"));
                self.start(command).await
            }
            Kind::Node => {
                let mut command = Command::new("node");
                command.arg(receivers.join("node/receiver.cjs"));
                command.env("NODE_PATH", installed("KEYTURN_NODE_MODULES", "receiver/node_modules")?);
                self.start(command).await
            }
            Kind::Rust => {
                let (emulator, address) = start_lambda_emulator().await?;
                let mut command = Command::new(std::env::current_exe()?);
                let api = format!("{address}/.rt/{FUNCTION}");
                command.arg("receiver").envs(lambda::variables(FUNCTION, 256, &api));
                let function = self.start(command).await?;
                let url = format!("{address}/lambda-url/{FUNCTION}/");
                Ok(Receiver { address: url, emulator: Some(emulator), ..function })
            }
            Kind::PullPython | Kind::PullNode => bail!("a client that pulls receives nothing"),
        }
    }

    async fn start(&self, mut command: Command) -> Result<Receiver> {
        command.envs(self.variables.iter().map(|(name, value)| (*name, value)));
        let listening = |line: &str| line.strip_prefix("Listening: ").map(str::to_owned);
        let (process, address) = Process::start_until("the receiver", command, listening).await?;
        Ok(Receiver { process, emulator: None, address })
    }
}

impl Receiver {
    /// Kills it. What it printed must hold no secret.
    pub(crate) fn kill(mut self) -> Result<()> {
        let printed = self.process.kill() + &self.emulator.map(|mut it| it.kill()).unwrap_or_default();
        for secret in SECRET_PREFIXES {
            ensure!(!printed.contains(secret), "the receiver has printed a secret ({secret}…)");
        }
        Ok(())
    }
}
