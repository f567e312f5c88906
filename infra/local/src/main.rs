//! Starts the local stack.

use std::process::ExitCode;

fn main() -> ExitCode {
    keyturn_local::main()
}
