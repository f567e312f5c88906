//! Runs many seeds on all cores, one thread per seed.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use crate::lock;
use crate::scenario::{Outcome, Scenario};

/// The counters of all runs.
pub type Counts = BTreeMap<&'static str, u64>;

/// Simulates the seeds and passes each outcome to `see`.
///
/// # Errors
/// The lowest failing seed that was found; later seeds may not have run.
pub fn run(
    seeds: Range<u64>,
    scenario: impl Fn(u64) -> Scenario + Sync,
    see: impl Fn(&Outcome) + Sync,
) -> Result<Counts, u64> {
    let next = AtomicU64::new(seeds.start);
    let failed: Mutex<Option<u64>> = Mutex::new(None);
    let counts = Mutex::new(Counts::new());
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end || lock(&failed).is_some() {
                return;
            }
            let outcome = scenario(seed).run();
            see(&outcome);
            let mut counts = lock(&counts);
            *counts.entry("injected faults").or_default() +=
                u64::try_from(outcome.faults.len()).unwrap_or_default();
            for (what, count) in outcome.counts {
                *counts.entry(what).or_default() += count;
            }
            if outcome.violation.is_some() {
                let mut failed = lock(&failed);
                *failed = Some(failed.map_or(seed, |other| other.min(seed)));
            }
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    let failed = *lock(&failed);
    failed.map_or_else(|| Ok(std::mem::take(&mut *lock(&counts))), Err)
}
