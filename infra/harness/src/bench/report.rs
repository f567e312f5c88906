//! The figures as tables, and as JSON.

use std::fmt::{self, Display, Formatter};

use serde::Serialize;

use super::bill::Bill;
use super::cold::ColdStart;
use super::effects::Effects;
use super::instructions::Instructions;
use super::lists::ListCost;
use super::prices::Prices;
use super::renewals::Renewals;
use super::units::Operation;
use super::verify::Verifications;

/// All figures; those that were not measured are empty.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    pub(crate) machine: String,
    /// Nanoseconds of a verification without input and output.
    pub(crate) verification_cpu_ns: Option<f64>,
    pub(crate) verifications: Vec<Verifications>,
    pub(crate) renewals: Vec<Renewals>,
    pub(crate) cold_starts: Vec<ColdStart>,
    pub(crate) units: Vec<Operation>,
    pub(crate) lists: Vec<ListCost>,
    pub(crate) effects: Vec<Effects>,
    pub(crate) instructions: Vec<Instructions>,
    pub(crate) prices: Prices,
    /// What a month costs.
    pub(crate) bill: Option<Bill>,
}

/// Processor, cores and memory, as far as the system reports them.
pub(crate) fn machine() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let after = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name))?;
        Some(line.split(':').nth(1)?.trim().to_owned())
    };
    let processor =
        after(&read("/proc/cpuinfo"), "model name").unwrap_or_else(|| "unknown processor".to_owned());
    let kib = after(&read("/proc/meminfo"), "MemTotal")
        .and_then(|text| text.split(' ').next()?.parse::<u64>().ok());
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let memory = kib.map_or_else(String::new, |kib| format!(", {} GiB", (kib + 524_288) / 1_048_576));
    format!("{processor}, {cores} cores{memory}, {}", std::env::consts::ARCH)
}

/// A Markdown table, if there are rows. All columns but the first are aligned to the right; the first only if it has
/// numbers.
pub(crate) fn table(f: &mut Formatter<'_>, heads: &str, rows: &[String]) -> fmt::Result {
    let Some(first) = rows.first() else { return Ok(()) };
    let is_number = first.starts_with(|character: char| character.is_ascii_digit());
    let others = "---: | ".repeat(heads.matches(" | ").count());
    writeln!(f, "| {heads} |")?;
    writeln!(f, "| {} | {}", if is_number { "---:" } else { "---" }, others.trim_end())?;
    rows.iter().try_for_each(|row| writeln!(f, "| {row} |"))?;
    writeln!(f)
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "Measured on {}\n", self.machine)?;
        if let Some(nanos) = self.verification_cpu_ns {
            writeln!(f, "A verification without input and output: {nanos:.0} ns\n")?;
        }
        let row = |it: &Instructions| format!("{} | {} | {}", it.name, it.thousands, it.budget);
        let rows: Vec<_> = self.instructions.iter().map(row).collect();
        table(f, "operation | thousand instructions | budget", &rows)?;
        let rows: Vec<_> = self.verifications.iter().flat_map(verifications).collect();
        table(f, "verifications | clients | per second | p50 ms | p99 ms | of the baseline", &rows)?;
        let rows: Vec<_> = self.renewals.iter().map(renewals).collect();
        let heads =
            "renewals: tokens due | idle | per second | baseline transactions per second | of the baseline";
        table(f, heads, &rows)?;
        let rows: Vec<_> = self.cold_starts.iter().map(cold_start).collect();
        let heads = "cold start | first poll ms | of the empty one | first answer ms | peak MB | zipped MB";
        table(f, heads, &rows)?;
        let rows: Vec<_> = self.units.iter().map(|operation| self.units(operation)).collect();
        table(f, "operation | read units | write units | calls of DynamoDB | KB | US$ for a million", &rows)?;
        let rows: Vec<_> = self.lists.iter().map(list).collect();
        table(f, "list | entries | found | read units | ms", &rows)?;
        let rows: Vec<_> = self.effects.iter().map(effect).collect();
        table(f, "effect of an API call | median ms | longest ms", &rows)?;
        self.bill.as_ref().map_or(Ok(()), |bill| write!(f, "{bill}"))
    }
}

fn verifications(it: &Verifications) -> [String; 2] {
    let row = |name, rate: &super::verify::Rate, of: String| {
        let (clients, per_second, p50, p99) = (it.clients, rate.per_second, rate.p50_ms, rate.p99_ms);
        format!("{name} | {clients} | {per_second:.0} | {p50:.2} | {p99:.2} | {of}")
    };
    [
        row("authorizer", &it.handler, format!("{:.2}", it.ratio)),
        row("GetItem alone (baseline)", &it.baseline, "1".to_owned()),
    ]
}

fn renewals(it: &Renewals) -> String {
    let Renewals { due, idle, per_second, baseline_per_second, ratio, .. } = it;
    format!("{due} | {idle} | {per_second:.0} | {baseline_per_second:.0} | {ratio:.2}")
}

fn cold_start(it: &ColdStart) -> String {
    let ColdStart { name, first_poll_ms, first_answer_ms, first_poll_ratio, peak_mb, zipped_mb } = it;
    let times = format!("{first_poll_ms:.1} | {first_poll_ratio:.2} | {first_answer_ms:.1}");
    format!("{name} | {times} | {peak_mb:.1} | {zipped_mb:.1}")
}

fn list(ListCost { name, of, found, read_units, ms }: &ListCost) -> String {
    format!("{name} | {of} | {found} | {read_units} | {ms:.1}")
}

fn effect(Effects { name, median_ms, longest_ms }: &Effects) -> String {
    format!("{name} | {median_ms:.0} | {longest_ms:.0}")
}

impl Report {
    fn units(&self, Operation { name, consumed }: &Operation) -> String {
        let price = self.prices.of_million(consumed);
        let (calls, kb) = (consumed.store_calls(), consumed.kilobytes());
        format!("{name} | {} | {} | {calls} | {kb:.1} | {price:.2}", consumed.read, consumed.write)
    }
}
