//! The program `keyturn`.

fn main() -> std::process::ExitCode {
    keyturn_agent::main()
}
