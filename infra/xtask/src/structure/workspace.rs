//! The members of the workspace, as cargo sees them.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::command::{capture, cargo_in};

/// A member.
#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    manifest_path: PathBuf,
    targets: Vec<Target>,
}

#[derive(Debug, Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

impl Package {
    /// The folder of the manifest.
    pub(crate) fn folder(&self) -> Option<&Path> {
        self.manifest_path.parent()
    }

    /// The names of its programs.
    pub(crate) fn binaries(&self) -> Vec<String> {
        let binaries = self.targets.iter().filter(|target| target.kind.iter().any(|kind| kind == "bin"));
        binaries.map(|target| target.name.clone()).collect()
    }
}

/// All members.
pub(crate) fn packages(root: &Path) -> Result<Vec<Package>> {
    parse(&capture(cargo_in(root).args(["metadata", "--format-version", "1", "--no-deps"]))?)
}

fn parse(json: &str) -> Result<Vec<Package>> {
    let metadata: Metadata = serde_json::from_str(json).context("`cargo metadata` in an unknown form")?;
    Ok(metadata.packages)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_programs_are_binaries() {
        let json = r#"{"packages": [{"name": "sweep", "manifest_path": "/w/functions/sweep/Cargo.toml", "targets": [
            {"name": "sweep", "kind": ["lib"]}, {"name": "sweep", "kind": ["bin"]}, {"name": "fast", "kind": ["bench"]}
        ]}]}"#;
        let packages = parse(json).unwrap();
        assert_eq!(packages[0].binaries(), ["sweep"]);
        assert_eq!(packages[0].folder(), Some(Path::new("/w/functions/sweep")));
    }

    #[test]
    fn another_form_is_an_error() {
        assert!(parse(r#"{"packages": [{"name": 1}]}"#).is_err());
    }
}
