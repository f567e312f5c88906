//! The simulation: as a tool with its own options, and as a step of a test run.
//!
//! Its package is built with optimisations, and for the planted bugs by itself: with the rest of the workspace, cargo
//! would enable their feature for everything that is built beside it.

use std::io;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::command::{cargo_in, run, watch};
use crate::results::{self, Totals};
use crate::tool::{self, Passed};

const PACKAGE: &str = "keyturn-simulation";
const PROFILE: [&str; 2] = ["--profile", "simulation"];

/// Histories of a year that each test run simulates; the long run has a thousand.
const SEEDS: &str = "100";

/// Passes the options on: `cargo xtask simulate --help`.
pub(crate) fn start(root: &Path, passed: &Passed) -> ExitCode {
    tool::start(root, PACKAGE, &PROFILE, &[], passed)
}

/// Simulates some years in which no promise may break, and plants bugs that must be found.
pub(crate) fn step(root: &Path, totals: &mut Totals) -> Result<String> {
    let mut years = cargo_in(root);
    years.args(["run", "--quiet", "--locked", "--package", PACKAGE]).args(PROFILE);
    run(years.args(["--", "--seeds", SEEDS]))?;

    let mut mutations = cargo_in(root);
    mutations.args(["test", "--locked", "--no-fail-fast", "--package", PACKAGE]).args(PROFILE);
    mutations.args(["--features", "planted-bugs", "--test", "planted_bugs"]);
    let mut found = Totals::default();
    let status = watch(&mut mutations, &mut io::stdout(), |line| {
        if let Some(counted) = results::parse(line) {
            found += counted;
        }
    })?;
    *totals += found;
    if !status.success() || !found.any_ran() {
        bail!("a planted bug is not found: {found}");
    }
    Ok(format!("{SEEDS} years, {found}"))
}
