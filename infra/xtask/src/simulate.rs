//! The simulation: as a tool with its own options, and as a step of a test run.
//!
//! The step compiles it as the other tests are, so that little is left to compile, and the planted bugs by themselves: their
//! feature would be enabled for everything that is built beside them.

use std::io;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};

use crate::command::{cargo_in, watch};
use crate::results::{self, Totals};
use crate::tool::{self, Passed};

const PACKAGE: &str = "keyturn-simulation";
const PROFILE: [&str; 2] = ["--profile", "simulation"];

/// Passes the options on: `cargo xtask simulate --help`.
pub(crate) fn start(root: &Path, passed: &Passed) -> ExitCode {
    tool::start(root, PACKAGE, &PROFILE, &[], passed)
}

/// Simulates some years in which no promise may break, and plants bugs that must be found.
pub(crate) fn step(root: &Path, totals: &mut Totals) -> Result<String> {
    let years = tests(root, &["--test", "years", "--", "--ignored"], totals)?;
    let bugs = ["--features", "keyturn-simulation/mutations", "--test", "mutations"];
    let bugs = tests(root, &bugs, totals).context("a planted bug is not found")?;
    Ok(format!("years: {years}; planted bugs: {bugs}"))
}

fn tests(root: &Path, which: &[&str], totals: &mut Totals) -> Result<Totals> {
    let mut command = cargo_in(root);
    command.args(["test", "--workspace", "--locked", "--no-fail-fast"]).args(which);
    let mut counted = Totals::default();
    let status = watch(&mut command, &mut io::stdout(), |line| {
        counted += results::parse(line).unwrap_or_default();
    })?;
    *totals += counted;
    if !status.success() || !counted.any_ran() {
        bail!("{counted}");
    }
    Ok(counted)
}
