//! Starts other programs: all child processes begin here.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// A program that doesn't see the variables which `cargo run` sets for this one.
///
/// A build script may ask to run again when, say, `CARGO_MANIFEST_DIR` changes: with these variables, each switch between
/// `cargo xtask test` and a plain `cargo test` would compile it and its dependents anew.
pub(crate) fn program(name: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(name);
    #[expect(clippy::disallowed_methods, reason = "names only, to hide them from the child")]
    let variables = std::env::vars_os();
    for (name, _) in variables {
        let of_this_package = name
            .to_str()
            .is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"));
        if of_this_package {
            command.env_remove(name);
        }
    }
    command
}

/// `cargo` in the workspace's root, in the toolchain that started this program.
pub(crate) fn cargo(root: &Path) -> Command {
    let mut command = program("cargo");
    command.current_dir(root);
    command
}

/// Runs to the end with inherited output; an exit code other than 0 is an error.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| not_started(command))?;
    if !status.success() {
        bail!("{} ended with {status}", shown(command));
    }
    Ok(())
}

/// Runs to the end and returns the standard output. The error of a failed program holds its standard error.
pub(crate) fn capture(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| not_started(command))?;
    if !output.status.success() {
        bail!("{} failed: {}", shown(command), String::from_utf8_lossy(&output.stderr).trim());
    }
    String::from_utf8(output.stdout).with_context(|| format!("{} did not write UTF-8", shown(command)))
}

/// Whether a program starts and exits with 0. Its output is discarded.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

fn not_started(command: &Command) -> String {
    format!("{} could not be started", shown(command))
}

/// The program and its arguments, to find the command again in a log.
fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words.map(OsStr::to_string_lossy).collect();
    format!("`{}`", words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_show_the_command() {
        let error = run(program("cargo").arg("--no-such-option").stderr(Stdio::null())).unwrap_err();
        assert!(error.to_string().starts_with("`cargo --no-such-option` ended with "), "{error}");
        let error = run(&mut program("no-such-program-anywhere")).unwrap_err();
        assert_eq!(error.to_string(), "`no-such-program-anywhere` could not be started");
        let error = capture(program("cargo").arg("--no-such-option")).unwrap_err();
        assert!(error.to_string().contains("unexpected argument"), "{error}");
    }

    #[test]
    fn hides_the_variables_of_this_package() {
        let command = program("cargo");
        let hidden: Vec<_> = command.get_envs().filter(|(_, value)| value.is_none()).collect();
        assert!(hidden.iter().any(|(name, _)| *name == "CARGO_MANIFEST_DIR"), "{hidden:?}");
    }
}
