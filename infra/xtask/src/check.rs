//! `cargo xtask check`: what is worth knowing after each edit, within a minute.

use std::path::Path;

use anyhow::Result;

use crate::command::{capture, program};
use crate::nextest::{self, Totals};
use crate::plan;
use crate::steps::{self, FMT, Run, STRUCTURE, Step};
use crate::workspace::{Package, Workspace};

/// The folders whose packages are linted and tested.
const SCOPE: [&str; 2] = ["shared", "functions"];

/// Integration tests that take a minute on the embedded engine.
const ENGINE: [&str; 2] = ["model", "table"];

/// Files that every package depends on.
const COMMON: [&str; 4] = ["Cargo.toml", "Cargo.lock", ".cargo", ".clippy.toml"];

const CLIPPY: Step = Step {
    name: "clippy",
    purpose: "no lint warns in `shared` and `functions`",
    advice: "fix the warnings above (`cargo clippy --fix` fixes some of them)",
    run: |run| {
        let workspace = Workspace::load(run.root)?;
        if changed(run.root, &workspace)?.is_empty() {
            return Ok(NOTHING.to_owned());
        }
        steps::clippy(run.root, &selected(&workspace).collect::<Vec<_>>())
    },
};

const TEST: Step = Step {
    name: "test",
    purpose: "tests of the changed packages and of those in `shared` and `functions` that depend on them",
    advice: "one test alone: `cargo test --package PACKAGE NAME`",
    run: test,
};

const NOTHING: &str = "nothing changed in `shared` and `functions`";

pub(crate) fn run(root: &Path) -> Result<()> {
    let mut run = Run { root, all: false, totals: Totals::default() };
    plan::run(&mut run, &[&FMT, &STRUCTURE, &CLIPPY, &TEST])
}

/// Compiles the packages of the scope alone: the local stack, the harness and the simulation depend on them and would be
/// compiled anew with them. A few dependencies have fewer features then than for `cargo xtask test`, and are compiled a second
/// time at the first run.
fn test(run: &mut Run<'_>) -> Result<String> {
    let workspace = Workspace::load(run.root)?;
    let changed = changed(run.root, &workspace)?;
    if changed.is_empty() {
        return Ok(NOTHING.to_owned());
    }
    let affected: Vec<_> = changed.iter().map(|package| format!("rdeps(={package})")).collect();
    let filter = affected.join(" + ");
    let mut arguments: Vec<_> = selected(&workspace).collect();
    arguments.push("--lib");
    arguments.extend(integration_tests(&workspace).flat_map(|name| ["--test", name]));
    arguments.extend(["--filterset", &filter]);
    nextest::tests(run.root, "default", &arguments, &mut run.totals)
}

fn in_scope(workspace: &Workspace) -> impl Iterator<Item = &Package> {
    SCOPE.iter().flat_map(|folder| workspace.below(folder))
}

/// Cargo's arguments that select the packages of the scope.
fn selected(workspace: &Workspace) -> impl Iterator<Item = &str> {
    in_scope(workspace).flat_map(|package| ["--package", &package.name])
}

/// The integration tests in the packages' own folders, but the slow ones.
fn integration_tests(workspace: &Workspace) -> impl Iterator<Item = &str> {
    in_scope(workspace).flat_map(|package| package.targets("test")).filter(|name| !ENGINE.contains(name))
}

/// The packages of the scope with a file that has changed since this branch left `main`.
fn changed<'a>(root: &Path, workspace: &'a Workspace) -> Result<Vec<&'a str>> {
    let git = |arguments: &[&str]| capture(program("git").current_dir(root).args(arguments));
    let base = git(&["merge-base", "HEAD", "main"]).unwrap_or_else(|_| "HEAD".to_owned());
    let mut files = git(&["diff", "--name-only", base.trim()])?;
    files.push_str(&git(&["ls-files", "--others", "--exclude-standard"])?);
    Ok(owners(workspace, &files.lines().collect::<Vec<_>>()))
}

fn owners<'a>(workspace: &'a Workspace, files: &[&str]) -> Vec<&'a str> {
    let all_changed =
        files.iter().any(|file| COMMON.iter().any(|common| file.split('/').next() == Some(common)));
    let owners: Vec<_> =
        files.iter().filter_map(|file| workspace.owner(file)).map(|owner| &owner.name).collect();
    let changed = in_scope(workspace).filter(|package| all_changed || owners.contains(&&package.name));
    changed.map(|package| package.name.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::tests::workspace;

    #[test]
    fn finds_changed_packages_in_scope() {
        let workspace = workspace();
        assert_eq!(owners(&workspace, &["functions/sweep/main.rs", "tests/a.rs"]), ["keyturn-functions"]);
        assert!(owners(&workspace, &["README.md"]).is_empty());
        for common in ["Cargo.lock", ".cargo/config.toml"] {
            assert_eq!(owners(&workspace, &[common]), ["keyturn-domain", "keyturn-functions"]);
        }
    }

    #[test]
    fn leaves_out_integration_tests_of_other_folders() {
        assert_eq!(integration_tests(&workspace()).collect::<Vec<_>>(), ["rules"]);
    }
}
