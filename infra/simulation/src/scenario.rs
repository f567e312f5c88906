//! What to simulate, and one run from start to end.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use chrono::{TimeDelta, TimeZone as _, Utc};
use keyturn_domain::Timestamp;

use crate::actors::{Client, as_u64, client, manager, puller, schedule, site, thief, user};
use crate::fault_schedule::FaultId;
use crate::lock;
use crate::rng::Rng;
use crate::world::World;

/// What to simulate.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Determines everything random.
    pub seed: u64,
    /// Days with faults; a quiet period follows.
    pub days: u32,
    /// Clients, each with a series of tokens.
    pub clients: usize,
    /// The probability that an attempt of a port call fails.
    pub fault_rate: f64,
    /// Attempts of a call, the first included: the SDK repeats a failed one. 1 for calls that fail as often after all attempts.
    pub attempts: u32,
    /// The probability that the response of an API function is dropped.
    pub drop_rate: f64,
    /// Scales the unusual behaviour of receivers, users and the schedule: 0 is none, 1 is a lot.
    pub actor_faults: f64,
    /// Whether whole services have outages.
    pub outages: bool,
    /// The renewal interval of all tokens in days; random if `None`.
    pub every_days: Option<i64>,
    /// How all tokens renew, and none expires; at random if `None`.
    pub uniform: Option<Uniform>,
    /// Clients start within this time.
    pub startup_spread_millis: i64,
    /// Minimum and maximum hours between two uses of a client's string.
    pub hours_between_uses: (i64, i64),
    /// The only faults to inject; all if `None`.
    pub keep: Option<BTreeSet<FaultId>>,
    /// Whether to keep a journal.
    pub journal: bool,
}

/// The one way in which all clients of a scenario renew their tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uniform {
    /// How they get the successor's string.
    pub way: Way,
    /// When they repeat a call without an answer.
    pub repeats: Repeats,
}

/// How a client gets its successor's string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// By callback and redemption.
    Callback,
    /// By pull.
    Pull,
}

/// When a client repeats a call without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeats {
    /// Every few seconds until there is one.
    AtOnce,
    /// Never: its receiver answers the callback with 503, or it asks again when `Retry-After` says so.
    Never,
    /// It is offline for up to 20 h, and repeats it then.
    AfterHours,
}

/// For how long a client is offline after a call without an answer.
#[must_use]
pub fn offline_millis(mut rng: Rng) -> i64 {
    rng.within(0, 20 * 3_600_000)
}

/// The result of a run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The first violation and its time.
    pub violation: Option<(Timestamp, String)>,
    /// Equal for identical runs only.
    pub fingerprint: u64,
    /// The injected faults.
    pub faults: BTreeSet<FaultId>,
    /// Counters.
    pub counts: BTreeMap<&'static str, u64>,
    /// Events and mails that the records call for and that were not delivered.
    pub missing: (u32, u32),
    /// Tokens with more than one successor.
    pub second_successors: usize,
    /// The journal, if it was kept.
    pub journal: Vec<String>,
}

/// Quiet time before the final check: longer than a redemption window, its interval and any retry of a mail.
const QUIET_PERIOD: TimeDelta = TimeDelta::days(3);

/// How long the last deliveries may take after that.
const FINAL_DELIVERY_MINUTES: u32 = 120;

impl Scenario {
    /// The default scenario of a seed.
    #[must_use]
    pub const fn new(seed: u64, days: u32, clients: usize, fault_rate: f64) -> Self {
        Self {
            seed,
            days,
            clients,
            fault_rate,
            attempts: 1,
            drop_rate: fault_rate,
            actor_faults: 1.0,
            outages: true,
            every_days: None,
            uniform: None,
            startup_spread_millis: 2 * 86_400_000,
            hours_between_uses: (3, 20),
            keep: None,
            journal: false,
        }
    }

    /// When clients repeat a call without an answer.
    #[must_use]
    pub fn repeats(&self) -> Repeats {
        self.uniform.map_or(Repeats::AtOnce, |uniform| uniform.repeats)
    }

    /// When the simulation starts.
    #[must_use]
    pub fn start(&self) -> Timestamp {
        Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).single().unwrap_or_default()
    }

    /// Runs the simulation.
    #[must_use]
    pub fn run(&self) -> Outcome {
        let world = Arc::new(World::new(self.clone()));
        let first = Arc::clone(&world);
        world.executor.spawn(async move { simulate(first).await });
        let stop = || world.finished.load(Ordering::Relaxed) || lock(&world.invariants).violation().is_some();
        if catch_unwind(AssertUnwindSafe(|| world.executor.run(stop))).is_err() {
            world.report_violation("a panic, see above");
        } else if !stop() {
            world.report_violation("deadlock: no task can continue");
        }
        let invariants = lock(&world.invariants);
        Outcome {
            violation: invariants.violation(),
            fingerprint: world.fingerprint(),
            faults: world.faults.injected(),
            counts: invariants.counts.clone(),
            missing: invariants.missing(),
            second_successors: invariants.second_successors(),
            journal: world.journal(),
        }
    }
}

async fn simulate(world: Arc<World>) {
    lock(&world.actors).clients.resize_with(world.scenario.clients, Client::default);
    world.executor.spawn(schedule::run(Arc::clone(&world)));
    manager::create_companies(&world).await;
    for client in 0..world.scenario.clients {
        // Always injected, so that shrinking can remove a client.
        if world.faults.inject(&[site::CLIENT, as_u64(client)], 1.0).is_none() {
            continue;
        }
        world.executor.spawn(client::run(Arc::clone(&world), client));
        world.executor.spawn(puller::run(Arc::clone(&world), client));
        world.executor.spawn(user::run(Arc::clone(&world), client));
        if world.scenario.uniform.is_none() {
            world.executor.spawn(thief::run(Arc::clone(&world), client));
        }
    }
    let start = world.executor.now();
    world.executor.wait_until(start + TimeDelta::days(world.scenario.days.into())).await;
    world.record(18, || "quiet period: no more faults".to_owned());
    world.faults.stop();
    world.executor.wait_until(world.executor.now() + QUIET_PERIOD).await;
    for _ in 0..FINAL_DELIVERY_MINUTES {
        if lock(&world.invariants).all_delivered() {
            break;
        }
        world.executor.wait_millis(60_000).await;
    }
    let now = world.executor.now();
    lock(&world.invariants).check_final_state(&lock(&world.store), now);
    world.finished.store(true, Ordering::Relaxed);
}
