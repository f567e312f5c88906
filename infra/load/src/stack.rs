//! The local stack in a process of its own, which can be killed.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// A running stack.
pub(crate) struct Stack {
    process: Child,
    /// Where its API is.
    pub(crate) api: String,
    /// Its management token.
    pub(crate) management_token: String,
}

impl Stack {
    /// Starts it on the data of a folder, and waits until it's ready.
    pub(crate) async fn start(data: &Path) -> Result<Self> {
        let log = std::fs::File::options().create(true).append(true).open(data.with_extension("log"))?;
        let mut process = Command::new(std::env::current_exe()?)
            .args(["stack", "--port", "0", "--data-dir"])
            .arg(data)
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .context("the stack can't be started")?;
        let output = process.stdout.take().context("the stack has no standard output")?;
        let mut lines = BufReader::new(output).lines();
        let (mut api, mut token) = (None, None);
        while api.is_none() || token.is_none() {
            let Some(line) = lines.next_line().await? else {
                bail!("the stack ended at its start: see {}", data.with_extension("log").display());
            };
            let value = |name: &str| line.strip_prefix(name).map(|value| value.trim().to_owned());
            api = api.or_else(|| value("Ready: "));
            token = token.or_else(|| value("Management token: "));
        }
        // Whatever it prints later must not fill the pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let (Some(api), Some(management_token)) = (api, token) else { bail!("the stack is not ready") };
        Ok(Self { process, api, management_token })
    }

    /// Ends it without a warning, as a power cut would.
    pub(crate) async fn kill(mut self) -> Result<()> {
        self.process.kill().await.context("the stack can't be killed")
    }

    /// Resident memory now and at its peak, in MiB, where the system tells.
    pub(crate) fn memory(&self) -> Option<(u64, u64)> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()?)).ok()?;
        let mib = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name))?;
            Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? / 1024)
        };
        Some((mib("VmRSS:")?, mib("VmHWM:")?))
    }
}
