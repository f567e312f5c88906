//! The one table, for people and as JSON.

use std::fmt::{self, Write as _};

use serde::Serialize;

use crate::cold::ColdStart;
use crate::prices::{Month, Prices};
use crate::renewals::Renewals;
use crate::units::Operation;
use crate::verify::Verifications;

/// All figures.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// What it was measured on.
    pub machine: String,
    /// Nanoseconds of a verification without input and output.
    pub verification_cpu_ns: Option<f64>,
    /// Verifications per second.
    pub verifications: Vec<Verifications>,
    /// Renewals per second.
    pub renewals: Vec<Renewals>,
    /// Cold starts.
    pub cold_starts: Vec<ColdStart>,
    /// Units of every operation.
    pub units: Vec<Operation>,
    /// What they cost.
    pub prices: Prices,
    /// A month of 1,000 tokens.
    pub month: Option<Month>,
}

/// Processor, cores and memory, as far as the system tells.
#[must_use]
pub fn machine() -> String {
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

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Measured on {}\n", self.machine)?;
        if let Some(nanos) = self.verification_cpu_ns {
            writeln!(f, "A verification without input and output: {nanos:.0} ns\n")?;
        }
        self.verifications(f)?;
        self.renewals(f)?;
        self.cold_starts(f)?;
        self.units(f)
    }
}

impl Report {
    fn verifications(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.verifications.is_empty() {
            return Ok(());
        }
        writeln!(f, "| verifications | clients | per second | p50 ms | p99 ms | of the limit |")?;
        writeln!(f, "| --- | ---: | ---: | ---: | ---: | ---: |")?;
        for Verifications { clients, handler, bare, ratio } in &self.verifications {
            for (name, rate, of) in [
                ("authorizer", handler, format!("{ratio:.2}")),
                ("bare GetItem (limit)", bare, "1".to_owned()),
            ] {
                let (per_second, p50, p99) = (rate.per_second, rate.p50_ms, rate.p99_ms);
                writeln!(f, "| {name} | {clients} | {per_second:.0} | {p50:.2} | {p99:.2} | {of} |")?;
            }
        }
        writeln!(f)
    }

    fn renewals(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.renewals.is_empty() {
            return Ok(());
        }
        writeln!(
            f,
            "| renewals: tokens due | idle | per second | bare transactions per second | of the limit |"
        )?;
        writeln!(f, "| ---: | ---: | ---: | ---: | ---: |")?;
        for it in &self.renewals {
            let Renewals { due, idle, per_second, bare_per_second, ratio, .. } = it;
            writeln!(f, "| {due} | {idle} | {per_second:.0} | {bare_per_second:.0} | {ratio:.2} |")?;
        }
        writeln!(f)
    }

    fn cold_starts(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.cold_starts.is_empty() {
            return Ok(());
        }
        writeln!(
            f,
            "| cold start | first poll ms | of the empty one | first answer ms | peak MB | zipped MB |"
        )?;
        writeln!(f, "| --- | ---: | ---: | ---: | ---: | ---: |")?;
        for it in &self.cold_starts {
            let ColdStart { name, first_poll_ms, first_answer_ms, first_poll_ratio, peak_mb, zipped_mb } = it;
            let times = format!("{first_poll_ms:.1} | {first_poll_ratio:.2} | {first_answer_ms:.1}");
            writeln!(f, "| {name} | {times} | {peak_mb:.1} | {zipped_mb:.1} |")?;
        }
        writeln!(f)
    }

    fn units(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(month) = &self.month else { return Ok(()) };
        writeln!(f, "| operation | read units | write units | US$ for a million |")?;
        writeln!(f, "| --- | ---: | ---: | ---: |")?;
        for Operation { name, consumed } in &self.units {
            let price = self.prices.of_million(consumed);
            writeln!(f, "| {name} | {} | {} | {price:.2} |", consumed.read, consumed.write)?;
        }
        let mut text = String::new();
        writeln!(
            text,
            "\n1,000 tokens that are renewed once a month cost US$ {:.2} a month: {:.2} for their renewals, {:.2} for a \
             look every minute,\n{:.2} for the key that seals. 1,000 secrets in a secret manager: US$ {:.2}. Prices as \
             of {}.",
            month.total(),
            month.renewals,
            month.sweeps,
            month.key,
            month.secrets,
            self.prices.as_of()
        )?;
        f.write_str(&text)
    }
}
