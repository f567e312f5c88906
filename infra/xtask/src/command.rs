//! Starting other programs: to watch, to read line by line, or to read whole.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context, Result, bail};

/// A program that doesn't see the variables which `cargo run` sets for this one.
///
/// Build scripts may ask to be run again when, say, `CARGO_MANIFEST_DIR` changes: without this, each change
/// between `cargo xtask test` and a plain `cargo test` would compile them and all that depends on them anew.
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

/// `cargo`, in the toolchain that this program was started with.
pub(crate) fn cargo() -> Command {
    program("cargo")
}

/// `cargo` in the workspace's root.
pub(crate) fn cargo_in(root: &Path) -> Command {
    let mut command = cargo();
    command.current_dir(root);
    command
}

/// Runs to the end with the output going where ours goes; an exit code other than 0 is an error.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| not_started(command))?;
    expect_success(command, status)
}

/// Runs to the end, passing the standard output on to `sink` as it comes and giving each line to `see`.
pub(crate) fn watch(
    command: &mut Command,
    sink: &mut impl Write,
    mut see: impl FnMut(&str),
) -> Result<ExitStatus> {
    let mut child = command.stdout(Stdio::piped()).spawn().with_context(|| not_started(command))?;
    let output = child.stdout.take().context("the child has no standard output")?;
    let mut reader = BufReader::new(output);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        sink.write_all(&line)?;
        see(&String::from_utf8_lossy(&line));
        line.clear();
    }
    Ok(child.wait()?)
}

/// Runs to the end and returns the standard output; on a failure the error says what the program said.
pub(crate) fn capture(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| not_started(command))?;
    if !output.status.success() {
        bail!("{} failed: {}", shown(command), String::from_utf8_lossy(&output.stderr).trim());
    }
    String::from_utf8(output.stdout).with_context(|| format!("{} did not write UTF-8", shown(command)))
}

/// Whether a program can be started and ends well, seen or heard of by nobody.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

fn expect_success(command: &Command, status: ExitStatus) -> Result<()> {
    if !status.success() {
        bail!("{} ended with {status}", shown(command));
    }
    Ok(())
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
    fn a_failing_program_is_an_error_that_shows_the_command() {
        let error = run(program("cargo").arg("--no-such-option").stderr(Stdio::null())).unwrap_err();
        assert!(error.to_string().starts_with("`cargo --no-such-option` ended with "), "{error}");
    }

    #[test]
    fn a_missing_program_is_an_error_that_shows_the_command() {
        let error = run(&mut program("no-such-program-anywhere")).unwrap_err();
        assert_eq!(error.to_string(), "`no-such-program-anywhere` could not be started");
    }

    #[test]
    fn what_a_failing_program_says_is_part_of_the_error() {
        let error = capture(cargo().arg("--no-such-option")).unwrap_err();
        assert!(error.to_string().contains("unexpected argument"), "{error}");
    }

    #[test]
    fn watching_gives_every_line_and_passes_it_on() {
        let (mut sink, mut seen) = (Vec::new(), String::new());
        let status = watch(cargo().arg("--list"), &mut sink, |line| seen.push_str(line)).unwrap();
        assert!(status.success() && seen.lines().count() > 10, "{seen}");
        assert_eq!(sink, seen.as_bytes());
    }

    #[test]
    fn the_variables_of_this_package_are_hidden() {
        let command = program("cargo");
        let hidden: Vec<_> = command.get_envs().filter(|(_, value)| value.is_none()).collect();
        assert!(hidden.iter().any(|(name, _)| *name == "CARGO_MANIFEST_DIR"), "{hidden:?}");
    }
}
