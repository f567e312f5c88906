//! What to simulate, and one history from its beginning to its end.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use chrono::{TimeDelta, TimeZone as _, Utc};
use keyturn_domain::Timestamp;

use crate::actors::{Client, client, manager, place, schedule, user};
use crate::chance::Quirk;
use crate::lock;
use crate::world::World;

/// What to simulate.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Decides everything that is left to chance.
    pub seed: u64,
    /// For how many days things go wrong; then everything calms down.
    pub days: u32,
    /// Clients, each with a series of tokens.
    pub clients: usize,
    /// The probability that a call of a port fails.
    pub faults: f64,
    /// The probability that an answer of an API function is dropped.
    pub dropped: f64,
    /// How much receivers, people and the schedule do that is out of the ordinary; 1 is a lot, 0 is nothing.
    pub mischief: f64,
    /// Whether whole services are out now and then.
    pub outages: bool,
    /// After how many days all tokens renew themselves; chance decides without.
    pub every_days: Option<i64>,
    /// All tokens renew themselves by callback, and none expires.
    pub only_callbacks: bool,
    /// Clients appear within this time.
    pub spread_millis: i64,
    /// A client uses its string after this many hours, at least and at most.
    pub use_hours: (i64, i64),
    /// The only quirks to happen; all if none is named.
    pub keep: Option<BTreeSet<Quirk>>,
    /// Whether to remember in words what happens.
    pub journal: bool,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What is not as it must be, and when.
    pub violation: Option<(Timestamp, String)>,
    /// Two histories share it only if they are the same.
    pub fingerprint: u64,
    /// The quirks that happened.
    pub quirks: BTreeSet<Quirk>,
    /// What happened how often.
    pub counts: BTreeMap<&'static str, u64>,
    /// Events and mails that were never told, counted from the records.
    pub missing: (u32, u32),
    /// Tokens with more than one successor.
    pub second_successors: usize,
    /// What happened, in words, if they were to be kept.
    pub journal: Vec<String>,
}

/// How long everything is calm before the last account: longer than a window and its interval, and than any mail waits.
const CALM: TimeDelta = TimeDelta::days(3);

/// How long the last deliveries may take then.
const LAST_MINUTES: u32 = 120;

impl Scenario {
    /// The usual world of a seed.
    #[must_use]
    pub const fn new(seed: u64, days: u32, clients: usize, faults: f64) -> Self {
        Self {
            seed,
            days,
            clients,
            faults,
            dropped: faults,
            mischief: 1.0,
            outages: true,
            every_days: None,
            only_callbacks: false,
            spread_millis: 2 * 86_400_000,
            use_hours: (3, 20),
            keep: None,
            journal: false,
        }
    }

    /// When the history begins.
    #[must_use]
    pub fn start(&self) -> Timestamp {
        Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).single().unwrap_or_default()
    }

    /// Lets the history happen.
    #[must_use]
    pub fn run(&self) -> Outcome {
        let world = Arc::new(World::new(self.clone()));
        let first = Arc::clone(&world);
        world.executor.spawn(async move { begin(first).await });
        let stop = || world.finished.load(Ordering::Relaxed) || lock(&world.ledger).violation().is_some();
        if catch_unwind(AssertUnwindSafe(|| world.executor.run(stop))).is_err() {
            world.violated("a panic, see above");
        } else if !stop() {
            world.violated("everybody waits and nothing happens");
        }
        let ledger = lock(&world.ledger);
        Outcome {
            violation: ledger.violation(),
            fingerprint: world.fingerprint(),
            quirks: world.chance.happened(),
            counts: ledger.counts.clone(),
            missing: ledger.missing(),
            second_successors: ledger.second_successors(),
            journal: world.journal(),
        }
    }
}

async fn begin(world: Arc<World>) {
    let everybody = || (0..world.scenario.clients).map(|_| Client::default());
    lock(&world.people).clients.extend(everybody());
    world.executor.spawn(schedule::run(Arc::clone(&world)));
    manager::found(&world).await;
    for number in 0..world.scenario.clients {
        // Always there, unless a smaller history is looked for.
        if world.chance.quirk(&[place::CLIENT, u64::try_from(number).unwrap_or_default()], 1.0).is_none() {
            continue;
        }
        world.executor.spawn(client::live(Arc::clone(&world), number));
        world.executor.spawn(user::live(Arc::clone(&world), number));
    }
    let start = world.executor.now();
    world.executor.until(start + TimeDelta::days(world.scenario.days.into())).await;
    world.note(18, || "from now on all is well".to_owned());
    world.chance.calm_down();
    world.executor.until(world.executor.now() + CALM).await;
    for _ in 0..LAST_MINUTES {
        if lock(&world.ledger).all_delivered() {
            break;
        }
        world.executor.pause(60_000).await;
    }
    let now = world.executor.now();
    lock(&world.ledger).judge_end(&lock(&world.store), now);
    world.finished.store(true, Ordering::Relaxed);
}
