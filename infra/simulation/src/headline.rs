//! The figures for the README: renewals under dropped responses and failing calls.

use crate::rotate_once;
use crate::scenario::Scenario;

/// The load and its faults.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Determines which responses are dropped and which calls fail.
    pub seed: u64,
    /// Renewals.
    pub renewals: u32,
    /// The probability that a response is dropped.
    pub drop_rate: f64,
    /// The probability that a call fails.
    pub fault_rate: f64,
}

/// The result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Renewals that took effect.
    pub renewals: u64,
    /// Clients without a valid token string.
    pub locked_out: u64,
    /// Tokens with more than one successor.
    pub second_successors: u64,
    /// Mails that were not sent.
    pub mails_missing: u64,
    /// Events that were not published.
    pub events_missing: u64,
}

impl Load {
    /// The load shown in the README.
    #[must_use]
    pub const fn headline(seed: u64) -> Self {
        Self { seed, renewals: 1_000, drop_rate: 0.3, fault_rate: 0.1 }
    }

    /// The scenario: each client renews its token once and uses it until long after the overlap.
    #[must_use]
    pub fn scenario(&self) -> Scenario {
        Scenario {
            drop_rate: self.drop_rate,
            actor_faults: 0.0,
            outages: false,
            every_days: Some(8),
            callbacks_only: true,
            startup_spread_millis: 3_600_000,
            hours_between_uses: (1, 5),
            ..Scenario::new(
                self.seed,
                11,
                usize::try_from(self.renewals).unwrap_or_default(),
                self.fault_rate,
            )
        }
    }

    /// Runs Keyturn under this load.
    ///
    /// # Errors
    /// If an invariant is violated, even one that is not among the figures.
    pub fn keyturn(&self) -> Result<Figures, String> {
        let outcome = self.scenario().run();
        if let Some((at, what)) = outcome.violation {
            return Err(format!("{at}: {what}"));
        }
        let count = |what: &str| outcome.counts.get(what).copied().unwrap_or_default();
        let (events, mails) = outcome.missing;
        Ok(Figures {
            renewals: count("renewals by redemption"),
            locked_out: count("clients locked out"),
            second_successors: u64::try_from(outcome.second_successors).unwrap_or_default(),
            mails_missing: mails.into(),
            events_missing: events.into(),
        })
    }

    /// Both results as a table.
    ///
    /// # Errors
    /// If an invariant of Keyturn is violated.
    pub fn table(&self) -> Result<String, String> {
        let (ours, theirs) = (self.keyturn()?, rotate_once::run(self));
        let rows = [
            ("renewals", ours.renewals, theirs.renewals),
            ("clients locked out", ours.locked_out, theirs.locked_out),
            ("second successors", ours.second_successors, theirs.second_successors),
            ("mails missing", ours.mails_missing, theirs.mails_missing),
            ("events missing", ours.events_missing, theirs.events_missing),
        ];
        let mut table = format!(
            "{:.0} % of all responses dropped, {:.0} % of all calls failing, seed {}\n\n",
            self.drop_rate * 100.0,
            self.fault_rate * 100.0,
            self.seed
        );
        table += "|                    | Keyturn | \"rotate once\" |\n";
        table += "| ------------------ | ------: | ------------: |\n";
        for (what, ours, theirs) in rows {
            table += &format!("| {what:<18} | {ours:>7} | {theirs:>13} |\n");
        }
        Ok(table)
    }
}
