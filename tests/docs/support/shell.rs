//! Shell scripts, as a reader of the pages would run them.

use std::path::Path;
use std::process::{Command, Stdio};

/// A script that bash runs in this folder.
pub(crate) fn shell(folder: &Path, script: &str) -> Command {
    let mut shell = Command::new("bash");
    shell.args(["-euo", "pipefail", "-c", script]).current_dir(folder).env("NO_PROXY", "127.0.0.1");
    shell.stdin(Stdio::null());
    shell
}

/// Runs a script, which must succeed, and returns its standard output.
pub(crate) fn output(mut script: Command) -> String {
    let output = script.output().unwrap();
    assert!(output.status.success(), "{script:?}\n{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
