//! The local stack for the tests, the same as `cargo run` starts.

use std::process::ExitCode;

fn main() -> ExitCode {
    keyturn_local::main()
}
