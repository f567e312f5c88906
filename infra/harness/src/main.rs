//! The commands, as `cargo xtask` starts them.

use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow};
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
    #[command(args_conflicts_with_subcommands = true)]
    Bench {
        #[command(flatten)]
        options: bench::Options,
        #[command(subcommand)]
        other: Option<OtherBench>,
    },
    /// Mixed work by many clients with the sweep running: requests, latencies, errors, memory
    Load(load::Options),
    /// Mixed work, kill -9 at random moments, restart: everything that was answered must still be true
    Crash(crash::Options),
    /// Rehearses a renewal with a receiver, on a local stack of its own
    #[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
    Rehearse {
        /// The receiver
        #[arg(value_enum, required = true)]
        receiver: Option<rehearsal::Kind>,
        #[command(subcommand)]
        other: Option<Other>,
    },
    /// One operation, as the benchmark repeats it to count its instructions
    #[command(hide = true)]
    Repeat {
        /// Its name in the table
        operation: String,
        /// How often
        times: u64,
    },
    /// The local stack, as the commands above start it
    #[command(hide = true)]
    Stack(keyturn_local::Arguments),
    /// The agent, as a rehearsal starts it
    #[command(hide = true, disable_help_flag = true)]
    Agent {
        /// Its arguments
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<std::ffi::OsString>,
    },
    /// The receiver for Lambda, as a rehearsal starts it
    #[command(hide = true)]
    Receiver,
}

#[derive(Subcommand)]
enum OtherBench {
    /// The local stack beside programs that people would use instead, through HTTP
    Rivals(bench::rivals::Options),
}

#[derive(Subcommand)]
enum Other {
    /// The agent, by pull and by callback, with lost answers, kills and faults
    Agent(rehearsal::agent::Options),
    /// The rotation function for Secrets Manager, on moto: every step, repeated, with lost answers
    Rotation,
}

fn main() -> ExitCode {
    let command = Arguments::parse().command;
    if let Command::Agent { arguments } = command {
        return keyturn_agent::main_with(std::iter::once("keyturn".into()).chain(arguments));
    }
    match run(command) {
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
    if let Command::Repeat { operation, times } = command {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        return runtime.block_on(bench::instructions::repeat(&operation, times));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match command {
            Command::Bench { other: Some(OtherBench::Rivals(options)), .. } => {
                bench::rivals::run(&options).await
            }
            Command::Bench { options, .. } => bench::run(&options).await,
            Command::Load(options) => load::run(&options).await,
            Command::Crash(options) => crash::run(&options).await,
            Command::Rehearse { other: Some(Other::Agent(options)), .. } => {
                rehearsal::agent::run(&options).await
            }
            Command::Rehearse { other: Some(Other::Rotation), .. } => rehearsal::rotation::run().await,
            Command::Rehearse { receiver, .. } => rehearsal::run(receiver.context("which receiver?")?).await,
            Command::Receiver => rehearsal::serve_receiver().await,
            Command::Agent { .. } | Command::Repeat { .. } | Command::Stack(_) => {
                Err(anyhow!("has a runtime of its own"))
            }
        }
    })
}
