//! What is printed around the steps: headings, the list of steps, the table at the end.

use std::fmt::Write as _;
use std::time::Duration;

use clap::ValueEnum;

use crate::steps::Step;

/// A step that was run.
pub(crate) struct Row {
    pub(crate) step: Step,
    pub(crate) elapsed: Duration,
    /// What is worth a look beside the time, such as counts or what had to be skipped.
    pub(crate) note: String,
}

/// The line before a step's own output.
pub(crate) fn heading(step: Step) -> String {
    format!("\n==> {}: {}", step.name(), step.purpose())
}

/// All steps in their order, for `--list`.
pub(crate) fn listing() -> String {
    let mut text = String::new();
    for step in Step::value_variants() {
        let _ = writeln!(text, "{:<14}{}", step.name(), step.purpose());
    }
    text
}

/// Steps and seconds.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut text = format!("\n{:<14}{:>8}\n", "step", "seconds");
    for row in rows {
        let line = format!("{:<14}{:>8.1}  {}", row.step.name(), row.elapsed.as_secs_f64(), row.note);
        let _ = writeln!(text, "{}", line.trim_end());
    }
    let all: Duration = rows.iter().map(|row| row.elapsed).sum();
    let _ = writeln!(text, "{:<14}{:>8.1}", "all", all.as_secs_f64());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_lines_up_and_sums() {
        let rows = [
            Row { step: Step::Fmt, elapsed: Duration::from_millis(1_240), note: String::new() },
            Row { step: Step::Test, elapsed: Duration::from_secs(98), note: "5 passed, 0 failed".to_owned() },
        ];
        let expected = "
step           seconds
fmt                1.2
test              98.0  5 passed, 0 failed
all               99.2
";
        assert_eq!(table(&rows), expected);
    }

    #[test]
    fn the_list_names_every_step_in_its_order() {
        let names: Vec<_> =
            listing().lines().map(|line| line.split(' ').next().unwrap().to_owned()).collect();
        assert_eq!(
            names,
            ["fmt", "clippy", "structure", "tools", "dependencies", "test", "simulation", "doc"]
        );
    }
}
