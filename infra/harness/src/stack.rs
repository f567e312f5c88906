//! The local stack in a process of its own, which can be killed.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::process::Process;

/// The last of the lines `Name: value` that the stack prints when it's ready.
const LAST_LINE: &str = "EventBridge";

/// A running stack.
pub struct LocalStack {
    /// Its process.
    pub process: Process,
    lines: BTreeMap<String, String>,
}

impl LocalStack {
    /// Starts the `stack` command of a program with the data of a folder.
    pub async fn with_data(program: &Path, data: &Path, options: &[&str]) -> Result<Self> {
        let mut command = Command::new(program);
        command.args(["stack", "--data-dir"]).arg(data).args(options);
        Self::start(command).await
    }

    /// Starts a program that is the local stack, on free ports, and waits until it's ready.
    pub async fn start(mut command: Command) -> Result<Self> {
        command.args(["--port", "0"]).env("RUST_LOG", "error");
        let mut lines = BTreeMap::new();
        let ready = |line: &str| {
            let (name, value) = line.split_once(": ")?;
            lines.insert(name.to_owned(), value.trim().to_owned());
            (name == LAST_LINE).then_some(())
        };
        let (process, ()) = Process::start_until("the local stack", command, ready).await?;
        Ok(Self { process, lines })
    }

    /// What the stack printed under this name, such as `Ready`, `Management token` or `DynamoDB`.
    pub fn value(&self, name: &str) -> Result<&str> {
        self.lines.get(name).map(String::as_str).with_context(|| format!("the local stack printed no {name}"))
    }
}
