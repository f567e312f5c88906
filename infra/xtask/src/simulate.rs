//! The simulation, built with optimisations.

use std::path::Path;
use std::process::ExitCode;

use crate::tool::{self, Passed};

const PACKAGE: &str = "keyturn-simulation";
const PROFILE: [&str; 2] = ["--profile", "simulation"];

/// Passes the options on: `cargo xtask simulate --help`.
pub(crate) fn start(root: &Path, passed: &Passed) -> ExitCode {
    tool::start(root, PACKAGE, &PROFILE, &[], passed)
}
