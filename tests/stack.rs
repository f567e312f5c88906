//! The local stack for the tests, the same as `cargo run` starts.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;
use keyturn_local::{Arguments, run};

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // A failure to report the error cannot be reported either.
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}
