//! The commands, as `cargo xtask` starts them.

use std::process::ExitCode;

use anyhow::{Result, anyhow};
use clap::{Parser, Subcommand};
use keyturn_harness::load::crash;
use keyturn_harness::{bench, load, rehearsal};

#[derive(Parser)]
#[command(name = "keyturn-harness", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measures verifications, renewals and cold starts, each next to its lower bound
    Bench(bench::Options),
    /// Mixed work by many clients with the sweep running: requests, latencies, errors, memory
    Load(load::Options),
    /// Mixed work, kill -9 at random moments, restart: everything that was answered must still be true
    Crash(crash::Options),
    /// Rehearses a renewal with a receiver, on a local stack of its own
    Rehearse {
        /// The receiver
        #[arg(value_enum)]
        receiver: rehearsal::Kind,
    },
    /// The local stack, as the commands above start it
    #[command(hide = true)]
    Stack(keyturn_local::Arguments),
    /// The receiver for Lambda, as a rehearsal starts it
    #[command(hide = true)]
    Receiver,
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "a command reports its error there")]
            {
                eprintln!("error: {error:#}");
            }
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    if let Command::Stack(arguments) = command {
        return keyturn_local::run(&arguments);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match command {
            Command::Bench(options) => bench::run(&options).await,
            Command::Load(options) => load::run(&options).await,
            Command::Crash(options) => crash::run(&options).await,
            Command::Rehearse { receiver } => rehearsal::run(receiver).await,
            Command::Receiver => rehearsal::serve_receiver().await,
            Command::Stack(_) => Err(anyhow!("the local stack has a runtime of its own")),
        }
    })
}
