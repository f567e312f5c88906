//! The figure for the README: so many renewals, so many lost answers and failing calls, and what comes of it.

use crate::rotate_once;
use crate::scenario::Scenario;

/// What is done, and what goes wrong.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Decides which answers are dropped and which calls fail.
    pub seed: u64,
    /// Renewals.
    pub renewals: u32,
    /// The probability that an answer is dropped.
    pub dropped: f64,
    /// The probability that a call fails.
    pub faults: f64,
}

/// What came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Renewals that took effect.
    pub renewals: u64,
    /// Clients whose string was dead and who had no other.
    pub locked_out: u64,
    /// Tokens with more than one successor.
    pub second_successors: u64,
    /// Mails that were never sent.
    pub mails_missing: u64,
    /// Events that were never published.
    pub events_missing: u64,
}

impl Load {
    /// The load of the README.
    #[must_use]
    pub const fn headline(seed: u64) -> Self {
        Self { seed, renewals: 1_000, dropped: 0.3, faults: 0.1 }
    }

    /// As a scenario: each client renews its token once, and uses it until long after the overlap.
    #[must_use]
    pub fn scenario(&self) -> Scenario {
        Scenario {
            dropped: self.dropped,
            mischief: 0.0,
            outages: false,
            every_days: Some(8),
            only_callbacks: true,
            spread_millis: 3_600_000,
            use_hours: (1, 5),
            ..Scenario::new(self.seed, 11, usize::try_from(self.renewals).unwrap_or_default(), self.faults)
        }
    }

    /// Keyturn under this load.
    ///
    /// # Errors
    /// If any promise is broken, even one that is not among the figures.
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

    /// Both ways as a table.
    ///
    /// # Errors
    /// If any promise of Keyturn is broken.
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
            "{:.0} % of all answers dropped, {:.0} % of all calls failing, seed {}\n\n",
            self.dropped * 100.0,
            self.faults * 100.0,
            self.seed
        );
        table += "|                    | Keyturn | model of \"rotate returns the new token once, the old one dies\" |\n";
        table += "| ------------------ | ------: | -------------------------------------------------------------: |\n";
        for (what, ours, theirs) in rows {
            table += &format!("| {what:<18} | {ours:>7} | {theirs:>62} |\n");
        }
        Ok(table)
    }
}
