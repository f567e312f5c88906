//! Runs steps one after the other and prints what surrounds them: headings, the table, the closing line.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::nextest::Totals;
use crate::steps::{Run, STEPS, Step};

struct Row {
    name: &'static str,
    elapsed: Duration,
    /// The counts, or what was skipped.
    note: String,
}

/// Runs the steps up to the first that fails. The last line of the standard output is `N passed, N failed`, if any test ran.
pub(crate) fn run(run: &mut Run<'_>, steps: &[&Step]) -> Result<()> {
    let mut rows = Vec::new();
    let mut failure = None;
    for step in steps {
        println!("\n==> {}: {}", step.name, step.purpose);
        #[expect(clippy::disallowed_methods, reason = "measures")]
        let started = Instant::now();
        let result = (step.run)(run);
        let elapsed = started.elapsed();
        println!("    {} took {:.1} s", step.name, elapsed.as_secs_f64());
        let note = result.as_ref().map_or("FAILED", String::as_str).to_owned();
        rows.push(Row { name: step.name, elapsed, note });
        if let Err(error) = result {
            failure = Some(format!("{} failed: {error:#}; {}", step.name, step.advice));
            break;
        }
    }

    print!("{}", table(&rows));
    if let Some(failure) = &failure {
        eprintln!("\n{failure}");
    }
    if run.totals != Totals::default() {
        println!("\n{}", run.totals);
    }
    match failure {
        // The reason is printed above, before the closing line.
        Some(_) => bail!(""),
        None => Ok(()),
    }
}

/// The named steps in the order of a run, or without names those of an ordinary run, or of one with `--all`.
pub(crate) fn selected(only: &[String], all: bool) -> Vec<&'static Step> {
    let wanted = |step: &&Step| match only {
        [] => all || step.name != "doc",
        names => names.iter().any(|name| name == step.name),
    };
    STEPS.iter().filter(wanted).collect()
}

pub(crate) fn listing() -> String {
    let mut text = String::new();
    for step in &STEPS {
        let _ = writeln!(text, "{:<14}{}", step.name, step.purpose);
    }
    text
}

fn table(rows: &[Row]) -> String {
    let mut text = format!("\n{:<14}{:>8}\n", "step", "seconds");
    for row in rows {
        let line = format!("{:<14}{:>8.1}  {}", row.name, row.elapsed.as_secs_f64(), row.note);
        let _ = writeln!(text, "{}", line.trim_end());
    }
    let all: Duration = rows.iter().map(|row| row.elapsed).sum();
    let _ = writeln!(text, "{:<14}{:>8.1}", "all", all.as_secs_f64());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(only: &[&str], all: bool) -> Vec<&'static str> {
        let only: Vec<_> = only.iter().map(ToString::to_string).collect();
        selected(&only, all).into_iter().map(|step| step.name).collect()
    }

    #[test]
    fn only_the_documentation_needs_all_or_its_name() {
        let every = STEPS.each_ref().map(|step| step.name);
        assert_eq!(names(&[], true), every);
        assert_eq!(names(&[], false), every[..every.len() - 1]);
        assert_eq!(names(&["doc"], false), ["doc"]);
        assert_eq!(names(&["test", "fmt"], false), ["fmt", "test"]);
    }

    #[test]
    fn the_table_lines_up_and_sums() {
        let rows = [
            Row { name: "fmt", elapsed: Duration::from_millis(1_240), note: String::new() },
            Row { name: "test", elapsed: Duration::from_secs(98), note: "5 passed, 0 failed".to_owned() },
        ];
        let expected = "
step           seconds
fmt                1.2
test              98.0  5 passed, 0 failed
all               99.2
";
        assert_eq!(table(&rows), expected);
    }
}
