//! Does what the [core](crate::core) says, token by token.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::actions::{self, Follow};
use crate::client::Keyturn;
use crate::config::{Config, SecretSource, Token};
use crate::core::{Answer, Candidate, Failure, Origin, Plan, Record, Step, Time, TokenStatus, decide};
use crate::log::{jitter, now, variable};
use crate::secret::Secret;
use crate::state::Store;
use crate::targets::{self, Place};

/// The longest sleep: a clock that was moved, or a machine that slept, is noticed within it.
const NAP: Duration = Duration::from_secs(60);

/// More steps than any change needs. Whatever goes wrong, the agent must not turn without rest.
const MOST_STEPS: usize = 1_000;

/// Everything that a configuration needs, opened.
pub(crate) struct Agent {
    pub(crate) config: Config,
    pub(crate) store: Arc<Store>,
    pub(crate) keyturn: Arc<Keyturn>,
    pub(crate) workers: BTreeMap<String, Arc<Worker>>,
}

/// Keeps one token fresh.
pub(crate) struct Worker {
    name: String,
    token: Token,
    plan: Plan,
    targets: BTreeMap<String, Box<dyn Place>>,
    actions: BTreeMap<String, Box<dyn Follow>>,
    keyturn: Arc<Keyturn>,
    store: Arc<Store>,
    /// There may be something to do.
    wake: Notify,
    /// The string in use, or what the targets hold, may have changed: for `exec`.
    pub(crate) changed: Notify,
}

impl Agent {
    /// Opens what a configuration names.
    pub(crate) fn open(config: Config, store: Arc<Store>) -> Result<Self> {
        let keyturn = Arc::new(Keyturn::new(&config.url, config.ca_file.as_deref(), config.timeout)?);
        store.retain(|token| config.tokens.contains_key(token)).unwrap_or_else(|error| warn_unsaved(&error));
        let mut workers = BTreeMap::new();
        for (name, token) in &config.tokens {
            let worker = Worker::open(name, token, &config, &keyturn, &store)
                .with_context(|| format!("token {name}"))?;
            workers.insert(name.clone(), Arc::new(worker));
        }
        Ok(Self { config, store, keyturn, workers })
    }

    /// The status of all tokens.
    pub(crate) fn status(&self) -> Vec<TokenStatus> {
        let now = now();
        let status = |(name, worker): (&String, &Arc<Worker>)| {
            TokenStatus::of(name, &self.store.record(name), &worker.plan, now)
        };
        self.workers.iter().map(status).collect()
    }

    /// Takes every token as far as it goes now.
    pub(crate) async fn once(&self) {
        let mut passes = tokio::task::JoinSet::new();
        for worker in self.workers.values() {
            let worker = Arc::clone(worker);
            passes.spawn(async move {
                worker.update(Record::wake);
                worker.pass().await;
            });
        }
        while passes.join_next().await.is_some() {}
    }
}

impl Worker {
    fn open(
        name: &str,
        token: &Token,
        config: &Config,
        keyturn: &Arc<Keyturn>,
        store: &Arc<Store>,
    ) -> Result<Self> {
        let mut opened = BTreeMap::new();
        for target in &token.targets {
            let place = targets::open(target, config).with_context(|| format!("target {}", target.id()))?;
            opened.insert(target.id(), place);
        }
        let mut actions = BTreeMap::new();
        for action in &token.actions {
            actions.insert(action.id(), actions::open(action, config)?);
        }
        Ok(Self {
            name: name.to_owned(),
            token: token.clone(),
            plan: token.plan(),
            targets: opened,
            actions,
            keyturn: Arc::clone(keyturn),
            store: Arc::clone(store),
            wake: Notify::new(),
            changed: Notify::new(),
        })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn token(&self) -> &Token {
        &self.token
    }

    /// What is known of the token.
    pub(crate) fn record(&self) -> Record {
        self.store.record(&self.name)
    }

    /// Keeps the token fresh until the task is aborted.
    pub(crate) async fn run(&self) {
        self.update(|record| {
            record.read_sources = true;
            record.wake_targets();
        });
        loop {
            let until = self.pass().await;
            let nap = (until - now()).to_std().unwrap_or_default().min(NAP);
            // The end of the nap and a call are the same.
            let _ = timeout(nap, self.wake.notified()).await;
        }
    }

    /// Does everything that is due now; returns when there is more to do.
    async fn pass(&self) -> Time {
        for _ in 0..MOST_STEPS {
            let at = now();
            let step = decide::next(&self.store.record(&self.name), &self.plan, at);
            if let Step::Wait(until) = step {
                return until;
            }
            let answer = self.perform(&step).await;
            self.update(|record| {
                record.apply(&self.plan, &step, answer, (now(), jitter()));
                record.clock_skew = self.keyturn.skew();
            });
        }
        tracing::error!(token = self.name, "does not come to rest");
        now() + chrono::TimeDelta::minutes(5)
    }

    /// Changes the record, writes it, and logs what is new.
    pub(crate) fn update(&self, change: impl FnOnce(&mut Record)) {
        let mut seen = None;
        let saved = self.store.update(&self.name, |record| {
            let before = record.clone();
            change(record);
            record.tidy(&self.plan);
            seen = Some((before, record.clone()));
        });
        if let Err(error) = saved {
            warn_unsaved(&error);
        }
        if let Some((before, after)) = seen {
            self.report(&before, &after);
            if before.desired() != after.desired() || before.targets != after.targets {
                self.changed.notify_waiters();
            }
        }
    }

    /// Takes in a callback's request token; it must be in the file before the callback is answered.
    pub(crate) fn receive(&self, request: crate::core::Request) -> std::io::Result<()> {
        self.store.update(&self.name, |record| {
            record.request = Some(request);
            record.trouble = None;
        })?;
        self.wake.notify_one();
        Ok(())
    }

    async fn perform(&self, step: &Step) -> Answer {
        match step {
            Step::ReadSources { targets } => self.sources(*targets).await,
            Step::Prove(_, string) => self.keyturn.prove(string).await,
            Step::Look(string) => self.keyturn.look(string).await,
            // What Keyturn gives out must find a place: a renewal waits until the state can be written.
            Step::Fetch(_) | Step::Redeem { .. } if self.store.check().is_err() => {
                Answer::Failed(Failure::new(&self.store.problem().unwrap_or_default()))
            }
            Step::Fetch(string) => self.keyturn.fetch(string).await,
            Step::Redeem { with, request } => self.keyturn.redeem(with, request).await,
            Step::Write { target, string, known, recorded } => match self.targets.get(target) {
                Some(place) => targets::put(place.as_ref(), string, known, *recorded).await,
                None => Answer::Failed(Failure::new("no such target")),
            },
            Step::Act(action) => match self.actions.get(action) {
                Some(follow) => follow.run().await.map_or_else(Answer::Failed, |()| Answer::Done),
                None => Answer::Done,
            },
            Step::Forget | Step::Wait(_) => Answer::Done,
        }
    }

    /// The initial string, and those of the targets.
    async fn sources(&self, targets: bool) -> Answer {
        let mut found = Vec::new();
        let mut problem = None;
        match self.token.initial.as_ref().map(read_secret) {
            Some(Ok(text)) => match Secret::token(text.expose()) {
                Some(string) => found.push(Candidate { string, origin: Origin::Seed }),
                None => problem = Some("the initial string has not the form of a token string".to_owned()),
            },
            Some(Err(error)) => problem = Some(format!("the initial string: {error:#}")),
            None => {}
        }
        for (id, place) in self.targets.iter().filter(|_| targets) {
            match targets::find(place.as_ref()).await {
                Ok(string) => {
                    let origin = Origin::Target(id.clone());
                    found.extend(string.map(|string| Candidate { string, origin }));
                }
                Err(failure) => problem = Some(format!("target {id}: {}", failure.what)),
            }
        }
        match problem {
            // A string that is nowhere else may be where nothing could be read.
            Some(problem) if found.is_empty() && targets => Answer::Failed(Failure::new(&problem)),
            _ => Answer::Sources(found),
        }
    }

    fn report(&self, before: &Record, after: &Record) {
        let token = self.name.as_str();
        if after.renewals > before.renewals {
            let id = after.current.as_ref().map_or("", |held| held.facts.id.as_str());
            tracing::info!(token, id, "renewed");
        }
        let what = |record: &Record| record.trouble.as_ref().map(|trouble| trouble.what.clone());
        match (what(before), what(after)) {
            (old, Some(new)) if old.as_ref() != Some(&new) => tracing::warn!(token, "Keyturn: {new}"),
            (Some(_), None) => tracing::info!(token, "Keyturn answers again"),
            _ => {}
        }
        for (target, copy) in &after.targets {
            let old = before.targets.get(target).cloned().unwrap_or_default();
            let what = |trouble: &Option<crate::core::Trouble>| trouble.as_ref().map(|it| it.what.clone());
            match (what(&old.trouble), what(&copy.trouble)) {
                (old, Some(new)) if old.as_ref() != Some(&new) => {
                    tracing::warn!(token, target, "not written: {new}");
                }
                _ if old.holds != copy.holds => tracing::info!(token, target, "holds the string"),
                _ => {}
            }
        }
        for (action, act) in &after.actions {
            let old = before.actions.get(action).cloned().unwrap_or_default();
            if act.done_at != old.done_at {
                tracing::info!(token, action, "done");
            } else if let Some(trouble) = act.trouble.as_ref().filter(|_| act.trouble != old.trouble) {
                tracing::warn!(token, action, "failed: {}", trouble.what);
            }
        }
    }
}

fn warn_unsaved(error: &std::io::Error) {
    tracing::error!("the state can't be written: {error}");
}

/// Reads a secret.
pub(crate) fn read_secret(source: &SecretSource) -> Result<Secret> {
    let file = |path: &Path| std::fs::read_to_string(path).with_context(|| path.display().to_string());
    let text = match source {
        SecretSource::File(path) => file(path)?,
        SecretSource::Variable(name) => variable(name).with_context(|| format!("{name} is not set"))?,
        SecretSource::Credential(name) => {
            let folder = variable("CREDENTIALS_DIRECTORY")
                .context("no credentials: this process was not started by systemd with LoadCredential")?;
            file(&Path::new(&folder).join(name))?
        }
    };
    Ok(Secret::new(text.trim().to_owned()))
}
