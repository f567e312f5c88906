//! `keyturn-rehearsal`: a receiver goes through what a renewal can bring, on the local stack, while its token is in use
//! all the time. Each step is printed with what was seen; the first that doesn't hold ends it.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool: what it prints is what it is for"
)]

mod keyturn;
mod lambda;
mod program;
mod proxy;
mod receiver;
mod steps;
mod work;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::receiver::Kind;

/// Rehearses a renewal with a receiver, on a local stack of its own
#[derive(Parser)]
#[command(name = "keyturn-rehearsal", bin_name = "cargo xtask rehearse")]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// The receiver in Python
    Python,
    /// The receiver for Node
    Node,
    /// The receiver for Lambda and Secrets Manager, under cargo-lambda's emulator and on moto
    Rust,
    /// The local stack itself, as a rehearsal starts it
    #[command(hide = true)]
    Stack(keyturn_local::Arguments),
    /// The Lambda function, as a rehearsal starts it
    #[command(hide = true)]
    Lambda,
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().what {
        What::Stack(arguments) => keyturn_local::run(&arguments).map_err(anyhow::Error::from),
        What::Lambda => in_runtime(function()),
        What::Python => in_runtime(steps::rehearse(Kind::Python)),
        What::Node => in_runtime(steps::rehearse(Kind::Node)),
        What::Rust => in_runtime(steps::rehearse(Kind::Rust)),
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

/// The receiver's own program, which says nothing by itself.
async fn function() -> Result<()> {
    println!("Listening: to the runtime");
    keyturn_receiver::serve().await.map_err(|error| anyhow::anyhow!(error))
}
