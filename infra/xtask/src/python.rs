//! The Python packages that the tests need, in environments of their own under `target/tools`.
//!
//! One holds the library with which a receiver would check our callbacks' signatures, so that we don't only agree with
//! ourselves; one what the deployment is built, checked and tried with; one what the API description is. The tests find the interpreters by
//! variables that `cargo xtask test` sets, or at the same places relative to the workspace's root.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::at_once::at_once;
use crate::command::{program, run, succeeds};

/// An environment. Its requirements are compiled in, so that a stamp with the same text means that it's current.
struct Environment {
    /// Its folder's name.
    name: &'static str,
    /// The variable by which tests find its interpreter.
    variable: &'static str,
    /// Where the requirements stand.
    file: &'static str,
    requirements: &'static str,
}

const RECEIVER: Environment = Environment {
    name: "python",
    variable: "KEYTURN_PYTHON",
    file: "infra/xtask/requirements.txt",
    requirements: include_str!("../requirements.txt"),
};

const DEPLOYMENT: Environment = Environment {
    name: "deployment",
    variable: "KEYTURN_DEPLOYMENT_PYTHON",
    file: "infra/deployment/requirements.txt",
    requirements: include_str!("../../deployment/requirements.txt"),
};

const OPENAPI: Environment = Environment {
    name: "openapi-python",
    variable: "KEYTURN_OPENAPI_PYTHON",
    file: "infra/openapi/requirements.txt",
    requirements: include_str!("../../openapi/requirements.txt"),
};

const ENVIRONMENTS: [Environment; 3] = [RECEIVER, DEPLOYMENT, OPENAPI];

/// The step: makes sure that the packages are there and says where.
pub(crate) fn step(root: &Path) -> Result<()> {
    for (environment, (_, python)) in ENVIRONMENTS.iter().zip(ensure(root)?) {
        println!("{} has the packages of {}", python.display(), environment.file);
    }
    Ok(())
}

/// Creates the environments unless they are current, and returns the variables that name their interpreters.
///
/// # Errors
/// If Python 3 or its module `venv` is missing, or the packages cannot be installed.
pub(crate) fn ensure(root: &Path) -> Result<Vec<(&'static str, PathBuf)>> {
    at_once(&ENVIRONMENTS, |environment| Ok((environment.variable, environment.ensure(root)?)))
}

/// A search path on which the deployment's tools come first.
///
/// # Errors
/// As [`ensure`].
pub(crate) fn deployment_path(root: &Path) -> Result<OsString> {
    let python = DEPLOYMENT.ensure(root)?;
    #[expect(clippy::disallowed_methods, reason = "passed on to a program")]
    let inherited = std::env::var_os("PATH").unwrap_or_default();
    let folders = python.parent().map(Path::to_owned).into_iter().chain(std::env::split_paths(&inherited));
    std::env::join_paths(folders).context("the search path cannot be extended")
}

impl Environment {
    fn ensure(&self, root: &Path) -> Result<PathBuf> {
        let folder = root.join("target/tools").join(self.name);
        let python = folder.join("bin/python");
        if is_current(&folder, self.requirements) {
            return Ok(python);
        }

        if !succeeds(program("python3").arg("--version")) {
            bail!("`python3` is missing: install Python 3.10 or later");
        }
        let has_venv = succeeds(program("python3").args(["-c", "import venv, ensurepip"]));
        if !has_venv {
            bail!(
                "Python's module `venv` is missing: install it (Debian and Ubuntu: `apt-get install python3-venv`)"
            );
        }
        println!("installing what {} names, once; this takes up to a minute or two", self.file);
        run(program("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;

        let requirements = folder.join("requirements.txt");
        fs::write(&requirements, self.requirements)?;
        let mut install = program(&python);
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]);
        // The lists are complete: nothing is installed that has no hash there.
        install.args(["--only-binary", ":all:", "--no-deps", "--require-hashes"]);
        run(install.arg("--requirement").arg(requirements)).with_context(|| {
            format!("pip could not install {}: is the package index reachable?", self.file)
        })?;
        fs::write(stamp(&folder), self.requirements)?;
        Ok(python)
    }
}

/// Written last, so that an installation that was cut short is begun again.
fn stamp(folder: &Path) -> PathBuf {
    folder.join("installed.txt")
}

/// A link to an interpreter that is no longer there counts as missing.
fn is_current(folder: &Path, requirements: &str) -> bool {
    folder.join("bin/python").exists()
        && fs::read_to_string(stamp(folder)).is_ok_and(|installed| installed == requirements)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("bin")).unwrap();
        fs::write(folder.path().join("bin/python"), "").unwrap();
        fs::write(stamp(folder.path()), "a==1\n").unwrap();
        folder
    }

    #[test]
    fn the_same_requirements_are_not_installed_again() {
        assert!(is_current(environment().path(), "a==1\n"));
    }

    #[test]
    fn other_requirements_are_installed() {
        assert!(!is_current(environment().path(), "a==2\n"));
    }

    #[test]
    fn without_stamp_or_interpreter_the_environment_is_made_again() {
        let folder = environment();
        fs::remove_file(stamp(folder.path())).unwrap();
        assert!(!is_current(folder.path(), "a==1\n"));

        let folder = environment();
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
