//! The simulated AWS region: one clock, one store, limits, outages, and counters of what a bill counts.

use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use chrono::{DateTime, TimeDelta, TimeZone as _, Utc};
use keyturn_application::{Clock, Context, Randomness};
use keyturn_domain::Timestamp;
use keyturn_domain::rules::{DEFAULT_CATALOGUE, Rules};
use keyturn_domain::settings::Catalogue;

use super::capacity::{Capacity, Demand};
use super::parameters::Parameters;
use super::watch::Watch;
use crate::executor::Executor;
use crate::function::Service;
use crate::lock;
use crate::memory::{Memory, Shards};
use crate::rng::Rng;

/// A region and everything in it.
pub(super) struct Cloud {
    pub(super) executor: Executor,
    pub(super) parameters: Parameters,
    pub(super) rules: Rules,
    pub(super) memory: Mutex<Memory>,
    pub(super) watch: Mutex<Watch>,
    pub(super) counts: Mutex<Counts>,
    pub(super) finished: AtomicBool,
    capacity: Mutex<Capacity>,
    rng: Mutex<Rng>,
    outage: Option<Outage>,
}

/// A service that does not answer.
#[derive(Clone, Copy, Debug)]
pub struct Outage {
    /// Which.
    pub service: Service,
    /// From this many minutes after the start.
    pub from: i64,
    /// Until then, in minutes.
    pub until: i64,
}

/// What a bill counts, and failures.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// Read units of DynamoDB.
    pub read_units: f64,
    /// Write units of DynamoDB.
    pub write_units: f64,
    /// Operations of KMS.
    pub kms: u64,
    /// Calls of `PutEvents`.
    pub put_events: u64,
    /// Events.
    pub events: u64,
    /// Mails.
    pub mails: u64,
    /// Callbacks.
    pub callbacks: u64,
    /// Runs of the scheduled function.
    pub runs: u64,
    /// Runs that the concurrency limit delayed.
    pub delayed: u64,
    /// Runs that were dropped or ended by a limit of Lambda.
    pub lost_runs: u64,
    /// Their time in GB-seconds.
    pub gb_seconds: f64,
    /// Calls that a service throttled.
    pub throttled: u64,
    /// Calls that failed.
    pub failed: u64,
}

impl Cloud {
    pub(super) fn new(parameters: Parameters, seed: u64, outage: Option<Outage>) -> Self {
        let catalogue = Catalogue::parse(DEFAULT_CATALOGUE).unwrap_or_else(|error| unreachable!("{error}"));
        Self {
            executor: Executor::new(start()),
            rules: Rules::with_catalogue(catalogue),
            memory: Mutex::new(Memory::with_shards(Shards(parameters.shards))),
            parameters,
            watch: Mutex::default(),
            counts: Mutex::default(),
            finished: AtomicBool::new(false),
            capacity: Mutex::default(),
            rng: Mutex::new(Rng::of(&[seed])),
            outage,
        }
    }

    /// The clock in milliseconds.
    pub(super) fn millis(&self) -> i64 {
        self.executor.now().timestamp_millis()
    }

    /// A latency around this one; a few calls take ten times as long.
    pub(super) fn latency(&self, millis: i64) -> i64 {
        let mut rng = lock(&self.rng);
        let tail = if rng.happens(self.parameters.tail_percent / 100.0) { 10 } else { 1 };
        rng.within(millis * 7, millis * 13) * tail / 10
    }

    pub(super) fn within(&self, first: i64, last: i64) -> i64 {
        lock(&self.rng).within(first, last)
    }

    pub(super) fn hangs(&self, service: Service) -> bool {
        let since_start = self.millis() - start().timestamp_millis();
        self.outage.is_some_and(|outage| {
            outage.service == service && (outage.from * 60_000..outage.until * 60_000).contains(&since_start)
        })
    }

    pub(super) fn admits(&self, demand: &Demand) -> bool {
        lock(&self.capacity).admit(demand, self.millis(), &self.parameters)
    }

    pub(super) fn count(&self, count: impl FnOnce(&mut Counts)) {
        count(&mut lock(&self.counts));
    }
}

/// When every scenario starts.
pub(super) fn start() -> Timestamp {
    Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).single().unwrap_or_default()
}

/// This many seconds after the start.
pub(super) fn after(seconds: i64) -> Timestamp {
    start() + TimeDelta::seconds(seconds)
}

/// The clock and randomness of a region.
pub(super) fn context(cloud: &std::sync::Arc<Cloud>) -> Context {
    Context::new(cloud.clone(), cloud.clone())
}

impl Clock for Cloud {
    fn now(&self) -> DateTime<Utc> {
        self.executor.now()
    }
}

impl Randomness for Cloud {
    fn fill(&self, bytes: &mut [u8]) {
        lock(&self.rng).fill(bytes);
    }
}
