//! All that a history is made of: the clock, the store, what goes wrong, who takes part, and who watches.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use keyturn_domain::Timestamp;
use keyturn_domain::address::AllowedNetworks;
use keyturn_domain::rules::Rules;
use keyturn_domain::settings::Catalogue;

use crate::actors::People;
use crate::chance::Chance;
use crate::executor::{Bell, Executor};
use crate::ledger::Ledger;
use crate::lock;
use crate::memory::Memory;
use crate::scenario::Scenario;

/// Everything in one place.
pub struct World {
    /// What was asked for.
    pub scenario: Scenario,
    /// The deployment's parameters.
    pub rules: Rules,
    /// The clock and the tasks.
    pub executor: Executor,
    /// What goes wrong.
    pub chance: Chance,
    /// The records.
    pub store: Mutex<Memory>,
    /// What must be true.
    pub ledger: Mutex<Ledger>,
    /// Clients, receivers and managers.
    pub people: Mutex<People>,
    /// Rings when something may be due earlier than before.
    pub bell: Bell,
    /// The history is over.
    pub finished: AtomicBool,
    journal: Mutex<Journal>,
    fingerprint: AtomicU64,
}

/// Characters of a line of the journal.
const LINE: usize = 160;

/// What happened, in words.
#[derive(Default)]
struct Journal {
    kept: bool,
    lines: Vec<String>,
}

impl World {
    /// A world in which nothing has happened yet.
    #[must_use]
    pub fn new(scenario: Scenario) -> Self {
        let catalogue = Catalogue::parse("ORDERS").unwrap_or_else(|problem| unreachable!("{problem}"));
        let rules =
            Rules { callback_networks: AllowedNetworks::default(), ..Rules::with_catalogue(catalogue) };
        let journal = Journal { kept: scenario.journal, lines: Vec::new() };
        Self {
            rules,
            executor: Executor::new(scenario.start()),
            chance: Chance::new(scenario.seed, scenario.keep.clone()),
            store: Mutex::default(),
            ledger: Mutex::default(),
            people: Mutex::default(),
            bell: Bell::default(),
            finished: AtomicBool::new(false),
            journal: Mutex::new(journal),
            fingerprint: AtomicU64::new(scenario.seed),
            scenario,
        }
    }

    /// Now, in whole seconds, as the rules see it.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        use chrono::SubsecRound as _;
        self.executor.now().trunc_subsecs(0)
    }

    /// Remembers what happened: in words if a journal is kept, and as part of the history's fingerprint.
    pub fn note(&self, what: u64, words: impl FnOnce() -> String) {
        let now = self.executor.now().timestamp_millis().unsigned_abs();
        let before = self.fingerprint.load(Ordering::Relaxed);
        let after = (before ^ now.rotate_left(32) ^ what).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(5);
        self.fingerprint.store(after, Ordering::Relaxed);
        let mut journal = lock(&self.journal);
        if journal.kept {
            let line = format!("{}  {}", self.executor.now().format("%Y-%m-%d %H:%M:%S%.3f"), words());
            journal.lines.push(line.chars().take(LINE).collect());
        }
    }

    /// A number that two histories share only if they are the same.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint.load(Ordering::Relaxed)
    }

    /// What happened, in words.
    #[must_use]
    pub fn journal(&self) -> Vec<String> {
        lock(&self.journal).lines.clone()
    }

    /// Something is not as it must be: the history ends here.
    pub fn violated(&self, what: impl Into<String>) {
        let (now, what) = (self.executor.now(), what.into());
        self.note(0, || format!("VIOLATED: {what}"));
        lock(&self.ledger).violate(now, what);
    }
}
