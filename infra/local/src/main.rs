//! Starts the local stack; see the library for what it is.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::Parser;
use keyturn_local::{Arguments, run};

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // There is nowhere left to report it, should this fail too.
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}
