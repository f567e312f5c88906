//! The command line.

mod arguments;
mod exec;
mod init;
mod service;
mod status;

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use clap::{CommandFactory as _, Parser as _};
use tracing_subscriber::filter::LevelFilter;

use crate::config::{Config, ConfigError};
use crate::core::Condition;
use crate::engine::Agent;
use crate::state::{InUse, Store};
use arguments::{Arguments, Command};

/// Everything is as it should be.
const FRESH: u8 = 0;
/// Something failed and is tried again; the strings in use are still good.
const RETRYING: u8 = 1;
/// The command line or the configuration has a fault.
const USAGE: u8 = 2;
/// A person is needed.
const ATTENTION: u8 = 3;
/// Another process uses the state.
const IN_USE: u8 = 4;

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    main_with(std::env::args_os())
}

/// Runs the program with these arguments, the first of which is its name.
#[must_use]
pub fn main_with(arguments: impl Iterator<Item = std::ffi::OsString>) -> ExitCode {
    let arguments = Arguments::parse_from(arguments);
    let level = if arguments.verbose { LevelFilter::DEBUG } else { LevelFilter::INFO };
    let result = match arguments.command {
        Command::Completions { shell } => {
            let mut command = Arguments::command();
            clap_complete::generate(shell, &mut command, "keyturn", &mut std::io::stdout());
            Ok(FRESH)
        }
        Command::Man => clap_mangen::Man::new(Arguments::command())
            .render(&mut std::io::stdout())
            .map(|()| FRESH)
            .map_err(Into::into),
        command => run(command, &arguments.config, level),
    };
    ExitCode::from(result.unwrap_or_else(|error| report(&error)))
}

/// Prints an error; returns the exit code that it stands for.
fn report(error: &anyhow::Error) -> u8 {
    complain(&format!("{error:#}"));
    if error.is::<ConfigError>() {
        USAGE
    } else if error.is::<InUse>() {
        IN_USE
    } else {
        ATTENTION
    }
}

#[expect(clippy::print_stderr, reason = "a command reports its errors there")]
fn complain(text: &str) {
    eprintln!("keyturn: {}", crate::secret::scrub(text));
}

/// Prints what a command was asked for.
fn say(text: &str) {
    use std::io::Write as _;
    // Whoever reads it may have seen enough.
    let _ = writeln!(std::io::stdout(), "{text}");
}

fn run(command: Command, path: &std::path::Path, level: LevelFilter) -> Result<u8> {
    // One thread: the agent waits nearly all the time, and each thread costs memory.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    if let Command::Init(options) = command {
        return runtime.block_on(init::run(path, &options));
    }
    let config = Config::read(path)?;
    crate::log::start(config.json_log, level);
    runtime.block_on(async {
        match command {
            Command::Run => service::run(path, config).await,
            Command::Once => once(config).await,
            Command::Exec(options) => exec::run(config, &options).await,
            Command::Status { json } => status::run(&config, json),
            Command::Check => {
                say(&format!("{}: {} tokens", path.display(), config.tokens.len()));
                Ok(FRESH)
            }
            Command::Init(_) | Command::Completions { .. } | Command::Man => Ok(FRESH),
        }
    })
}

async fn once(config: Config) -> Result<u8> {
    let store = Arc::new(Store::open(&config.state)?);
    let agent = Agent::open(config, store)?;
    agent.once().await;
    let status = agent.status();
    for token in &status {
        for problem in &token.problems {
            complain(&format!("{}: {problem}", token.token));
        }
    }
    let unsaved = agent.store.problem();
    if let Some(problem) = &unsaved {
        complain(&format!("the state can't be written: {problem}"));
    }
    Ok(exit_code(status.iter().map(|token| token.condition)).max(u8::from(unsaved.is_some())))
}

/// The exit code for tokens in these conditions.
fn exit_code(conditions: impl Iterator<Item = Condition>) -> u8 {
    match conditions.max() {
        None | Some(Condition::Fresh) => FRESH,
        Some(Condition::Retrying) => RETRYING,
        Some(Condition::Attention) => ATTENTION,
    }
}
