//! Runs tests with cargo-nextest and reads its JUnit report. `.config/nextest.toml` has the profiles and test groups.

use std::fmt;
use std::fs;
use std::path::Path;

use anyhow::Result;

use crate::browser;
use crate::command::{program, run};
use crate::python::{self, XTASK};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

/// The closing line that a CI reads.
impl fmt::Display for Totals {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} passed, {} failed", self.passed, self.failed)
    }
}

/// Runs the tests that `arguments` select, and adds their counts to `totals` even if some fail.
pub(crate) fn tests(root: &Path, profile: &str, arguments: &[&str], totals: &mut Totals) -> Result<String> {
    let report = root.join("target/nextest").join(profile).join("junit.xml");
    // A run that ends early must not leave the counts of the last one.
    let _ = fs::remove_file(&report);
    let mut command = program(XTASK.tool(root, "cargo-nextest")?);
    command.current_dir(root).args(["nextest", "run", "--locked", "--profile", profile]);
    command.arg("--test-threads").arg(threads().to_string()).args(arguments);
    let result = run(command.envs(python::variables(root)).envs(browser::variables()));
    let counted = fs::read_to_string(report).ok().and_then(|report| parse(&report)).unwrap_or_default();
    totals.passed += counted.passed;
    totals.failed += counted.failed;
    result.map(|()| counted.to_string())
}

/// Two tests for each core, because many wait for another process.
fn threads() -> usize {
    2 * std::thread::available_parallelism().map_or(1, usize::from)
}

/// Reads the counts of a JUnit report: `<testsuites name="…" tests="5" failures="1" errors="0" …>`.
fn parse(report: &str) -> Option<Totals> {
    let suites = report.split_once("<testsuites ")?.1.split_once('>')?.0;
    let count = |name: &str| -> Option<u64> {
        suites.split_once(&format!("{name}=\""))?.1.split_once('"')?.0.parse().ok()
    };
    let failed = count("failures")? + count("errors")?;
    Some(Totals { passed: count("tests")?.checked_sub(failed)?, failed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_counts_of_the_whole_run() {
        let report = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="nextest-run" tests="9" failures="2" errors="1" uuid="7f" time="3.1">
    <testsuite name="xtask::bin/xtask" tests="4" disabled="0" errors="0" failures="0">"#;
        let totals = parse(report).unwrap();
        assert_eq!(totals, Totals { passed: 6, failed: 3 });
        assert_eq!(totals.to_string(), "6 passed, 3 failed");
    }

    #[test]
    fn another_form_has_no_counts() {
        for report in
            ["", "<testsuite tests=\"1\">", "<testsuites tests=\"many\" failures=\"0\" errors=\"0\">"]
        {
            assert_eq!(parse(report), None, "{report}");
        }
    }
}
