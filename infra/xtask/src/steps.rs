//! The steps of `cargo xtask test`, in the order in which they run: what is quick and fails often comes first.

use std::io;
use std::path::Path;

use anyhow::{Result, bail};
use clap::ValueEnum;

use crate::at_once::at_once;
use crate::command::{cargo_in, run, succeeds, watch};
use crate::results::{self, Totals};
use crate::{browser, deny, npm, python, simulate, structure, targets};

/// One step. The order here is the order of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Step {
    Fmt,
    Clippy,
    Structure,
    Tools,
    Dependencies,
    Test,
    Simulation,
    Doc,
}

impl Step {
    /// The name for `--only` and the table.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Fmt => "fmt",
            Self::Clippy => "clippy",
            Self::Structure => "structure",
            Self::Dependencies => "dependencies",
            Self::Tools => "tools",
            Self::Test => "test",
            Self::Simulation => "simulation",
            Self::Doc => "doc",
        }
    }

    /// What the step looks at.
    pub(crate) fn purpose(self) -> &'static str {
        match self {
            Self::Fmt => "the code is formatted",
            Self::Clippy => "no lint warns",
            Self::Structure => "layout, file sizes, module docs, direction of the dependencies",
            Self::Dependencies => "licences, bans, duplicates, sources and, where reachable, advisories",
            Self::Tools => {
                "what the checks and tests need is installed: cargo-deny, packages of Python and npm, a browser"
            }
            Self::Test => "unit, integration, end-to-end and documentation tests",
            Self::Simulation => {
                "years in which everything fails, and bugs planted on purpose that must be found"
            }
            Self::Doc => "the documentation builds without a warning",
        }
    }

    /// What to do when the step fails, in one line.
    pub(crate) fn advice(self) -> &'static str {
        match self {
            Self::Fmt => "run `cargo fmt --all`",
            Self::Clippy => "fix what clippy shows above (`cargo clippy --fix` can do some of it)",
            Self::Structure => "each line above names a file and the rule that it breaks",
            Self::Dependencies => "a crate that must stay is allowed in `.config/deny.toml`, with a reason",
            Self::Tools => "put that right, then run the command again",
            Self::Test => "see above; one test alone: `cargo test --workspace NAME`",
            Self::Simulation => "the line `repeat:` above is the command that shows it again",
            Self::Doc => "fix the documentation comments shown above",
        }
    }

    /// Runs the step and returns a note for the table. Test counts go to `totals`, also when the step fails.
    ///
    /// # Errors
    /// If the step fails; what it printed says why.
    pub(crate) fn run(self, root: &Path, totals: &mut Totals) -> Result<String> {
        match self {
            Self::Fmt => component(root, "fmt", "rustfmt", &["--all", "--check"]),
            Self::Clippy => component(
                root,
                "clippy",
                "clippy",
                &["--workspace", "--all-targets", "--locked", "--", "-D", "warnings"],
            ),
            Self::Structure => structure::step(root),
            Self::Dependencies => deny::step(root),
            Self::Tools => tools(root),
            Self::Test => test(root, totals),
            Self::Simulation => simulate::step(root, totals),
            Self::Doc => doc(root),
        }
    }
}

/// A cargo subcommand that a small toolchain may lack.
fn component(root: &Path, subcommand: &str, component: &str, arguments: &[&str]) -> Result<String> {
    if !succeeds(cargo_in(root).args([subcommand, "--version"])) {
        bail!("`cargo {subcommand}` is missing: run `rustup component add {component}`");
    }
    run(cargo_in(root).arg(subcommand).args(arguments))?;
    Ok(String::new())
}

/// At once, because most of it waits for the network.
fn tools(root: &Path) -> Result<String> {
    let installers: [fn(&Path) -> Result<()>; 5] =
        [deny::prepare, python::step, browser::step, npm::ensure, targets::ensure];
    at_once(installers, |install| install(root))?;
    Ok(String::new())
}

/// `--no-fail-fast`: one run shows every failure, not those of the first binary only.
fn test(root: &Path, totals: &mut Totals) -> Result<String> {
    let interpreters = python::ensure(root)?;
    targets::ensure(root)?;
    let browser = browser::ensure(root)?;
    npm::ensure(root)?;
    let mut command = cargo_in(root);
    command.args(["test", "--workspace", "--locked", "--no-fail-fast"]).envs(interpreters).envs(browser);
    command.env("RUST_TEST_THREADS", threads().to_string());
    let status = watch(&mut command, &mut io::stdout(), |line| {
        if let Some(counted) = results::parse(line) {
            *totals += counted;
        }
    })?;
    judge(status.success(), totals)?;
    let ignored = if totals.ignored == 0 { String::new() } else { format!(", {} ignored", totals.ignored) };
    Ok(format!("{totals}{ignored}"))
}

/// Tests at once: two for each core, because many wait for another program or until a time is over.
fn threads() -> usize {
    2 * std::thread::available_parallelism().map_or(1, usize::from)
}

/// A run is good if cargo says so and at least one test ran.
fn judge(success: bool, totals: &mut Totals) -> Result<()> {
    if !totals.any_ran() {
        bail!("no test ran");
    }
    if !success && totals.failed == 0 {
        // A binary that crashes prints no result line: it counts as one failure.
        totals.failed = 1;
    }
    if totals.failed > 0 {
        bail!("{totals}");
    }
    Ok(())
}

fn doc(root: &Path) -> Result<String> {
    let mut command = cargo_in(root);
    command.args(["doc", "--workspace", "--no-deps", "--locked"]).env("RUSTDOCFLAGS", "-D warnings");
    run(&mut command)?;
    Ok(String::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals(passed: u64, failed: u64) -> Totals {
        Totals { passed, failed, ignored: 0 }
    }

    #[test]
    fn the_name_of_a_step_is_what_only_takes() {
        for step in Step::value_variants() {
            assert_eq!(step.to_possible_value().unwrap().get_name(), step.name());
        }
    }

    #[test]
    fn a_run_without_tests_fails() {
        let error = judge(true, &mut totals(0, 0)).unwrap_err();
        assert_eq!(error.to_string(), "no test ran");
    }

    #[test]
    fn a_failed_test_fails_the_run() {
        assert!(judge(false, &mut totals(9, 1)).is_err());
        assert!(judge(true, &mut totals(9, 1)).is_err());
        assert!(judge(true, &mut totals(9, 0)).is_ok());
    }

    #[test]
    fn a_binary_that_crashes_counts_as_a_failure() {
        let mut counted = totals(9, 0);
        assert!(judge(false, &mut counted).is_err());
        assert_eq!(counted.to_string(), "9 passed, 1 failed");
    }

    #[test]
    fn a_missing_component_is_named() {
        let error = component(Path::new("."), "no-such-subcommand", "rustfmt", &[]).unwrap_err();
        assert!(error.to_string().contains("rustup component add rustfmt"), "{error}");
    }
}
