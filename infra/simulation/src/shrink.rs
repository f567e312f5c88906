//! From a history that fails to the smallest one that still does.

use std::collections::BTreeSet;

use crate::chance::Quirk;
use crate::scenario::{Outcome, Scenario};

/// How often a smaller history is tried.
const TRIES: usize = 2_000;

/// Leaves out days and quirks, clients among them, for as long as the promise that is broken stays broken.
#[must_use]
pub fn shrink(scenario: &Scenario) -> (Scenario, Outcome) {
    let scenario = Scenario { journal: false, ..scenario.clone() };
    let mut smallest = Smallest { outcome: scenario.run(), scenario, tries: 0 };
    smallest.leave_out_days();
    smallest.leave_out_quirks();
    smallest.leave_out_days();
    let told = Scenario { journal: true, ..smallest.scenario.clone() };
    let outcome = told.run();
    (smallest.scenario, outcome)
}

struct Smallest {
    scenario: Scenario,
    outcome: Outcome,
    tries: usize,
}

impl Smallest {
    /// Takes a smaller history if it fails too.
    fn try_out(&mut self, smaller: Scenario) -> bool {
        self.tries += 1;
        if self.tries > TRIES {
            return false;
        }
        let outcome = smaller.run();
        let fails = outcome.violation.is_some();
        if fails {
            (self.scenario, self.outcome) = (smaller, outcome);
        }
        fails
    }

    fn leave_out_days(&mut self) {
        let Some((at, _)) = self.outcome.violation else { return };
        let needed = u32::try_from((at - self.scenario.start()).num_days()).unwrap_or_default() + 1;
        let mut days = needed.min(self.scenario.days);
        while days >= 1 {
            let smaller = Scenario { days, ..self.scenario.clone() };
            if !self.try_out(smaller) {
                break;
            }
            days /= 2;
        }
    }

    /// Delta debugging (Zeller, Hildebrandt 2002): halves, quarters, eighths, down to single quirks, until none of them
    /// can be left out.
    fn leave_out_quirks(&mut self) {
        let mut size = self.outcome.quirks.len().div_ceil(2);
        while size > 0 && self.tries < TRIES {
            let all: Vec<Quirk> = self.outcome.quirks.iter().copied().collect();
            let mut found = false;
            for part in all.chunks(size) {
                let keep: BTreeSet<_> =
                    self.outcome.quirks.iter().filter(|quirk| !part.contains(quirk)).copied().collect();
                if keep.len() < self.outcome.quirks.len() {
                    found |= self.try_out(Scenario { keep: Some(keep), ..self.scenario.clone() });
                }
            }
            if size > 1 {
                size = size.div_ceil(2);
            } else if !found {
                return;
            }
        }
    }
}
