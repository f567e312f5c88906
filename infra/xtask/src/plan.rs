//! Runs the steps one after the other, stops at the first failure and prints the table and the closing line.

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use clap::ValueEnum;

use crate::report::{self, Row};
use crate::results::Totals;
use crate::steps::Step;

/// Runs the wanted steps, all of them if none is named.
///
/// The last line of the standard output is `N passed, N failed`, if any test ran.
pub(crate) fn run(root: &Path, only: &[Step]) -> ExitCode {
    let mut totals = Totals::default();
    let mut rows = Vec::new();
    let mut failure = None;
    for step in selected(only) {
        println!("{}", report::heading(step));
        #[expect(clippy::disallowed_methods, reason = "measures")]
        let started = Instant::now();
        let result = step.run(root, &mut totals);
        let elapsed = started.elapsed();
        println!("    {} took {:.1} s", step.name(), elapsed.as_secs_f64());
        let note = result.as_ref().map_or("FAILED", String::as_str).to_owned();
        rows.push(Row { step, elapsed, note });
        if let Err(error) = result {
            failure = Some(format!("{} failed: {error:#}; {}", step.name(), step.advice()));
            break;
        }
    }

    print!("{}", report::table(&rows));
    if let Some(failure) = &failure {
        eprintln!("\n{failure}");
    }
    if totals.any_ran() {
        println!("\n{totals}");
    }
    if failure.is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// The wanted steps in the order of a run, whatever the order on the command line.
fn selected(only: &[Step]) -> Vec<Step> {
    let all = Step::value_variants().iter().copied();
    all.filter(|step| only.is_empty() || only.contains(step)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_choice_every_step_runs() {
        assert_eq!(selected(&[]), Step::value_variants());
    }

    #[test]
    fn the_order_on_the_command_line_does_not_matter() {
        assert_eq!(selected(&[Step::Doc, Step::Fmt]), [Step::Fmt, Step::Doc]);
    }
}
