//! The measured figures beside their limits.

use super::cloud::start;
use super::prices::Prices;
use super::scenario::{Limit, Outcome, Scenario};

/// A measured figure and its limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// What was measured.
    pub measured: String,
    /// The limit.
    pub limit: String,
    /// Whether it is kept.
    pub is_kept: bool,
}

impl Limit {
    /// Compares an outcome with this limit.
    #[must_use]
    pub fn check(self, scenario: &Scenario, outcome: &Outcome, prices: &Prices) -> Figure {
        let Outcome { load, other, .. } = outcome;
        let since_start = |millis: i64| (millis - start().timestamp_millis()).div_euclid(1_000);
        match self {
            Self::Drained { due, within } => {
                let after = (load.open + load.owed_events + load.owed_mails == 0)
                    .then(|| since_start(load.drained_at) - due);
                let left = format!("{} open, {} events owed", load.open, load.owed_events);
                within_seconds("drained in", after.ok_or(left), within)
            }
            Self::Recovered(within) => {
                let until = scenario.outage.map_or(0, |outage| outage.until * 60);
                let open = [load, other].map(|group| group.open + group.owed_events + group.owed_mails);
                let last = load.drained_at.max(other.drained_at);
                let after = (open == [0, 0]).then(|| (since_start(last) - until).max(0));
                let left = format!("{} open or owed", open[0] + open[1]);
                within_seconds("after its return:", after.ok_or(left), within)
            }
            Self::Wait(within) => within_seconds("", Ok(seconds(other.worst_wait)), within),
            Self::Events(within) => within_seconds("events", Ok(seconds(other.worst_event)), within),
            Self::Mails(within) => within_seconds("mails", Ok(seconds(other.worst_mail)), within),
            Self::MailRate(least) => {
                let (count, first, last) = load.mails;
                #[expect(clippy::cast_precision_loss, reason = "mails and milliseconds of a run")]
                let rate = count as f64 * 1_000.0 / (last - first).max(1) as f64;
                Figure {
                    measured: format!("{rate:.1} mails/s"),
                    limit: format!("at least {least}"),
                    is_kept: rate >= least,
                }
            }
            Self::NoneLost => {
                let owed = load.owed_mails + load.owed_events + other.owed_mails + other.owed_events;
                Figure { measured: format!("{owed} lost"), limit: "none".to_owned(), is_kept: owed == 0 }
            }
            Self::Asked(least) => Figure {
                measured: format!("each asked {} times", outcome.fewest_callbacks),
                limit: format!("at least {least}"),
                is_kept: outcome.fewest_callbacks >= least,
            },
            Self::Even { starts, minutes, percent } => Self::check_even(outcome, starts, minutes, percent),
            Self::AtOnce(most) => Figure {
                measured: format!("{} callbacks at once", outcome.most_calls),
                limit: format!("at most {most}"),
                is_kept: outcome.most_calls <= most,
            },
            Self::Cost(most) => {
                let (cost, free) = prices.month(&outcome.counts, outcome.minutes);
                Figure {
                    measured: format!("US$ {cost:.2} a month, and {free:.2} in the free tier of schedules"),
                    limit: format!("below {most:.2}"),
                    is_kept: cost < most,
                }
            }
        }
    }

    /// How evenly a mass renewal started its renewals: each minute from the first one on, but for the last.
    fn check_even(outcome: &Outcome, starts: usize, minutes: i64, percent: u32) -> Figure {
        let first = outcome.starts.iter().min().copied().unwrap_or_default();
        let mut by_minute = std::collections::BTreeMap::<i64, u32>::new();
        for at in &outcome.starts {
            // A run starts up to half a second late.
            *by_minute.entry((at - first + 5_000) / 60_000).or_default() += 1;
        }
        let last = by_minute.keys().next_back().copied().unwrap_or_default();
        let whole = by_minute.iter().filter(|(minute, _)| (1..last).contains(*minute));
        let (least, most) = whole.fold((u32::MAX, 0), |(least, most), (_, n)| (least.min(*n), most.max(*n)));
        let mean = u32::try_from(starts).unwrap_or_default() / 60;
        let is_even = least * 100 >= mean * (100 - percent) && most * 100 <= mean * (100 + percent);
        Figure {
            measured: format!(
                "{} started within {} min, {least} to {most} each",
                outcome.starts.len(),
                last + 1
            ),
            limit: format!("{starts}, {minutes} min, {percent} %"),
            is_kept: outcome.starts.len() == starts && last < minutes && is_even,
        }
    }

    /// Whether it is about another company.
    const fn is_about_others(self) -> bool {
        matches!(self, Self::Wait(_) | Self::Events(_) | Self::Mails(_))
    }
}

/// Seconds, rounded up: a limit is not kept by rounding.
const fn seconds(millis: i64) -> i64 {
    millis.div_euclid(1_000) + (millis.rem_euclid(1_000) > 0) as i64
}

fn within_seconds(what: &str, measured: Result<i64, String>, within: i64) -> Figure {
    let is_kept = measured.as_ref().is_ok_and(|measured| *measured <= within);
    let measured = measured.map_or_else(|left| left, |measured| format!("{what} {measured} s"));
    Figure { measured: measured.trim().to_owned(), limit: format!("{within} s"), is_kept }
}

/// The header of the table.
pub const HEADER: &str = "\
| scenario | drained | another company's healthy token, worst wait |
| --- | --- | --- |";

/// One row, and whether every limit is kept.
#[must_use]
pub fn row(scenario: &Scenario, outcome: &Outcome, prices: &Prices) -> (String, bool) {
    let mut all_kept = true;
    let mut column = |is_about_others: bool| {
        let limits = scenario.limits.iter().filter(|limit| limit.is_about_others() == is_about_others);
        let cells: Vec<_> = limits
            .map(|limit| {
                let Figure { measured, limit, is_kept } = limit.check(scenario, outcome, prices);
                all_kept &= is_kept;
                let mark = if is_kept { "" } else { " **EXCEEDED**" };
                format!("{measured} ({limit}){mark}")
            })
            .collect();
        cells.join(", ")
    };
    let (drained, wait) = (column(false), column(true));
    (format!("| {} | {drained} | {wait} |", scenario.name), all_kept)
}

/// What a scenario consumed, as one line.
#[must_use]
pub fn details(outcome: &Outcome) -> String {
    let Outcome { load, hanging, other, counts, minutes, .. } = outcome;
    format!(
        "    {minutes:.0} min; tokens: {} + {} hanging + {} others; longest until event {} s, mail {} s; \
         units: {:.0} read, {:.0} written; calls: {} KMS, {} PutEvents with {} events, {} mails, {} callbacks; \
         {} runs ({} delayed, {} lost), {:.0} GB-s; {} throttled, {} failed; {} delivered twice",
        load.tokens,
        hanging.tokens,
        other.tokens,
        seconds(load.worst_event),
        seconds(load.worst_mail),
        counts.read_units,
        counts.write_units,
        counts.kms,
        counts.put_events,
        counts.events,
        counts.mails,
        counts.callbacks,
        counts.runs,
        counts.delayed,
        counts.lost_runs,
        counts.gb_seconds,
        counts.throttled,
        counts.failed,
        load.repeats + other.repeats + hanging.repeats,
    )
}
