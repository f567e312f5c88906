//! The dependency check with `cargo-deny`: licences, bans, duplicates, sources, advisories.
//!
//! `.config/deny.toml` holds the rules. Entries there that nothing needs any more are errors too, so that the
//! lists stay as short as they can be.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::command::{capture, cargo_in, program, run};

/// The version that is installed. One on the `PATH` will do if it differs in the last number only.
const VERSION: &str = "0.20.2";

/// The tool runs for two seconds: compiling it without optimisation takes one minute instead of three.
const QUICK_BUILD: [&str; 6] = [
    "--config",
    "profile.release.opt-level=0",
    "--config",
    "profile.release.lto=\"off\"",
    "--config",
    "profile.release.codegen-units=256",
];

/// An entry of the rules which nothing needs: an error, not a warning.
const STALE_ENTRIES: [&str; 8] = [
    "--deny",
    "license-not-encountered",
    "--deny",
    "unmatched-skip",
    "--deny",
    "unnecessary-skip",
    "--deny",
    "advisory-not-detected",
];

/// The step. Advisories need a database from the network: where that cannot be had, the note says so.
pub(crate) fn step(root: &Path) -> Result<String> {
    let tool = ensure(root)?;
    run(deny(&tool, root).arg("check").args(STALE_ENTRIES).args(["licenses", "bans", "sources"]))?;

    // Tried apart from the check, so that an unreachable database and a vulnerable crate cannot be confused.
    if let Err(error) = capture(deny(&tool, root).args(["fetch", "db"])) {
        println!("{}", last_line(&format!("{error:#}")));
        println!("advisories skipped: advisory database not reachable");
        return Ok("advisories skipped: advisory database not reachable".to_owned());
    }
    run(deny(&tool, root).arg("check").args(STALE_ENTRIES).arg("advisories"))?;
    Ok(String::new())
}

/// Installs the tool, unless it's there.
pub(crate) fn prepare(root: &Path) -> Result<()> {
    ensure(root).map(drop)
}

/// A call with our rules. Called directly and not as `cargo deny`, the tool wants its own name first.
fn deny(tool: &Path, root: &Path) -> Command {
    let mut command = program(tool);
    command.current_dir(root).args(["deny", "--locked", "--all-features", "--config", ".config/deny.toml"]);
    command
}

/// Finds the tool, or installs it under `target/tools/cargo`.
fn ensure(root: &Path) -> Result<PathBuf> {
    let folder = root.join("target/tools/cargo");
    let ours = folder.join("bin/cargo-deny");
    for candidate in [ours.clone(), PathBuf::from("cargo-deny")] {
        let version = capture(program(&candidate).arg("--version"));
        if version.is_ok_and(|version| is_usable(&version)) {
            return Ok(candidate);
        }
    }

    println!("installing cargo-deny {VERSION}, once; this takes a minute or two");
    let mut install = cargo_in(root);
    install.args(["install", "--quiet", "--locked", "--no-default-features"]).args(QUICK_BUILD);
    install.arg("--root").arg(&folder).arg(format!("cargo-deny@{VERSION}"));
    run(&mut install).context("cargo-deny could not be installed: is the crate registry reachable?")?;
    Ok(ours)
}

/// Whether an installed version knows the same rules: all but the last number is equal.
fn is_usable(version_line: &str) -> bool {
    let series = |version: &str| version.rsplit_once('.').map(|(series, _)| series.to_owned());
    let installed = version_line.trim().strip_prefix("cargo-deny ");
    installed.and_then(series).is_some_and(|installed| Some(installed) == series(VERSION))
}

/// The end of a long message, which is where git says what went wrong.
fn last_line(message: &str) -> &str {
    message.lines().last().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_of_the_same_series_will_do() {
        assert!(is_usable("cargo-deny 0.20.2\n"));
        assert!(is_usable("cargo-deny 0.20.9\n"));
    }

    #[test]
    fn another_series_or_another_program_will_not() {
        for line in ["cargo-deny 0.19.2", "cargo-deny 1.0.0", "cargo-denier 0.20.2", "", "cargo-deny"] {
            assert!(!is_usable(line), "{line}");
        }
    }

    #[test]
    fn the_last_line_of_a_message_is_the_telling_one() {
        assert_eq!(
            last_line("failed to clone\nfatal: could not resolve host\n"),
            "fatal: could not resolve host"
        );
        assert_eq!(last_line(""), "");
    }
}
