//! The receivers, started as their READMEs say, each with a place of its own for the token.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::json;
use tokio::process::Command;

use crate::keyturn::client;
use crate::lambda::Lambda;
use crate::program::{Program, value};

pub(crate) const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// The name of the secret.
const SECRET: &str = "keyturn/rehearsal";

/// Which receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Python,
    Node,
    Rust,
}

/// What a receiver needs to know, and where its token stands.
pub(crate) struct Setting {
    kind: Kind,
    variables: Vec<(&'static str, String)>,
    _secrets_manager: Option<Program>,
}

/// A running receiver.
pub(crate) struct Receiver {
    process: Program,
    /// What the function runs in, if it's one.
    emulator: Option<Program>,
    pub(crate) address: String,
}

impl Setting {
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
            create_secret(&address, token).await?;
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
    pub(crate) async fn start(&self) -> Result<Receiver> {
        let receivers = Path::new(ROOT).join("infra/receivers");
        match self.kind {
            Kind::Python => {
                let mut command = Command::new(tool("KEYTURN_PYTHON", "python/bin/python")?);
                command.arg(receivers.join("python/receiver.py"));
                self.listen(command).await
            }
            Kind::Node => {
                let mut command = Command::new("node");
                command.arg(receivers.join("node/receiver.cjs"));
                command.env("NODE_PATH", tool("KEYTURN_NODE_MODULES", "receiver/node_modules")?);
                self.listen(command).await
            }
            Kind::Rust => {
                let lambda = Lambda::start().await?;
                let function = self.listen(lambda.function()?).await?;
                Ok(Receiver { address: lambda.url(), emulator: Some(lambda.emulator), ..function })
            }
        }
    }

    async fn listen(&self, mut command: Command) -> Result<Receiver> {
        command.envs(self.variables.iter().map(|(name, value)| (*name, value)));
        let listening = |line: &str| value(line, "Listening");
        let (process, address) = Program::start("the receiver", command, listening).await?;
        Ok(Receiver { process, emulator: None, address })
    }
}

impl Receiver {
    /// Kills it. What it printed must hold no secret.
    pub(crate) async fn kill(self) -> Result<()> {
        let mut printed = self.process.kill().await?;
        if let Some(emulator) = self.emulator {
            printed.push_str(&emulator.kill().await?);
        }
        for secret in ["kat_", "krt_", "whsec_"] {
            ensure!(!printed.contains(secret), "the receiver has printed a secret ({secret}…)");
        }
        Ok(())
    }
}

/// moto's Secrets Manager.
async fn start_moto() -> Result<(Program, String)> {
    let mut command = Command::new(tool("KEYTURN_DEPLOYMENT_PYTHON", "deployment/bin/python")?);
    command.args(["-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]).env("PYTHONUNBUFFERED", "1");
    let running = |line: &str| line.split_once("Running on ").map(|(_, url)| url.trim().to_owned());
    Program::start("moto", command, running).await
}

/// The call of `aws secretsmanager create-secret`; moto takes any signature.
async fn create_secret(address: &str, token: &str) -> Result<()> {
    let request = client()?.post(address).header("X-Amz-Target", "secretsmanager.CreateSecret");
    let request = request.header("Authorization", "AWS4-HMAC-SHA256 Credential=any/20250101/eu-central-1/secretsmanager/aws4_request, SignedHeaders=host, Signature=any");
    let request = request.header("Content-Type", "application/x-amz-json-1.1");
    let id = "00000000-0000-4000-8000-000000000000";
    let body = json!({"Name": SECRET, "SecretString": token, "ClientRequestToken": id});
    request.body(body.to_string()).send().await?.error_for_status().context("the secret can't be created")?;
    Ok(())
}

/// Where `cargo xtask` has put a tool.
pub(crate) fn tool(variable: &str, place: &str) -> Result<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "`cargo xtask` tells where it has put it")]
    let told = std::env::var_os(variable).map(PathBuf::from);
    let tool = told.unwrap_or_else(|| Path::new(ROOT).join("target/tools").join(place));
    ensure!(tool.exists(), "{} is missing: run `cargo xtask test --only tools`", tool.display());
    Ok(tool)
}
