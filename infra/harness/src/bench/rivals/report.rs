//! The figures as tables, and as JSON.

use std::fmt::{self, Display, Formatter};

use serde::Serialize;

use super::contender::Contender;
use crate::bench::report::{machine, table};
use crate::measure::millis;

/// All figures.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    machine: String,
    /// The programs, the local stack first: the order of the figures.
    pub(super) programs: Vec<Program>,
    pub(super) operations: Vec<Measured>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Program {
    pub(super) name: &'static str,
    start_ms: f64,
    /// After the measurement.
    resident_mib: u64,
}

/// An operation; figures are medians over the rounds.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Measured {
    pub(super) operation: &'static str,
    pub(super) clients: usize,
    pub(super) per_second: Vec<f64>,
    pub(super) p50_ms: Vec<f64>,
    pub(super) p99_ms: Vec<f64>,
    /// The local stack's rate as a multiple of each rival's, round by round: quartiles.
    pub(super) ratios: Vec<[f64; 3]>,
}

impl Measured {
    /// The ratio to the faster rival: the lower one.
    pub(super) fn to_the_best(&self) -> [f64; 3] {
        let lowest = self.ratios.iter().min_by(|one, other| one[1].total_cmp(&other[1]));
        lowest.copied().unwrap_or_default()
    }
}

impl Report {
    pub(super) fn new(contenders: &[Contender], operations: Vec<Measured>) -> Self {
        let program = |contender: &Contender| Program {
            name: contender.name,
            start_ms: millis(contender.start),
            resident_mib: contender.memory(),
        };
        Self { machine: machine(), programs: contenders.iter().map(program).collect(), operations }
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "Measured on {}\n", self.machine)?;
        let names: Vec<_> = self.programs.iter().map(|program| program.name).collect();
        let heads = format!("requests a second | clients | {} | beside the faster rival", names.join(" | "));
        let rows: Vec<_> = self.operations.iter().map(rates).collect();
        table(f, &heads, &rows)?;
        let heads = format!("p50, p99 in ms | clients | {}", names.join(" | "));
        let rows: Vec<_> = self.operations.iter().map(latencies).collect();
        table(f, &heads, &rows)?;
        let rows: Vec<_> = self.programs.iter().map(program).collect();
        table(f, "program | start ms | resident MiB", &rows)
    }
}

fn rates(measured: &Measured) -> String {
    let cells: Vec<_> = measured.per_second.iter().map(|rate| format!("{rate:.0}")).collect();
    let [low, median, high] = measured.to_the_best();
    let Measured { operation, clients, .. } = measured;
    format!("{operation} | {clients} | {} | {median:.2} ({low:.2} to {high:.2})", cells.join(" | "))
}

fn latencies(measured: &Measured) -> String {
    let pairs = measured.p50_ms.iter().zip(&measured.p99_ms);
    let cells: Vec<_> = pairs.map(|(p50, p99)| format!("{p50:.1}, {p99:.1}")).collect();
    format!("{} | {} | {}", measured.operation, measured.clients, cells.join(" | "))
}

fn program(program: &Program) -> String {
    format!("{} | {:.0} | {}", program.name, program.start_ms, program.resident_mib)
}
