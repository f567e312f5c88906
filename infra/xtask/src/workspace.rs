//! The members of the workspace, as `cargo metadata` lists them.

use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::command::{capture, cargo};

#[derive(Debug, Deserialize)]
pub(crate) struct Workspace {
    packages: Vec<Package>,
    workspace_root: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    /// Absolute, like all paths here.
    manifest_path: String,
    targets: Vec<Target>,
}

#[derive(Debug, Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
    src_path: String,
    doctest: bool,
}

impl Workspace {
    pub(crate) fn load(root: &Path) -> Result<Self> {
        Self::parse(&capture(cargo(root).args(["metadata", "--format-version", "1", "--no-deps"]))?)
    }

    fn parse(json: &str) -> Result<Self> {
        serde_json::from_str(json).context("`cargo metadata` has an unknown format")
    }

    pub(crate) fn below(&self, folder: &str) -> impl Iterator<Item = &Package> {
        let prefix = format!("{}/{folder}/", self.workspace_root);
        self.packages.iter().filter(move |package| package.manifest_path.starts_with(&prefix))
    }

    /// The package that a file belongs to: the one with the deepest folder around it.
    pub(crate) fn owner(&self, file: &str) -> Option<&Package> {
        let file = format!("{}/{file}", self.workspace_root);
        let around = self.packages.iter().filter(|package| file.starts_with(package.folder()));
        around.max_by_key(|package| package.manifest_path.len())
    }

    pub(crate) fn functions(&self) -> impl Iterator<Item = &str> {
        self.below("functions").flat_map(|package| package.targets("bin"))
    }

    /// The packages whose documentation tests are not switched off in the manifest.
    pub(crate) fn with_doctests(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| package.targets.iter().any(|target| target.doctest))
    }
}

impl Package {
    fn folder(&self) -> &str {
        self.manifest_path.trim_end_matches("Cargo.toml")
    }

    /// The names of its targets of one kind, such as `bin`, whose source is in its own folder.
    pub(crate) fn targets(&self, kind: &str) -> impl Iterator<Item = &str> {
        let is_own =
            |path: &str| path.strip_prefix(self.folder()).is_some_and(|rest| !rest.starts_with("../"));
        let found = move |it: &&Target| it.kind.iter().any(|own| own == kind) && is_own(&it.src_path);
        self.targets.iter().filter(found).map(|target| target.name.as_str())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Four packages, one inside another.
    pub(crate) fn workspace() -> Workspace {
        let target = |name: &str, kind: &str, path: &str| {
            let doctest = kind == "lib";
            serde_json::json!({"name": name, "kind": [kind], "src_path": format!("/w/{path}"), "doctest": doctest})
        };
        let package = |name: &str, folder: &str, targets: &[serde_json::Value]| serde_json::json!({"name": name, "manifest_path": format!("/w/{folder}/Cargo.toml"), "targets": targets});
        let json = serde_json::json!({"workspace_root": "/w", "packages": [
            package("keyturn-domain", "shared/domain", &[
                target("domain", "lib", "shared/domain/src/lib.rs"),
                target("rules", "test", "shared/domain/tests/rules.rs"),
            ]),
            package("keyturn-functions", "functions", &[
                target("sweep", "bin", "functions/sweep/main.rs"),
                target("deployment", "test", "functions/../tests/deployment/main.rs"),
            ]),
            package("tests", "tests", &[]),
            package("inputs", "tests/inputs", &[]),
        ]});
        Workspace::parse(&json.to_string()).unwrap()
    }

    #[test]
    fn finds_owners_targets_and_doctests() {
        let workspace = workspace();
        let owner = |file| workspace.owner(file).map(|package| package.name.as_str());
        assert_eq!(owner("tests/stack.rs"), Some("tests"));
        assert_eq!(owner("tests/inputs/src/lib.rs"), Some("inputs"), "the deepest folder");
        assert_eq!(owner("testing/lib.rs"), None);
        assert_eq!(workspace.functions().collect::<Vec<_>>(), ["sweep"]);
        assert_eq!(workspace.with_doctests().count(), 1);
    }
}
