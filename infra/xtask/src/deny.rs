//! The dependency check with `cargo-deny`: licences, bans, duplicates, sources, advisories.
//!
//! `.config/deny.toml` holds the rules. An entry there that nothing needs is an error too.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::command::{capture, program, run};
use crate::python::XTASK;

/// The warnings about entries that nothing needs.
const STALE_ENTRIES: [&str; 4] =
    ["license-not-encountered", "unmatched-skip", "unnecessary-skip", "advisory-not-detected"];

/// The step. Skips the advisories, with a note, where their database cannot be fetched.
pub(crate) fn step(root: &Path) -> Result<String> {
    let check = || -> Result<Command> {
        let mut command = deny(root)?;
        command.arg("check").args(STALE_ENTRIES.iter().flat_map(|entry| ["--deny", entry]));
        Ok(command)
    };
    run(check()?.args(["licenses", "bans", "sources"]))?;

    // Fetched separately, so that an unreachable database cannot be mistaken for a vulnerable crate.
    if let Err(error) = capture(deny(root)?.args(["fetch", "db"])) {
        let reason = format!("{error:#}");
        println!("{}", reason.lines().last().unwrap_or_default().trim());
        return Ok("advisories skipped: advisory database not reachable".to_owned());
    }
    run(check()?.arg("advisories"))?;
    Ok(String::new())
}

/// A call with our rules. Called directly and not as `cargo deny`, the tool expects its own name first.
fn deny(root: &Path) -> Result<Command> {
    let mut command = program(XTASK.tool(root, "cargo-deny")?);
    command.current_dir(root).args(["deny", "--locked", "--all-features", "--config", ".config/deny.toml"]);
    Ok(command)
}
