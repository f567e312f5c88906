//! The command line: few switches, because everything else of the stack follows the deployment's template.

use std::path::PathBuf;

use clap::Parser;

/// What can be chosen when the stack is started.
#[derive(Debug, Clone, Parser)]
#[command(
    name = "keyturn-local",
    version,
    about = "Runs all of Keyturn on this machine, without an AWS account.",
    long_about = "Runs all of Keyturn on this machine, without an AWS account: every function behind a local \
                  gateway, an embedded DynamoDB-compatible engine, pages that show sent mails and published \
                  events, the schedule, and a test clock that can be moved forward.",
    after_help = "Start it with `cargo run --`, followed by options, for example `cargo run -- --in-memory`.\n\
                  The log goes to stderr; RUST_LOG sets its level (default: info)."
)]
pub struct Arguments {
    /// Address to listen on; anything but a loopback address opens the stack to the network
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub host: String,

    /// Port of the API and the pages; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 8080)]
    pub port: u16,

    /// Folder that keeps tokens, mails, events and the clock over a restart
    #[arg(long, value_name = "FOLDER", default_value = ".keyturn")]
    pub data_dir: PathBuf,

    /// Keep everything in memory: nothing of it is left after the stack has stopped
    #[arg(long, conflicts_with = "data_dir")]
    pub in_memory: bool,

    /// Run the scheduled function only when `POST /_local/sweep` or the test clock asks for it
    #[arg(long)]
    pub no_schedule: bool,

    /// Let the test clock stand until it is moved, and run the scheduled function only then or when asked: for tests that
    /// say times to the second
    #[arg(long)]
    pub standing_clock: bool,

    /// Seconds that a callback receiver has to answer, for tests of receivers that hang
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    pub callback_timeout: u64,

    /// Start only what the functions call, for functions that run elsewhere, such as under `cargo lambda watch`: the
    /// engine, SES and EventBridge, on the three ports after that of the pages
    #[arg(long, conflicts_with_all = ["no_schedule", "standing_clock"])]
    pub services_only: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_sound_and_the_defaults_are_the_documented_ones() {
        use clap::CommandFactory;
        Arguments::command().debug_assert();
        let defaults = Arguments::parse_from(["keyturn-local"]);
        assert_eq!((defaults.host.as_str(), defaults.port), ("127.0.0.1", 8080));
        assert_eq!(defaults.data_dir, PathBuf::from(".keyturn"));
        assert!(!defaults.in_memory && !defaults.no_schedule && !defaults.services_only);
        assert!(!defaults.standing_clock);
        assert_eq!(defaults.callback_timeout, 10, "by the contract");
    }

    #[test]
    fn a_folder_and_memory_exclude_each_other() {
        assert!(Arguments::try_parse_from(["keyturn-local", "--in-memory", "--data-dir", "x"]).is_err());
    }
}
