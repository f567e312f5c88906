//! Shell scripts, as a reader of the pages would run them.

use std::path::Path;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// A script that bash runs in this folder.
pub(crate) fn shell(folder: &Path, script: &str) -> Command {
    let mut shell = Command::new("bash");
    shell.args(["-euo", "pipefail", "-c", script]).current_dir(folder).env("NO_PROXY", "127.0.0.1");
    shell.stdin(Stdio::null()).kill_on_drop(true);
    shell
}

/// Starts a long-running script and waits until `ready` accepts a line of its output.
pub(crate) async fn start<T>(mut script: Command, ready: impl Fn(&str) -> Option<T>) -> (Child, T) {
    let mut child = script.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let found = loop {
        let line = lines.next_line().await.unwrap().unwrap_or_else(|| panic!("{script:?} ended"));
        if let Some(found) = ready(&line) {
            break found;
        }
    };
    // Drain the pipe so that the process never blocks on it.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    (child, found)
}

/// Runs a script, which must succeed, and returns its standard output.
pub(crate) async fn output(mut script: Command) -> String {
    let output = script.output().await.unwrap();
    assert!(output.status.success(), "{script:?}\n{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
