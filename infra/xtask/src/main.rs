//! `cargo xtask`: the project's checks as one command, the same on a desk and in CI.
//!
//! `cargo xtask test` needs Rust with rustfmt and clippy, a C compiler, Python 3 and Node; everything else
//! that it uses it installs under `target/tools`.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool: what it prints is what it is for"
)]

mod command;
mod deny;
mod plan;
mod python;
mod report;
mod results;
mod steps;
mod structure;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};

use crate::command::{capture, cargo};
use crate::steps::Step;

/// Checks and tests of this workspace.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Runs every check and every test; stops at the first step that fails
    Test {
        /// Runs these steps only, separated by commas
        #[arg(long, value_enum, value_delimiter = ',', value_name = "STEP")]
        only: Vec<Step>,
        /// Prints the steps in their order and runs nothing
        #[arg(long)]
        list: bool,
    },
}

fn main() -> ExitCode {
    let Task::Test { only, list } = Arguments::parse().task;
    if list {
        print!("{}", report::listing());
        return ExitCode::SUCCESS;
    }
    match workspace_root() {
        Ok(root) => plan::run(&root, &only),
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The folder of the root manifest, from wherever inside the workspace the command was called.
fn workspace_root() -> Result<PathBuf> {
    let manifest = capture(cargo().args(["locate-project", "--workspace", "--message-format", "plain"]))?;
    let manifest = PathBuf::from(manifest.trim_end());
    Ok(manifest.parent().context("the root manifest has no folder")?.to_path_buf())
}
