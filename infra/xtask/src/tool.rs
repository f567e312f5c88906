//! Programs of this workspace that measure or try something by themselves: built, then run with the arguments given
//! here, so that nobody has to know which package they are in.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use crate::command::{cargo_in, program, run};
use crate::python;

/// Whatever the program takes; its own `--help` says what.
#[derive(Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Passed {
    /// Options of the program; `--help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "OPTIONS")]
    arguments: Vec<String>,
}

/// Builds and runs a package's program. `subcommand` comes before what was passed.
pub(crate) fn start(
    root: &Path,
    package: &str,
    build: &[&str],
    subcommand: &[&str],
    passed: &Passed,
) -> ExitCode {
    let mut command = cargo_in(root);
    command.args(["run", "--quiet", "--locked", "--package", package]).args(build).arg("--");
    exit_code(run(command.args(subcommand).args(&passed.arguments)))
}

/// Runs a program out of the Python packages for the deployment, which are installed if need be. `always` are options that
/// it's given besides, at the end.
pub(crate) fn python(root: &Path, name: &str, passed: &Passed, always: &[&str]) -> ExitCode {
    exit_code(python::deployment_path(root).and_then(|path| {
        let mut command = program(name);
        command.current_dir(root).env("PATH", path).env("SAM_CLI_TELEMETRY", "0");
        // Called by its own name, cargo-lambda wants to be told that it's a subcommand of cargo.
        let subcommand = name.strip_prefix("cargo-");
        run(command.args(subcommand).args(&passed.arguments).args(always))
    }))
}

fn exit_code(result: Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
