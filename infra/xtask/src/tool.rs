//! Programs of this workspace that measure or try something by themselves: built, then run with the arguments given
//! here, so that nobody has to know which package they are in.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use crate::command::{cargo_in, run};

/// Whatever the program takes; its own `--help` says what.
#[derive(Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Passed {
    /// Options of the program; `--help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "OPTIONS")]
    pub(crate) arguments: Vec<String>,
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

/// What a task that only runs something ends with.
pub(crate) fn exit_code(result: Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
