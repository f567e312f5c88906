//! Programs that a rehearsal starts: ended with it, and what they print is kept.

use std::process::Stdio;
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// A running program. Dropping it kills it.
pub(crate) struct Program {
    process: Child,
    printed: Arc<Mutex<String>>,
}

impl Program {
    /// Starts a program and waits until `seen` has found all that it looks for in what the program prints.
    pub(crate) async fn start<T>(
        name: &str,
        mut command: Command,
        mut seen: impl FnMut(&str) -> Option<T>,
    ) -> Result<(Self, T)> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut process = command.spawn().with_context(|| format!("{name} can't be started"))?;
        let mut out = BufReader::new(process.stdout.take().context("no standard output")?).lines();
        let mut err = BufReader::new(process.stderr.take().context("no standard error")?).lines();
        let printed = Arc::new(Mutex::new(String::new()));
        let found = loop {
            let line = tokio::select! {
                Ok(Some(line)) = out.next_line() => line,
                Ok(Some(line)) = err.next_line() => line,
                else => bail!("{name} did not start:\n{}", text(&printed)),
            };
            note(&printed, &line);
            if let Some(found) = seen(&line) {
                break found;
            }
        };
        let (later, too) = (Arc::clone(&printed), Arc::clone(&printed));
        tokio::spawn(async move {
            while let Ok(Some(line)) = out.next_line().await {
                note(&later, &line);
            }
        });
        tokio::spawn(async move {
            while let Ok(Some(line)) = err.next_line().await {
                note(&too, &line);
            }
        });
        Ok((Self { process, printed }, found))
    }

    /// Ends it without a warning, and tells what it has printed.
    pub(crate) async fn kill(mut self) -> Result<String> {
        self.process.kill().await?;
        Ok(text(&self.printed))
    }
}

/// The value of a printed line `name: value`.
pub(crate) fn value(line: &str, name: &str) -> Option<String> {
    line.strip_prefix(name)?.strip_prefix(": ").map(|value| value.trim().to_owned())
}

fn note(printed: &Mutex<String>, line: &str) {
    if let Ok(mut printed) = printed.lock() {
        printed.extend([line, "\n"]);
    }
}

fn text(printed: &Mutex<String>) -> String {
    printed.lock().map(|printed| printed.clone()).unwrap_or_default()
}
