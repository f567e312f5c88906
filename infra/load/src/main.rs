//! `keyturn-load`: many clients at once, with or without the process being killed under them.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool: what it prints is what it is for"
)]

mod client;
mod crash;
mod latency;
mod load;
mod promises;
mod receiver;
mod stack;
mod worker;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Puts the local stack under load and checks that every answer stays true
#[derive(Parser)]
#[command(name = "keyturn-load", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Mixed work by many clients with the sweep running: requests, latencies, errors, memory
    Load(load::Options),
    /// Mixed work, kill -9 at random moments, restart: everything that was answered must still be true
    Crash(crash::Options),
    /// The local stack itself, as the other two start it
    #[command(hide = true)]
    Stack(keyturn_local::Arguments),
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().what {
        What::Stack(arguments) => keyturn_local::run(&arguments).map_err(anyhow::Error::from),
        What::Load(options) => in_runtime(load::run(&options)),
        What::Crash(options) => in_runtime(crash::run(&options)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn in_runtime(work: impl Future<Output = Result<()>>) -> Result<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}
