//! The benchmark: the functions as they are deployed, and the program that measures them.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;

use crate::command::{cargo_in, run};
use crate::tool;

/// Builds every function and then measures. The first build takes a while: each program is optimised as a whole.
pub(crate) fn start(root: &Path, passed: &tool::Passed) -> ExitCode {
    match build(root) {
        Ok(()) => tool::start(root, "keyturn-harness", &["--release"], &["bench"], passed),
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The functions apart from the benchmark, so that they have the features that they ask for and no others.
fn build(root: &Path) -> Result<()> {
    for package in ["keyturn-functions", "keyturn-harness"] {
        run(cargo_in(root).args(["build", "--quiet", "--locked", "--release", "--package", package]))?;
    }
    Ok(())
}
