//! Reduces a failing run to a minimal one.

use std::collections::BTreeSet;

use crate::fault_schedule::FaultId;
use crate::scenario::{Outcome, Scenario};

/// The most runs to spend on shrinking.
const MAX_RUNS: usize = 2_000;

/// Removes days and faults, clients among them, for as long as the run still fails.
#[must_use]
pub fn shrink(scenario: &Scenario) -> (Scenario, Outcome) {
    let scenario = Scenario { journal: false, ..scenario.clone() };
    let mut smallest = Smallest { outcome: scenario.run(), scenario, runs: 0 };
    smallest.remove_days();
    smallest.remove_faults();
    smallest.remove_days();
    let journaled = Scenario { journal: true, ..smallest.scenario.clone() };
    let outcome = journaled.run();
    (smallest.scenario, outcome)
}

struct Smallest {
    scenario: Scenario,
    outcome: Outcome,
    runs: usize,
}

impl Smallest {
    /// Takes a smaller run if it fails too.
    fn accept_if_failing(&mut self, smaller: Scenario) -> bool {
        self.runs += 1;
        if self.runs > MAX_RUNS {
            return false;
        }
        let outcome = smaller.run();
        let fails = outcome.violation.is_some();
        if fails {
            (self.scenario, self.outcome) = (smaller, outcome);
        }
        fails
    }

    fn remove_days(&mut self) {
        let Some((at, _)) = self.outcome.violation else { return };
        let needed = u32::try_from((at - self.scenario.start()).num_days()).unwrap_or_default() + 1;
        let mut days = needed.min(self.scenario.days);
        while days >= 1 {
            let smaller = Scenario { days, ..self.scenario.clone() };
            if !self.accept_if_failing(smaller) {
                break;
            }
            days /= 2;
        }
    }

    /// Delta debugging (Zeller, Hildebrandt 2002): halves, quarters, eighths, down to single faults, until none can be
    /// removed.
    fn remove_faults(&mut self) {
        let mut size = self.outcome.faults.len().div_ceil(2);
        while size > 0 && self.runs < MAX_RUNS {
            let all: Vec<FaultId> = self.outcome.faults.iter().copied().collect();
            let mut removed = false;
            for part in all.chunks(size) {
                let keep: BTreeSet<_> =
                    self.outcome.faults.iter().filter(|fault| !part.contains(fault)).copied().collect();
                if keep.len() < self.outcome.faults.len() {
                    removed |= self.accept_if_failing(Scenario { keep: Some(keep), ..self.scenario.clone() });
                }
            }
            if size > 1 {
                size = size.div_ceil(2);
            } else if !removed {
                return;
            }
        }
    }
}
