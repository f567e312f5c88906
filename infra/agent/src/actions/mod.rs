//! What is done after a change, so that whoever uses the token reads the new string.

use std::path::Path;
use std::process::Stdio;

use anyhow::Result;
use async_trait::async_trait;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::process;
use tokio::time::timeout;

use crate::cluster::Cluster;
use crate::config::{Action, Command, Config};
use crate::core::Failure;
use crate::log::now;
use crate::secret::Secret;

/// Something to be done after a change.
#[async_trait]
pub(crate) trait Follow: Send + Sync {
    /// Does it.
    async fn run(&self) -> Result<(), Failure>;
}

/// Opens an action.
pub(crate) fn open(action: &Action, config: &Config) -> Result<Box<dyn Follow>> {
    Ok(match action {
        Action::Signal { .. } | Action::Command(_) => Box::new(Local(action.clone())),
        Action::Restart { kind, name, namespace } => {
            let api = Cluster::open(namespace.as_deref(), config.timeout)?;
            Box::new(Restart { api, kind: kind.clone(), name: name.clone() })
        }
    })
}

/// A workload that rolls when the annotation of its pods changes.
struct Restart {
    api: Cluster,
    kind: String,
    name: String,
}

#[async_trait]
impl Follow for Restart {
    async fn run(&self) -> Result<(), Failure> {
        let time = now().format("%Y-%m-%dT%H:%M:%SZ").to_string();
        let annotations = json!({"keyturn/renewed-at": time});
        let patch = json!({"spec": {"template": {"metadata": {"annotations": annotations}}}});
        self.api
            .merge(&format!("/apis/apps/v1/namespaces/{{namespace}}/{}/{}", self.kind, self.name), &patch)
            .await
    }
}

/// A signal or a program on this machine.
struct Local(Action);

#[async_trait]
impl Follow for Local {
    async fn run(&self) -> Result<(), Failure> {
        match &self.0 {
            Action::Signal { signal, pid_file, .. } => send_signal(*signal, pid_file),
            Action::Command(command) => run(command, None).await,
            Action::Restart { .. } => Err(Failure::new("not on this machine")),
        }
    }
}

/// Sends a signal to the process whose id a file holds.
fn send_signal(signal: i32, pid_file: &Path) -> Result<(), Failure> {
    let failure = |problem: &str| Failure::new(&format!("{}: {problem}", pid_file.display()));
    let text = std::fs::read_to_string(pid_file).map_err(|error| failure(&error.to_string()))?;
    let id = text.trim().parse().ok().filter(|id| *id > 1).and_then(Pid::from_raw);
    let id = id.ok_or_else(|| failure("holds no process id"))?;
    let signal = Signal::from_named_raw(signal).ok_or_else(|| failure("no such signal"))?;
    kill_process(id, signal).map_err(|error| failure(&error.to_string()))
}

/// Runs a program, with a secret on its standard input. Of what it prints, only the end of its errors is reported.
pub(crate) async fn run(command: &Command, input: Option<&Secret>) -> Result<(), Failure> {
    let name = command.line.first().map(String::as_str).unwrap_or_default();
    let failure = |problem: String| Failure::new(&format!("{name}: {problem}"));
    let mut child = process::Command::new(name)
        .args(command.line.iter().skip(1))
        .stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() })
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| failure(error.to_string()))?;
    let stdin = child.stdin.take();
    let write = async {
        if let (Some(mut stdin), Some(input)) = (stdin, input) {
            // A program that does not read to the end decides by its status whether that matters.
            let _ = stdin.write_all(input.expose().as_bytes()).await;
        }
    };
    let both = async { tokio::join!(write, child.wait_with_output()).1 };
    let output = timeout(command.timeout, both)
        .await
        .map_err(|_| failure("did not end in time".to_owned()))?
        .map_err(|error| failure(error.to_string()))?;
    if output.status.success() {
        return Ok(());
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    let last = errors.trim().lines().last().unwrap_or_default();
    Err(failure(format!("{}: {}", output.status, last.chars().take(200).collect::<String>())))
}

#[cfg(test)]
mod tests;
