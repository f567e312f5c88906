//! The fault schedule: which faults are injected where. A fault is any deviation from a quiet run: a failing call, a
//! dropped response, a misbehaving receiver, a user action at an awkward time.
//!
//! Whether a fault is injected depends only on the seed and its site, never on earlier faults. So one can be removed
//! while all others stay as they were, which makes shrinking work.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::lock;
use crate::rng::Rng;

/// Identifies a fault on the command line (`--keep`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FaultId(u32);

impl fmt::Display for FaultId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}", self.0)
    }
}

impl FromStr for FaultId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u32::from_str_radix(text, 16).map(Self)
    }
}

/// Decides which faults are injected.
pub struct FaultSchedule {
    seed: u64,
    keep: Option<BTreeSet<FaultId>>,
    stopped: AtomicBool,
    injected: Mutex<BTreeSet<FaultId>>,
}

impl FaultSchedule {
    /// The schedule of a seed; injects only the faults to `keep`, or all if `None`.
    #[must_use]
    pub fn new(seed: u64, keep: Option<BTreeSet<FaultId>>) -> Self {
        Self { seed, keep, stopped: AtomicBool::new(false), injected: Mutex::default() }
    }

    /// Random numbers of a site that don't depend on faults.
    #[must_use]
    pub fn rng(&self, site: &[u64]) -> Rng {
        Rng::of(&[&[self.seed, 1], site].concat())
    }

    /// Whether a fault is injected at this site, and if so, the random numbers that shape it.
    #[must_use]
    pub fn inject(&self, site: &[u64], probability: f64) -> Option<Rng> {
        if self.stopped.load(Ordering::Relaxed) {
            return None;
        }
        let mut rng = self.rng(site);
        if !rng.happens(probability) {
            return None;
        }
        let id = FaultId(u32::try_from(rng.bits() >> 32).unwrap_or_default());
        if self.keep.as_ref().is_some_and(|keep| !keep.contains(&id)) {
            return None;
        }
        lock(&self.injected).insert(id);
        Some(rng)
    }

    /// Injects no further faults.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// The faults injected so far.
    #[must_use]
    pub fn injected(&self) -> BTreeSet<FaultId> {
        lock(&self.injected).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removing_one_fault_changes_no_other() {
        let all = FaultSchedule::new(3, None);
        let first: Vec<_> = (0..50).map(|site| all.inject(&[site], 0.5).map(|mut rng| rng.bits())).collect();
        let mut keep = all.injected();
        let removed = keep.pop_first().unwrap();
        let fewer = FaultSchedule::new(3, Some(keep.clone()));
        let second: Vec<_> =
            (0..50).map(|site| fewer.inject(&[site], 0.5).map(|mut rng| rng.bits())).collect();
        assert_eq!(first.iter().zip(&second).filter(|(one, other)| one != other).count(), 1);
        assert_eq!(fewer.injected(), keep);
        assert_eq!(removed.to_string().parse(), Ok(removed));
    }

    #[test]
    fn injects_nothing_once_stopped() {
        let schedule = FaultSchedule::new(3, None);
        assert!(schedule.inject(&[1], 1.0).is_some());
        schedule.stop();
        assert!(schedule.inject(&[1], 1.0).is_none());
    }
}
