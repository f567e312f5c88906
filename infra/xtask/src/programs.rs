//! The workspace's programs that measure or exercise Keyturn: built first, then run with the given arguments.

use std::path::Path;

use anyhow::Result;
use clap::Args;

use crate::command::{cargo, run};
use crate::npm;
use crate::python;

/// Arguments for the program; its own `--help` lists them.
#[derive(Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Passed {
    /// Options of the program; `--help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "OPTIONS")]
    pub(crate) arguments: Vec<String>,
}

/// Builds and runs a package's program. `first` comes before the passed arguments.
pub(crate) fn start(
    root: &Path,
    package: &str,
    build: &[&str],
    first: &[&str],
    passed: &Passed,
) -> Result<()> {
    let mut command = cargo(root);
    command.args(["run", "--quiet", "--locked", "--package", package]).args(build).arg("--");
    run(command.args(first).args(&passed.arguments))
}

/// The benchmark. Builds the functions separately, so that they have only the features that they are deployed with.
pub(crate) fn bench(root: &Path, passed: &Passed) -> Result<()> {
    if passed.arguments.first().is_some_and(|first| first == "rivals") {
        python::RIVALS.ensure(root)?;
        npm::RIVALS.ensure(root)?;
        eprintln!("building the local stack, optimized for speed: the first time, ten minutes on two cores");
        return start(root, "keyturn-harness", &["--profile", "stack"], &["bench"], passed);
    }
    let build = ["build", "--quiet", "--locked", "--release", "--package", "keyturn-functions"];
    run(cargo(root).args(build))?;
    start(root, "keyturn-harness", &["--release"], &["bench"], passed)
}

pub(crate) fn openapi(root: &Path) -> Result<()> {
    let file = root.join("functions/openapi/openapi.json").display().to_string();
    start(root, "keyturn-openapi", &[], &[&file], &Passed { arguments: Vec::new() })
}

/// Runs Schemathesis with these options instead of the test's own.
pub(crate) fn schemathesis(root: &Path, passed: &Passed) -> Result<()> {
    python::ensure(root)?;
    npm::OPENAPI.ensure(root)?;
    let mut command = cargo(root);
    command.args(["test", "--locked", "--package", "keyturn-tests", "--test", "openapi", "schemathesis::"]);
    command.args(["--", "--nocapture"]).envs(python::variables(root));
    run(command.env("KEYTURN_SCHEMATHESIS", passed.arguments.join(" ")))
}

pub(crate) fn rehearse(root: &Path, passed: &Passed) -> Result<()> {
    npm::RECEIVER.ensure(root)?;
    python::ensure(root)?;
    start(root, "keyturn-harness", &[], &["rehearse"], passed)
}
