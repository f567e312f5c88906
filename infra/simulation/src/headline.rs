//! The figures for the README: renewals under dropped responses and failing calls.

use crate::actors::client::{LOCKED_OUT, NO_ANSWER};
use crate::rotate_once;
use crate::scenario::{Repeats, Scenario, Uniform, Way};

/// Kinds of clients, as the table names those that are locked out.
pub const CLIENTS: [(&str, Repeats); 3] = [
    ("locked out: clients that repeat lost calls", Repeats::AtOnce),
    ("locked out: clients that never repeat one", Repeats::Never),
    ("locked out: clients offline for up to 20 h of the overlap", Repeats::AfterHours),
];

/// Attempts of a call, as the functions configure the SDK.
pub const ATTEMPTS: u32 = 4;

/// The load and its faults.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Determines which responses are dropped and which calls fail.
    pub seed: u64,
    /// Renewals.
    pub renewals: u32,
    /// The probability that a response is dropped.
    pub drop_rate: f64,
    /// The probability that an attempt of a call fails.
    pub fault_rate: f64,
}

/// The result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Renewals that took effect.
    pub renewals: u64,
    /// Clients without a valid token string although a redemption or pull of theirs was answered.
    pub locked_out: u64,
    /// Clients without a valid token string because no redemption or pull of theirs was ever answered.
    pub unanswered: u64,
    /// Tokens with more than one successor.
    pub second_successors: u64,
    /// Mails that were not sent.
    pub mails_missing: u64,
    /// Events that were not published.
    pub events_missing: u64,
}

/// One of the figures.
type Figure = fn(&Figures) -> u64;

impl Load {
    /// The load shown in the README.
    #[must_use]
    pub const fn headline(seed: u64) -> Self {
        Self { seed, renewals: 1_000, drop_rate: 0.3, fault_rate: 0.1 }
    }

    /// The scenario: each client renews its token once and uses it until long after the overlap.
    #[must_use]
    pub fn scenario(&self, uniform: Uniform) -> Scenario {
        Scenario {
            drop_rate: self.drop_rate,
            actor_faults: 0.0,
            outages: false,
            attempts: ATTEMPTS,
            every_days: Some(8),
            uniform: Some(uniform),
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

    /// Runs Keyturn under this load, with clients of one kind.
    ///
    /// # Errors
    /// If an invariant is violated, even one that is not among the figures.
    pub fn keyturn(&self, uniform: Uniform) -> Result<Figures, String> {
        let outcome = self.scenario(uniform).run();
        if let Some((at, what)) = outcome.violation {
            return Err(format!("{uniform:?}, {at}: {what}"));
        }
        let count = |what: &str| outcome.counts.get(what).copied().unwrap_or_default();
        let (events, mails) = outcome.missing;
        Ok(Figures {
            renewals: count("renewals by redemption") + count("renewals by pull"),
            locked_out: count(LOCKED_OUT),
            unanswered: count(NO_ANSWER),
            second_successors: u64::try_from(outcome.second_successors).unwrap_or_default(),
            mails_missing: mails.into(),
            events_missing: events.into(),
        })
    }

    /// The figures of each kind of clients, by callback and by pull, in the order of [`CLIENTS`].
    ///
    /// # Errors
    /// If an invariant is violated.
    pub fn all_kinds(&self) -> Result<[[Figures; CLIENTS.len()]; 2], String> {
        let mut all = [[Figures::default(); CLIENTS.len()]; 2];
        for (of_way, way) in all.iter_mut().zip([Way::Callback, Way::Pull]) {
            for (figures, (_, repeats)) in of_way.iter_mut().zip(CLIENTS) {
                *figures = self.keyturn(Uniform { way, repeats })?;
            }
        }
        Ok(all)
    }

    /// All results as a table.
    ///
    /// # Errors
    /// If an invariant of Keyturn is violated.
    pub fn table(&self) -> Result<String, String> {
        let ([callback, pull], theirs) = (self.all_kinds()?, rotate_once::run(self));
        let mut rows =
            vec![("renewals of each kind of clients", [callback[0], pull[0], theirs].map(|it| it.renewals))];
        for ((who, _), (callback, pull)) in CLIENTS.into_iter().zip(callback.into_iter().zip(pull)) {
            rows.push((who, [callback, pull, theirs].map(|it| it.locked_out + it.unanswered)));
        }
        let sum = |of_way: &[Figures], figure: Figure| of_way.iter().map(figure).sum();
        let figures: [(&str, Figure); 3] = [
            ("second successors", |it| it.second_successors),
            ("mails missing", |it| it.mails_missing),
            ("events missing", |it| it.events_missing),
        ];
        for (what, figure) in figures {
            rows.push((what, [sum(&callback, figure), sum(&pull, figure), figure(&theirs)]));
        }
        let mut table = format!(
            "{:.0} % of all responses dropped, {:.0} % of all attempts of a call failing, seed {}\n\n",
            self.drop_rate * 100.0,
            self.fault_rate * 100.0,
            self.seed
        );
        let width = rows.iter().map(|(what, _)| what.chars().count()).max().unwrap_or_default();
        let header = ["Keyturn, callback", "Keyturn, pull", "\"rotate once\""];
        table += &format!("| {:<width$} | {} |\n", "", header.join(" | "));
        let ruler = header.map(|name| format!("{}:", "-".repeat(name.len() - 1)));
        table += &format!("| {} | {} |\n", "-".repeat(width), ruler.join(" | "));
        for (what, figures) in rows {
            let cells: Vec<_> = header
                .iter()
                .zip(figures)
                .map(|(name, figure)| format!("{figure:>0$}", name.len()))
                .collect();
            table += &format!("| {what:<width$} | {} |\n", cells.join(" | "));
        }
        Ok(table)
    }
}
