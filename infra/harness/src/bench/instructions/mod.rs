//! Processor instructions of a request, from the event's JSON to the answer's, counted by Valgrind: the same on a busy machine.
//!
//! The calls of AWS are answered from memory, so that a count has no engine in it. A program repeats an operation some times
//! and then more often; the difference is free of its start.

mod operation;
mod replay;

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use serde::Serialize;

pub use operation::repeat;

/// Repetitions of the two runs.
const TIMES: [u64; 2] = [10, 40];

/// Operations and the instructions that each may take, in thousands: 10 % more than when it was last measured.
const BUDGETS: [(&str, u64); 8] = [
    (operation::VERIFY, 516),
    (operation::INTROSPECT, 1_125),
    (operation::OWN_TOKEN, 889),
    (operation::RENEWAL_INFO, 663),
    (operation::READ, 979),
    (operation::LIST, 7_890),
    (operation::CREATE, 1_460),
    (operation::DEACTIVATE, 1_813),
];

/// An operation and its instructions, in thousands.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Instructions {
    pub(crate) name: &'static str,
    pub(crate) thousands: u64,
    pub(crate) budget: u64,
}

/// Counts those of every operation. The program's command `repeat` repeats one.
pub(crate) fn measure(program: &Path) -> Result<Vec<Instructions>> {
    let count = |(name, budget): (&'static str, u64)| {
        let [few, many] = TIMES.map(|times| run(program, name, times));
        let thousands = (many?.saturating_sub(few?)) / (TIMES[1] - TIMES[0]) / 1_000;
        Ok(Instructions { name, thousands, budget })
    };
    BUDGETS.into_iter().map(count).collect()
}

/// Fails if an operation takes more than its budget.
pub(crate) fn check(measured: &[Instructions]) -> Result<()> {
    let over: Vec<_> = measured.iter().filter(|it| it.thousands > it.budget).map(|it| it.name).collect();
    ensure!(over.is_empty(), "more instructions than budgeted: {}", over.join(", "));
    Ok(())
}

/// The instructions of a run as a whole.
fn run(program: &Path, operation: &str, times: u64) -> Result<u64> {
    let folder = tempfile::tempdir()?;
    let counts = folder.path().join("counts");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", &format!("--callgrind-out-file={}", counts.display())])
        .arg(program)
        .args(["repeat", operation, &times.to_string()])
        .env("RUST_LOG", "off")
        .output()
        .context("valgrind can't be started: install it")?;
    if !output.status.success() {
        bail!("{operation}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let counts = std::fs::read_to_string(counts)?;
    let total = counts.lines().find_map(|line| line.strip_prefix("summary: "));
    total.and_then(|total| total.trim().parse().ok()).context("valgrind printed no total")
}
