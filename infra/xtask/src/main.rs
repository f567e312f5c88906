//! `cargo xtask`: the checks of the project as one command, for developers and CI.
//!
//! `cargo xtask test` needs Rust with rustfmt and clippy, a C compiler, Python 3 and Node; it installs everything else that
//! it uses under `target/tools`.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool: its output is its purpose"
)]

mod browser;
mod check;
mod command;
mod deny;
mod deployment;
mod install;
mod nextest;
mod npm;
mod plan;
mod programs;
mod python;
mod steps;
mod structure;
mod targets;
mod workspace;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::builder::PossibleValuesParser;
use clap::{Parser, Subcommand};

use crate::nextest::Totals;
use crate::programs::Passed;
use crate::steps::{Run, STEPS};

/// Checks and tests of this workspace.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Quick check while you work: format, structure, and lints and tests of what changed in `shared` and `functions`
    ///
    /// A package has changed if a file in its folder differs from the commit where this branch left `main` (on `main`: from
    /// the last commit), or is new. Packages of `shared` and `functions` that depend on a changed one count as changed.
    /// `cargo xtask test` covers everything else.
    Check,
    /// Runs every check and test but the slow ones; stops at the first step that fails
    ///
    /// Slow tests are in modules named `slow`. nextest writes its JUnit report to `target/nextest/PROFILE/junit.xml`.
    Test {
        /// Adds the slow tests and the documentation; what CI runs
        #[arg(long)]
        all: bool,
        /// Runs these steps only, separated by commas
        #[arg(long, value_delimiter = ',', value_name = "STEP", value_parser = PossibleValuesParser::new(STEPS.each_ref().map(|step| step.name)))]
        only: Vec<String>,
        /// Lists the steps in their order and runs nothing
        #[arg(long)]
        list: bool,
    },
    /// Measures verifications, renewals, cold starts and costs, each next to its lower bound
    #[command(disable_help_flag = true)]
    Bench(Passed),
    /// Puts the local stack under load: requests, latencies, errors, memory
    #[command(disable_help_flag = true)]
    Load(Passed),
    /// Kills the local stack repeatedly under load, and checks that every answer it gave is still true
    #[command(disable_help_flag = true)]
    Crash(Passed),
    /// Writes the OpenAPI description from the request and response types
    Openapi,
    /// Runs Schemathesis against the API: `cargo xtask schemathesis --max-examples 100 --seed 1`
    #[command(disable_help_flag = true)]
    Schemathesis(Passed),
    /// Takes a receiver (`python`, `node`, `rust`, `pull-python`, `pull-node`), the `agent` or the `rotation` function through
    /// every case of a renewal
    #[command(disable_help_flag = true)]
    Rehearse(Passed),
    /// Simulates years in which everything fails, and checks every invariant
    #[command(disable_help_flag = true)]
    Simulate(Passed),
    /// Takes the screenshots of the README, and more into `target/screenshots`
    Screenshots,
    /// Runs the pinned AWS SAM with everything it needs: `cargo xtask sam build`
    #[command(disable_help_flag = true)]
    Sam(Passed),
    /// Runs the pinned cargo-lambda: `cargo xtask lambda watch`
    #[command(disable_help_flag = true)]
    Lambda(Passed),
}

fn main() -> ExitCode {
    match perform(Arguments::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let text = format!("{error:#}");
            if !text.is_empty() {
                eprintln!("{text}");
            }
            ExitCode::FAILURE
        }
    }
}

fn perform(task: Task) -> Result<()> {
    let root =
        Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).context("xtask is not in infra/xtask")?;
    match task {
        Task::Check => check::run(root),
        Task::Test { list: true, .. } => {
            print!("{}", plan::listing());
            Ok(())
        }
        Task::Test { all, only, .. } => {
            plan::run(&mut Run { root, all, totals: Totals::default() }, &plan::selected(&only, all))
        }
        Task::Bench(passed) => programs::bench(root, &passed),
        Task::Load(passed) => programs::start(root, "keyturn-harness", &[], &["load"], &passed),
        Task::Crash(passed) => programs::start(root, "keyturn-harness", &[], &["crash"], &passed),
        Task::Openapi => programs::openapi(root),
        Task::Schemathesis(passed) => programs::schemathesis(root, &passed),
        Task::Rehearse(passed) => programs::rehearse(root, &passed),
        Task::Simulate(passed) => {
            programs::start(root, "keyturn-simulation", &["--profile", "simulation"], &[], &passed)
        }
        Task::Screenshots => browser::screenshots(root),
        Task::Sam(passed) => deployment::sam(root, &passed),
        Task::Lambda(passed) => deployment::lambda(root, &passed),
    }
}
