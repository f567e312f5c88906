//! The Python packages that the tests need, in an environment of their own under `target/tools/python`.
//!
//! The tests check our callback signatures with the library that a receiver would use, so that we don't only
//! agree with ourselves. They find the interpreter by the variable `KEYTURN_PYTHON`, which is set by
//! `cargo xtask test`, or at the same place relative to the workspace's root.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::command::{program, run, succeeds};

/// Compiled in, so that a stamp with the same text means that the environment is current.
const REQUIREMENTS: &str = include_str!("../requirements.txt");

/// The step: makes sure that the packages are there and says which interpreter has them.
pub(crate) fn step(root: &Path) -> Result<String> {
    let python = ensure(root)?;
    println!("{} has the packages of infra/xtask/requirements.txt", python.display());
    Ok(String::new())
}

/// Creates the environment unless it is current, and returns its interpreter.
///
/// # Errors
/// If Python 3 or its module `venv` is missing, or the packages cannot be installed.
pub(crate) fn ensure(root: &Path) -> Result<PathBuf> {
    let folder = root.join("target/tools/python");
    let python = folder.join("bin/python");
    if is_current(&folder, REQUIREMENTS) {
        return Ok(python);
    }

    if !succeeds(program("python3").arg("--version")) {
        bail!("`python3` is missing: install Python 3.9 or later");
    }
    let has_venv = succeeds(program("python3").args(["-c", "import venv, ensurepip"]));
    if !has_venv {
        bail!(
            "Python's module `venv` is missing: install it (Debian and Ubuntu: `apt-get install python3-venv`)"
        );
    }
    run(program("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;

    let requirements = folder.join("requirements.txt");
    fs::write(&requirements, REQUIREMENTS)?;
    let mut install = program(&python);
    install.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--only-binary",
        ":all:",
    ]);
    run(install.arg("--require-hashes").arg("--requirement").arg(requirements))
        .context("pip could not install infra/xtask/requirements.txt: is the package index reachable?")?;
    fs::write(stamp(&folder), REQUIREMENTS)?;
    Ok(python)
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
        let lines = REQUIREMENTS.lines().filter(|line| !line.starts_with(['#', ' ']));
        for line in lines {
            assert!(line.contains("==") && line.ends_with('\\'), "{line}");
        }
        assert!(REQUIREMENTS.contains("--hash=sha256:"));
    }
}
