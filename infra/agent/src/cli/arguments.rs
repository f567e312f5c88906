//! The arguments, from which `--help`, completions and the man page come.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::config::parse_signal;

const EXIT_CODES: &str = "Exit codes of `once` and `status`:\n  \
    0  every token is fresh\n  \
    1  something failed and is tried again; the strings in use are still good\n  \
    2  the command line or the configuration has a fault\n  \
    3  a person is needed: a token has ended, does not renew itself, or can't be read\n  \
    4  another keyturn uses the state";

/// Keeps API access tokens fresh where they are used
///
/// A token of Keyturn renews itself. This agent fetches the new string, writes it to every target, reads it back, proves it
/// and tells whoever uses it, while the old string stays valid.
#[derive(Debug, Parser)]
#[command(name = "keyturn", version, after_long_help = EXIT_CODES)]
pub(super) struct Arguments {
    /// The configuration
    #[arg(long, short, global = true, value_name = "FILE", default_value = "/etc/keyturn/keyturn.toml")]
    pub(super) config: PathBuf,

    /// Log more
    #[arg(long, short, global = true)]
    pub(super) verbose: bool,

    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Keep all tokens fresh, as a service
    ///
    /// SIGHUP reads the configuration again and looks at every token at once; SIGTERM and SIGINT end it.
    Run,
    /// Look at all tokens once, for cron or a timer
    Once,
    /// Run a program with the string in its environment, and restart or signal it at a change
    ///
    /// If no `keyturn run` uses the state, this keeps the tokens fresh itself. Ends with the program's own exit code.
    Exec(ExecOptions),
    /// Show each token: when it expires, when it renews, the last success, the next look
    Status {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Check the configuration, and do nothing else
    Check,
    /// Write a configuration and rehearse it
    ///
    /// Asks for what the options leave open.
    Init(InitOptions),
    /// Print a completion script
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the man page
    Man,
}

#[derive(Debug, Args)]
pub(super) struct ExecOptions {
    /// The token; may be left out if there is only one
    #[arg(long, value_name = "NAME")]
    pub(super) token: Option<String>,

    /// The variable that holds the string
    #[arg(long, value_name = "VARIABLE", default_value = "KEYTURN_TOKEN")]
    pub(super) env: String,

    /// What to do at a change: `restart`, or a signal such as HUP for a program that reads a file of its own, which is sent once
    /// the new string was written to the targets
    #[arg(long, value_name = "ACTION", default_value = "restart", value_parser = on_change)]
    pub(super) on_change: OnChange,

    /// Seconds between SIGTERM and SIGKILL at a restart
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    pub(super) grace: u64,

    /// The program and its arguments
    #[arg(last = true, required = true, value_name = "CMD")]
    pub(super) command: Vec<std::ffi::OsString>,
}

/// What `exec` does at a change.
#[derive(Clone, Copy, Debug)]
pub(super) enum OnChange {
    /// End the program and start it with the new string.
    Restart,
    /// Send it this signal.
    Signal(i32),
}

fn on_change(text: &str) -> Result<OnChange, String> {
    match text {
        "restart" => Ok(OnChange::Restart),
        text => parse_signal(text)
            .map(OnChange::Signal)
            .map_err(|problem| format!("{problem}, or `restart` for a new start")),
    }
}

#[derive(Debug, Args)]
pub(super) struct InitOptions {
    /// Keyturn's address
    #[arg(long, value_name = "URL")]
    pub(super) url: Option<String>,

    /// A file with the token string; `-` for standard input
    #[arg(long, value_name = "FILE")]
    pub(super) token_file: Option<PathBuf>,

    /// The file that programs read the string from
    #[arg(long, value_name = "FILE")]
    pub(super) target: Option<PathBuf>,

    /// The token's name in the configuration
    #[arg(long, value_name = "NAME", default_value = "default")]
    pub(super) name: String,

    /// The state file
    #[arg(long, value_name = "FILE", default_value = "/var/lib/keyturn/state.json")]
    pub(super) state: PathBuf,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn is_valid_and_gives_completions_and_a_man_page() {
        Arguments::command().debug_assert();
        let mut script = Vec::new();
        clap_complete::generate(
            clap_complete::Shell::Bash,
            &mut Arguments::command(),
            "keyturn",
            &mut script,
        );
        assert!(String::from_utf8(script).unwrap().contains("exec"));
        let mut page = Vec::new();
        clap_mangen::Man::new(Arguments::command()).render(&mut page).unwrap();
        let page = String::from_utf8(page).unwrap();
        assert!(page.contains(".TH keyturn 1") && page.contains("another keyturn uses the state"), "{page}");
    }

    #[test]
    fn takes_a_program_with_options_of_its_own() {
        let parsed = Arguments::try_parse_from(["keyturn", "exec", "--env", "A", "--", "env", "-i"]).unwrap();
        let Command::Exec(options) = parsed.command else { panic!("not exec") };
        assert_eq!((options.env.as_str(), options.command.len()), ("A", 2));
        assert!(Arguments::try_parse_from(["keyturn", "exec"]).is_err());
    }
}
