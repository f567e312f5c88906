//! The members of the workspace, as `cargo metadata` lists them.

use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::command::{capture, cargo};

/// All members.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) packages: Vec<Package>,
}

/// A member.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    /// Relative to the workspace's root, with `/` between the parts.
    pub(crate) folder: String,
    pub(crate) targets: Vec<Target>,
}

/// What is compiled from a package.
#[derive(Debug, Deserialize)]
pub(crate) struct Target {
    pub(crate) name: String,
    pub(crate) kind: Vec<String>,
    /// Its main file; absolute.
    pub(crate) src_path: String,
    doctest: bool,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<RawPackage>,
    workspace_root: String,
}

#[derive(Deserialize)]
struct RawPackage {
    name: String,
    manifest_path: String,
    targets: Vec<Target>,
}

impl Workspace {
    pub(crate) fn load(root: &Path) -> Result<Self> {
        Self::parse(&capture(cargo(root).args(["metadata", "--format-version", "1", "--no-deps"]))?)
    }

    fn parse(json: &str) -> Result<Self> {
        let metadata: Metadata = serde_json::from_str(json).context("`cargo metadata` in an unknown form")?;
        let folder = |manifest: &str| {
            let relative = manifest.strip_prefix(&metadata.workspace_root)?;
            Some(relative.strip_suffix("Cargo.toml")?.trim_matches('/').to_owned())
        };
        let packages = metadata.packages.into_iter().map(|package| {
            let folder = folder(&package.manifest_path).context("a member outside of the workspace")?;
            Ok(Package { name: package.name, folder, targets: package.targets })
        });
        Ok(Self { packages: packages.collect::<Result<_>>()? })
    }

    /// The package that a file belongs to: the one with the deepest folder around it.
    pub(crate) fn owner(&self, file: &str) -> Option<&Package> {
        let around = self
            .packages
            .iter()
            .filter(|package| file.strip_prefix(&package.folder).is_some_and(|rest| rest.starts_with('/')));
        around.max_by_key(|package| package.folder.len())
    }

    /// The binaries of the functions.
    pub(crate) fn functions(&self) -> Vec<&Target> {
        let functions = self.packages.iter().filter(|package| package.folder == "functions");
        functions.flat_map(|package| package.targets("bin")).collect()
    }

    /// The packages whose documentation tests are not switched off in the manifest.
    pub(crate) fn with_doctests(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| package.targets.iter().any(|target| target.doctest))
    }
}

impl Package {
    /// Its targets of one kind, such as `bin`.
    pub(crate) fn targets(&self, kind: &str) -> impl Iterator<Item = &Target> {
        self.targets.iter().filter(move |target| target.kind.iter().any(|own| own == kind))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A package without targets.
    pub(crate) fn package(name: &str, folder: &str) -> Package {
        Package { name: name.to_owned(), folder: folder.to_owned(), targets: Vec::new() }
    }

    pub(crate) fn target(name: &str, kind: &str, src_path: &str) -> Target {
        Target {
            name: name.to_owned(),
            kind: vec![kind.to_owned()],
            src_path: src_path.to_owned(),
            doctest: false,
        }
    }

    const METADATA: &str = r#"{"workspace_root": "/w", "packages": [
        {"name": "outer", "manifest_path": "/w/a/Cargo.toml", "targets": [
            {"name": "outer", "kind": ["lib"], "src_path": "/w/a/src/lib.rs", "doctest": true},
            {"name": "tool", "kind": ["bin"], "src_path": "/w/a/src/main.rs", "doctest": false}
        ]},
        {"name": "inner", "manifest_path": "/w/a/b/Cargo.toml", "targets": []}
    ]}"#;

    #[test]
    fn the_deepest_folder_owns_a_file() {
        let workspace = Workspace::parse(METADATA).unwrap();
        let owner = |file| workspace.owner(file).map(|package| package.name.as_str());
        assert_eq!(owner("a/src/lib.rs"), Some("outer"));
        assert_eq!(owner("a/b/src/lib.rs"), Some("inner"));
        assert_eq!(owner("ab/src/lib.rs"), None);
    }

    #[test]
    fn knows_targets_by_kind_and_doctests() {
        let workspace = Workspace::parse(METADATA).unwrap();
        let programs: Vec<_> = workspace.packages[0].targets("bin").map(|target| &target.name).collect();
        assert_eq!(programs, ["tool"]);
        assert_eq!(workspace.with_doctests().count(), 1);
    }

    #[test]
    fn another_form_is_an_error() {
        assert!(Workspace::parse(r#"{"packages": [{"name": 1}]}"#).is_err());
    }
}
