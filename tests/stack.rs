//! The local stack as the tests start it: the very same as `cargo run` starts.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;
use keyturn_local::{Arguments, run};

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // There is nowhere left to report it, should this fail too.
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}
