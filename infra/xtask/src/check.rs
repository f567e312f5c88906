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
    only_with_all: false,
    run: |run| {
        let workspace = Workspace::load(run.root)?;
        if changed(run.root, &workspace)?.is_empty() {
            return Ok(NOTHING.to_owned());
        }
        steps::clippy(run.root, &arguments(&workspace))
    },
};

const TEST: Step = Step {
    name: "test",
    purpose: "tests of the changed packages and of those in `shared` and `functions` that depend on them",
    advice: "one test alone: `cargo test --package PACKAGE NAME`",
    only_with_all: false,
    run: test,
};

const NOTHING: &str = "nothing changed in `shared` and `functions`";

/// Runs the check.
///
/// # Errors
/// If a step fails.
pub(crate) fn run(root: &Path) -> Result<()> {
    let mut run = Run { root, all: false, totals: Totals::default() };
    plan::run(&mut run, &[&FMT, &STRUCTURE, &CLIPPY, &TEST])
}

/// Selects from the whole workspace, so that the dependencies have the same features as for `cargo xtask test` and are not
/// compiled twice.
fn test(run: &mut Run<'_>) -> Result<String> {
    let workspace = Workspace::load(run.root)?;
    let changed = changed(run.root, &workspace)?;
    if changed.is_empty() {
        return Ok(NOTHING.to_owned());
    }
    let affected: Vec<_> = changed.iter().map(|package| format!("rdeps(={package})")).collect();
    let filter = affected.join(" + ");
    let mut arguments = vec!["--workspace", "--lib"];
    arguments.extend(integration_tests(&workspace).flat_map(|name| ["--test", name]));
    arguments.extend(["--filterset", &filter]);
    nextest::tests(run.root, "default", &arguments, &mut run.totals)
}

/// The packages of the scope, as arguments of cargo.
fn arguments(workspace: &Workspace) -> Vec<&str> {
    let packages = in_scope(workspace);
    packages.flat_map(|package| ["--package", package]).collect()
}

fn in_scope(workspace: &Workspace) -> impl Iterator<Item = &str> {
    packages(workspace).map(|package| package.name.as_str())
}

fn packages(workspace: &Workspace) -> impl Iterator<Item = &Package> {
    let is_in_scope =
        |package: &&Package| package.folder.split('/').next().is_some_and(|first| SCOPE.contains(&first));
    workspace.packages.iter().filter(is_in_scope)
}

/// The integration tests in the packages' own folders but the slow ones. Those of the deployment are elsewhere.
fn integration_tests(workspace: &Workspace) -> impl Iterator<Item = &str> {
    let targets = packages(workspace).flat_map(|package| {
        let folder = format!("/{}/", package.folder);
        package.targets("test").filter(move |target| {
            target.src_path.contains(&folder)
                && !target.src_path.contains("/../")
                && !ENGINE.contains(&target.name.as_str())
        })
    });
    targets.map(|target| target.name.as_str())
}

/// The packages of the scope with a file that has changed since this branch left `main`.
fn changed<'a>(root: &Path, workspace: &'a Workspace) -> Result<Vec<&'a str>> {
    let git = |arguments: &[&str]| capture(program("git").current_dir(root).args(arguments));
    let base = git(&["merge-base", "HEAD", "main"]).unwrap_or_else(|_| "HEAD".to_owned());
    let mut files = git(&["diff", "--name-only", base.trim()])?;
    files.push_str(&git(&["ls-files", "--others", "--exclude-standard"])?);
    let files: Vec<_> = files.lines().collect();
    Ok(owners(workspace, &files))
}

fn owners<'a>(workspace: &'a Workspace, files: &[&str]) -> Vec<&'a str> {
    let is_common = |file: &&str| COMMON.iter().any(|common| file.split('/').next() == Some(common));
    if files.iter().any(is_common) {
        return in_scope(workspace).collect();
    }
    let owners: Vec<_> = files.iter().filter_map(|file| workspace.owner(file)).collect();
    in_scope(workspace).filter(|name| owners.iter().any(|owner| owner.name == *name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::tests::{package, target};

    fn workspace() -> Workspace {
        let packages = [
            package("keyturn-domain", "shared/domain"),
            package("keyturn-functions", "functions"),
            package("keyturn-local", "infra/local"),
        ];
        Workspace { packages: packages.into() }
    }

    #[test]
    fn a_file_changes_its_package_if_that_is_in_scope() {
        let files = ["functions/sweep/main.rs", "infra/local/src/lib.rs", "README.md"];
        assert_eq!(owners(&workspace(), &files), ["keyturn-functions"]);
        assert!(owners(&workspace(), &["README.md"]).is_empty());
    }

    #[test]
    fn leaves_out_integration_tests_of_other_folders() {
        let mut workspace = workspace();
        for (index, path) in
            ["/w/shared/domain/tests/rules.rs", "/w/functions/../tests/deployment/main.rs"].iter().enumerate()
        {
            workspace.packages[index].targets.push(target(&index.to_string(), "test", path));
        }
        assert_eq!(integration_tests(&workspace).collect::<Vec<_>>(), ["0"]);
    }

    #[test]
    fn a_common_file_changes_every_package_in_scope() {
        assert_eq!(owners(&workspace(), &["Cargo.lock"]), ["keyturn-domain", "keyturn-functions"]);
        assert_eq!(owners(&workspace(), &[".cargo/config.toml"]).len(), 2);
    }
}
