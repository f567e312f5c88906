//! `cargo xtask`: the project's checks as one command, the same on a desk and in CI.
//!
//! `cargo xtask test` needs Rust with rustfmt and clippy, a C compiler, Python 3 and Node; everything else
//! that it uses it installs under `target/tools`.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool: what it prints is what it is for"
)]

mod at_once;
mod bench;
mod browser;
mod command;
mod deny;
mod deployment;
mod description;
mod npm;
mod plan;
mod python;
mod rehearse;
mod report;
mod results;
mod simulate;
mod steps;
mod structure;
mod targets;
mod tool;

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
    /// Measures verifications, renewals, cold starts and costs, next to the least that they could be
    #[command(disable_help_flag = true)]
    Bench(tool::Passed),
    /// Puts the local stack under load: requests, latencies, errors, memory
    #[command(disable_help_flag = true)]
    Load(tool::Passed),
    /// Kills the local stack again and again under load: every answer must stay true
    #[command(disable_help_flag = true)]
    Crash(tool::Passed),
    /// Writes the API description anew, from the types that requests and answers are made of
    Openapi,
    /// Tries the API with whatever its description allows and forbids: `cargo xtask schemathesis --max-examples 100 --seed 1`
    #[command(disable_help_flag = true)]
    Schemathesis(tool::Passed),
    /// Lets a receiver, `python`, `node` or `rust`, go through all that a renewal can bring
    #[command(disable_help_flag = true)]
    Rehearse(tool::Passed),
    /// Simulates years in which everything fails: no promise may break
    #[command(disable_help_flag = true)]
    Simulate(tool::Passed),
    /// Takes the pictures of the README anew; more to look at go to `target/screenshots`
    Screenshots,
    /// Runs AWS SAM in the pinned version, with all that it needs: `cargo xtask sam build`
    #[command(disable_help_flag = true)]
    Sam(tool::Passed),
    /// Runs cargo-lambda in the pinned version: `cargo xtask lambda watch`
    #[command(disable_help_flag = true)]
    Lambda(tool::Passed),
}

fn main() -> ExitCode {
    let root = match workspace_root() {
        Ok(root) => root,
        Err(error) => {
            eprintln!("{error:#}");
            return ExitCode::FAILURE;
        }
    };
    match Arguments::parse().task {
        Task::Test { list: true, .. } => {
            print!("{}", report::listing());
            ExitCode::SUCCESS
        }
        Task::Test { only, .. } => plan::run(&root, &only),
        Task::Bench(passed) => bench::start(&root, &passed),
        Task::Load(passed) => tool::start(&root, "keyturn-harness", &[], &["load"], &passed),
        Task::Openapi => description::write(&root),
        Task::Schemathesis(passed) => tool::exit_code(description::schemathesis(&root, &passed)),
        Task::Rehearse(passed) => rehearse::start(&root, &passed),
        Task::Simulate(passed) => simulate::start(&root, &passed),
        Task::Screenshots => tool::exit_code(browser::screenshots(&root)),
        Task::Sam(passed) => tool::exit_code(deployment::sam(&root, &passed)),
        Task::Lambda(passed) => tool::exit_code(deployment::lambda(&root, &passed)),
        Task::Crash(passed) => tool::start(&root, "keyturn-harness", &[], &["crash"], &passed),
    }
}

/// The folder of the root manifest, from wherever inside the workspace the command was called.
fn workspace_root() -> Result<PathBuf> {
    let manifest = capture(cargo().args(["locate-project", "--workspace", "--message-format", "plain"]))?;
    let manifest = PathBuf::from(manifest.trim_end());
    Ok(manifest.parent().context("the root manifest has no folder")?.to_path_buf())
}
