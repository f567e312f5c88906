//! The state of one run: the clock, the store, the fault schedule, the actors and the invariant checker.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use keyturn_domain::Timestamp;
use keyturn_domain::address::AllowedNetworks;
use keyturn_domain::rules::Rules;
use keyturn_domain::settings::Catalogue;

use crate::actors::Actors;
use crate::executor::{Executor, Signal};
use crate::fault_schedule::FaultSchedule;
use crate::invariants::InvariantChecker;
use crate::lock;
use crate::memory::Memory;
use crate::scenario::Scenario;

/// The state of one run.
pub struct World {
    /// What to simulate.
    pub scenario: Scenario,
    /// The deployment's parameters.
    pub rules: Rules,
    /// The clock and the tasks.
    pub executor: Executor,
    /// The injected faults.
    pub faults: FaultSchedule,
    /// The records.
    pub store: Mutex<Memory>,
    /// The promises of the contract.
    pub invariants: Mutex<InvariantChecker>,
    /// Clients, receivers and managers.
    pub actors: Mutex<Actors>,
    /// Signals that something may be due earlier than before.
    pub due_signal: Signal,
    /// The run is over.
    pub finished: AtomicBool,
    journal: Mutex<Journal>,
    fingerprint: AtomicU64,
}

/// Characters per line of the journal.
const LINE: usize = 160;

/// A readable log of the run.
#[derive(Default)]
struct Journal {
    kept: bool,
    lines: Vec<String>,
}

impl World {
    /// A world without records.
    #[must_use]
    pub fn new(scenario: Scenario) -> Self {
        let catalogue = Catalogue::parse("ORDERS").unwrap_or_else(|problem| unreachable!("{problem}"));
        let rules =
            Rules { callback_networks: AllowedNetworks::default(), ..Rules::with_catalogue(catalogue) };
        let journal = Journal { kept: scenario.journal, lines: Vec::new() };
        Self {
            rules,
            executor: Executor::new(scenario.start()),
            faults: FaultSchedule::new(scenario.seed, scenario.keep.clone()),
            store: Mutex::default(),
            invariants: Mutex::default(),
            actors: Mutex::default(),
            due_signal: Signal::default(),
            finished: AtomicBool::new(false),
            journal: Mutex::new(journal),
            fingerprint: AtomicU64::new(scenario.seed),
            scenario,
        }
    }

    /// The current time in whole seconds, as the rules see it.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        use chrono::SubsecRound as _;
        self.executor.now().trunc_subsecs(0)
    }

    /// Adds a line to the journal, if one is kept, and to the run's fingerprint.
    pub fn record(&self, code: u64, line: impl FnOnce() -> String) {
        let now = self.executor.now().timestamp_millis().unsigned_abs();
        let before = self.fingerprint.load(Ordering::Relaxed);
        let after = (before ^ now.rotate_left(32) ^ code).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(5);
        self.fingerprint.store(after, Ordering::Relaxed);
        let mut journal = lock(&self.journal);
        if journal.kept {
            let line = format!("{}  {}", self.executor.now().format("%Y-%m-%d %H:%M:%S%.3f"), line());
            journal.lines.push(line.chars().take(LINE).collect());
        }
    }

    /// Equal for identical runs only.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint.load(Ordering::Relaxed)
    }

    /// The journal.
    #[must_use]
    pub fn journal(&self) -> Vec<String> {
        lock(&self.journal).lines.clone()
    }

    /// Reports a violation, which ends the run.
    pub fn report_violation(&self, what: impl Into<String>) {
        let (now, what) = (self.executor.now(), what.into());
        self.record(0, || format!("VIOLATED: {what}"));
        lock(&self.invariants).record_violation(now, what);
    }
}
