//! The command line. It has few options, because the stack follows the deployment's template otherwise.

use std::path::PathBuf;

use clap::Parser;

/// The options of the local stack.
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

    /// Folder for tokens, mails, events and the clock, which a restart reads again
    #[arg(long, value_name = "FOLDER", default_value = ".keyturn")]
    pub data_dir: PathBuf,

    /// Keep everything in memory; nothing is left when the stack stops
    #[arg(long, conflicts_with = "data_dir")]
    pub in_memory: bool,

    /// Run the scheduled function only on `POST /_local/sweep` and when the test clock is moved
    #[arg(long)]
    pub no_schedule: bool,

    /// Stop the test clock between advances, and run the scheduled function only in an advance or on request: for tests that
    /// compare times to the second
    #[arg(long)]
    pub standing_clock: bool,

    /// Seconds that a callback receiver has to answer, for tests of receivers that hang
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    pub callback_timeout: u64,

    /// Start without the stand-in identity provider, as a deployment that has none
    #[arg(long)]
    pub no_identity_provider: bool,

    /// Start only what the functions call, for functions that run elsewhere, such as under `cargo lambda watch`: the
    /// engine, SES and EventBridge, on the three ports after that of the pages
    #[arg(long, conflicts_with_all = ["no_schedule", "standing_clock"])]
    pub services_only: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn definition_is_valid_and_defaults_are_as_documented() {
        Arguments::command().debug_assert();
        let defaults = Arguments::parse_from(["keyturn-local"]);
        assert_eq!((defaults.host.as_str(), defaults.port), ("127.0.0.1", 8080));
        assert_eq!(defaults.data_dir, PathBuf::from(".keyturn"));
        assert_eq!(defaults.callback_timeout, 10, "by the contract");
        assert!(Arguments::try_parse_from(["keyturn-local", "--in-memory", "--data-dir", "x"]).is_err());
    }
}
