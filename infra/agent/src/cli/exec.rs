//! `keyturn exec -- CMD`: a program with the string in its environment.

use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, kill_process};
use tokio::process::{Child, Command};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::ATTENTION;
use super::arguments::ExecOptions;
use crate::config::{Config, parse_signal};
use crate::engine::Agent;
use crate::log::now;
use crate::secret::Secret;
use crate::state::{self, InUse, Store};

/// How often the state is read that another process keeps.
const LOOK: Duration = Duration::from_secs(2);

/// How long to wait for a first string.
const FIRST: Duration = Duration::from_secs(60);

/// Signals that are passed on to the program.
const PASSED_ON: [SignalKind; 6] = [
    SignalKind::terminate(),
    SignalKind::interrupt(),
    SignalKind::quit(),
    SignalKind::hangup(),
    SignalKind::user_defined1(),
    SignalKind::user_defined2(),
];

pub(super) async fn run(config: Config, options: &ExecOptions) -> Result<u8> {
    let name = chosen(&config, options.token.as_deref())?;
    let on_change = match options.on_change.as_str() {
        "restart" => None,
        text => Some(parse_signal(text).map_err(|problem| anyhow::anyhow!("--on-change {problem}"))?),
    };
    let (strings, mut changes) = mpsc::channel(1);
    follow(config, name, strings)?;
    let first = timeout(FIRST, changes.recv()).await.ok().flatten();
    let mut string = first.context("there is no valid token string yet: see `keyturn status`")?;
    let (passed_on, mut signals) = mpsc::channel(8);
    for kind in PASSED_ON {
        let (mut stream, sender) = (signal(kind)?, passed_on.clone());
        tokio::spawn(async move {
            while stream.recv().await.is_some() && sender.send(kind.as_raw_value()).await.is_ok() {}
        });
    }
    let mut child = start(options, &string)?;
    loop {
        tokio::select! {
            ended = child.wait() => return Ok(code(ended?)),
            Some(number) = signals.recv() => send(&child, number),
            Some(new) = changes.recv() => {
                string = new;
                match on_change {
                    Some(number) => send(&child, number),
                    None => {
                        stop(&mut child, Duration::from_secs(options.grace)).await?;
                        child = start(options, &string)?;
                    }
                }
            }
        }
    }
}

fn chosen(config: &Config, name: Option<&str>) -> Result<String> {
    match name {
        Some(name) if config.tokens.contains_key(name) => Ok(name.to_owned()),
        Some(name) => bail!("the configuration has no token {name}"),
        None if config.tokens.len() == 1 => Ok(config.tokens.keys().cloned().collect()),
        None => bail!("there are several tokens: choose one with --token"),
    }
}

/// Sends the string, and each new one. Keeps the tokens fresh if no other process does.
fn follow(config: Config, name: String, strings: mpsc::Sender<Secret>) -> Result<()> {
    let path = config.state.clone();
    let store = match Store::open(&path) {
        Ok(store) => Some(Arc::new(store)),
        Err(error) if error.is::<InUse>() => None,
        Err(error) => return Err(error),
    };
    if let Some(store) = store {
        let agent = Agent::open(config, store)?;
        for worker in agent.workers.values() {
            let worker = Arc::clone(worker);
            tokio::spawn(async move { worker.run().await });
        }
        let worker = agent.workers.get(&name).cloned().context("no such token")?;
        tokio::spawn(async move {
            let mut last = None;
            loop {
                let changed = worker.changed.notified();
                let string = worker.string();
                if let Some(string) = string.filter(|string| last.as_ref() != Some(string)) {
                    last = Some(string.clone());
                    if strings.send(string).await.is_err() {
                        return;
                    }
                }
                let _ = timeout(LOOK, changed).await;
            }
        });
        return Ok(());
    }
    tokio::spawn(async move {
        let (mut last, nothing) = (None, tokio::sync::Notify::new());
        while !strings.is_closed() {
            let record = state::read(&path).ok().and_then(|mut records| records.remove(&name));
            let string = record.and_then(|record| record.desired().cloned());
            if let Some(string) = string.filter(|string| last.as_ref() != Some(string)) {
                last = Some(string.clone());
                if strings.send(string).await.is_err() {
                    return;
                }
            }
            let _ = timeout(LOOK, nothing.notified()).await;
        }
    });
    Ok(())
}

fn start(options: &ExecOptions, string: &Secret) -> Result<Child> {
    let (program, arguments) = options.command.split_first().context("no program")?;
    let mut command = Command::new(program);
    command.args(arguments).env(&options.env, string.expose()).kill_on_drop(true);
    command.spawn().with_context(|| program.to_string_lossy().into_owned())
}

fn send(child: &Child, number: i32) {
    let id = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    if let Some((id, signal)) = id.zip(rustix::process::Signal::from_named_raw(number)) {
        // It may have ended by itself.
        let _ = kill_process(id, signal);
    }
}

async fn stop(child: &mut Child, grace: Duration) -> Result<()> {
    tracing::info!(at = %now(), "the token was renewed: restarting the program");
    send(child, SignalKind::terminate().as_raw_value());
    if timeout(grace, child.wait()).await.is_err() {
        child.kill().await?;
    }
    Ok(())
}

/// The program's own exit code; 128 and the signal's number, as shells have it.
fn code(status: ExitStatus) -> u8 {
    use std::os::unix::process::ExitStatusExt as _;
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(ATTENTION)
}
