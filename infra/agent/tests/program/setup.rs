//! The program with its files.

use std::path::PathBuf;
use std::process::Stdio;

use axum::Router;
use axum::handler::Handler;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::process::Command;

use crate::keyturn::{Keyturn, string};

/// The program's folder, with the configuration of one token whose first string is number 1.
pub(crate) struct Setup {
    folder: TempDir,
    pub(crate) keyturn: Keyturn,
    variables: Vec<(&'static str, String)>,
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    /// What it wrote to standard error.
    pub(crate) printed: String,
}

impl Setup {
    pub(crate) async fn new() -> Self {
        let setup = Self {
            folder: tempfile::tempdir().unwrap(),
            keyturn: Keyturn::start().await,
            variables: Vec::new(),
        };
        std::fs::write(setup.path("initial"), string(1)).unwrap();
        setup
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Sets the environment of all commands, which is empty otherwise.
    pub(crate) fn with(mut self, variables: &[(&'static str, &str)]) -> Self {
        self.variables.extend(variables.iter().map(|(name, value)| (*name, (*value).to_owned())));
        self
    }

    /// Writes the configuration: lines for its top, and the tables of the targets.
    pub(crate) fn configure(&self, top: &str, targets: &[String]) {
        let path = |name: &str| self.path(name).display().to_string();
        let targets: String =
            targets.iter().map(|target| format!("[[tokens.partner.targets]]\n{target}\n")).collect();
        let text = format!(
            "url = \"{}\"\nstate = \"{}\"\n{top}\n[tokens.partner]\ninitial-file = \"{}\"\n{targets}",
            self.keyturn.address,
            path("state/state.json"),
            path("initial"),
        );
        std::fs::write(self.path("keyturn.toml"), text).unwrap();
    }

    /// The table of a file target.
    pub(crate) fn file(&self, name: &str) -> String {
        format!("kind = \"file\"\npath = \"{}\"", self.path(name).display())
    }

    /// The program, which ends with its handle at the latest.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keyturn"));
        command.arg("--config").arg(self.path("keyturn.toml")).args(arguments);
        command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin");
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stderr(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        command
    }

    /// Runs a command to its end. It must print no secret.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Ended {
        let output = self.command(arguments).output().await.unwrap();
        let printed = String::from_utf8(output.stderr).unwrap();
        no_secret(&printed);
        no_secret(&String::from_utf8(output.stdout).unwrap());
        Ended { code: output.status.code().unwrap(), printed }
    }

    pub(crate) async fn once(&self) -> Ended {
        self.run(&["once"]).await
    }
}

/// The strings of the tests and of the faults are numbers.
pub(crate) fn no_secret(text: &str) {
    assert!(!text.contains("kat_0"), "{text}");
}

/// Serves on this machine, for as long as the test runs; returns the address.
pub(crate) async fn serve<T: 'static>(handler: impl Handler<T, ()>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(handler)).await });
    address
}
