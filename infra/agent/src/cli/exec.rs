//! `keyturn exec -- CMD`: a program with the string in its environment.

use std::collections::BTreeSet;
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
use super::arguments::{ExecOptions, OnChange};
use crate::config::Config;
use crate::core::{Plan, Record};
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
    let (strings, mut changes) = mpsc::channel(1);
    let token = config.tokens.get(&name).context("no such token")?;
    // A program that is told to read its file again must find the new string there.
    let plan = matches!(options.on_change, OnChange::Signal(_)).then(|| token.plan());
    follow(config, name, Watch { plan, last: None }, strings)?;
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
                match options.on_change {
                    OnChange::Signal(number) => send(&child, number),
                    OnChange::Restart => {
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

/// Notices new strings.
struct Watch {
    /// The targets to wait for, if any.
    plan: Option<Plan>,
    /// The last string, and the targets that held it.
    last: Option<(Secret, BTreeSet<String>)>,
}

impl Watch {
    /// The string, if it is new or reached a target since. Until each target was tried, it is not new yet.
    fn notice(&mut self, record: &Record) -> Option<Secret> {
        let string = record.desired()?;
        let fingerprint = Some(string.fingerprint());
        let mut holders = BTreeSet::new();
        for target in self.plan.iter().flat_map(|plan| &plan.targets) {
            let copy = record.targets.get(target)?;
            if copy.holds == fingerprint {
                holders.insert(target.clone());
            } else if copy.trouble.is_none() {
                return None;
            }
        }
        let is_known =
            self.last.as_ref().is_some_and(|(last, held)| last == string && holders.is_subset(held));
        if is_known {
            return None;
        }
        self.last = Some((string.clone(), holders));
        Some(string.clone())
    }
}

/// Sends the string, and each new one. Keeps the tokens fresh if no other process does.
fn follow(config: Config, name: String, mut watch: Watch, strings: mpsc::Sender<Secret>) -> Result<()> {
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
            loop {
                let changed = worker.changed.notified();
                if let Some(string) = watch.notice(&worker.record())
                    && strings.send(string).await.is_err()
                {
                    return;
                }
                let _ = timeout(LOOK, changed).await;
            }
        });
        return Ok(());
    }
    tokio::spawn(async move {
        let nothing = tokio::sync::Notify::new();
        while !strings.is_closed() {
            let record = state::read(&path).ok().and_then(|mut records| records.remove(&name));
            if let Some(string) = record.and_then(|record| watch.notice(&record))
                && strings.send(string).await.is_err()
            {
                return;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::{Copy, Next, Trouble};
    use crate::log::now;

    fn record(number: usize) -> Record {
        let string = Secret::new(format!("kat_{number:071}"));
        Record { next: Some(Next { string, since: now(), refused: false }), ..Record::default() }
    }

    fn plan() -> Plan {
        Plan { targets: vec!["a".to_owned(), "b".to_owned()], ..Plan::default() }
    }

    #[test]
    fn a_new_string_is_noticed_once() {
        let mut watch = Watch { plan: None, last: None };
        assert!(watch.notice(&Record::default()).is_none());
        for number in 1..3 {
            assert_eq!(watch.notice(&record(number)), record(number).desired().cloned());
            assert!(watch.notice(&record(number)).is_none());
        }
    }

    #[test]
    fn a_string_is_waited_for_until_each_target_was_tried() {
        let mut watch = Watch { plan: Some(plan()), last: None };
        let mut record = record(1);
        let holds = record.desired().map(Secret::fingerprint);
        let held = Copy { holds, ..Copy::default() };
        assert!(watch.notice(&record).is_none());
        record.targets.insert("a".to_owned(), held.clone());
        assert!(watch.notice(&record).is_none());
        let trouble =
            Trouble { what: String::new(), failures: 1, since: now(), again_at: now(), needs_person: false };
        record.targets.insert("b".to_owned(), Copy { trouble: Some(trouble), ..Copy::default() });
        assert!(watch.notice(&record).is_some(), "one target must not keep back the others");
        assert!(watch.notice(&record).is_none());
        record.targets.insert("b".to_owned(), held);
        assert!(watch.notice(&record).is_some(), "the other target holds it now");
        assert!(watch.notice(&record).is_none());
    }
}
