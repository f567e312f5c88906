//! The API description: written anew, and tried for longer than the tests do.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;

use crate::command::{cargo_in, run};
use crate::tool::{self, Passed};
use crate::{npm, python};

/// Where the description stands.
const FILE: &str = "functions/openapi/openapi.json";

/// Writes the description.
pub(crate) fn write(root: &Path) -> ExitCode {
    let file = root.join(FILE).display().to_string();
    tool::start(root, "keyturn-openapi", &[], &[&file], &Passed { arguments: Vec::new() })
}

/// Runs the test that tries the API, with these options of the tool instead of the short run's.
pub(crate) fn schemathesis(root: &Path, passed: &Passed) -> Result<()> {
    let interpreters = python::ensure(root)?;
    npm::OPENAPI.ensure(root)?;
    let mut command = cargo_in(root);
    command.args(["test", "--locked", "--package", "keyturn-tests", "--test", "openapi", "schemathesis::"]);
    command.args(["--", "--nocapture"]).envs(interpreters);
    run(command.env("KEYTURN_SCHEMATHESIS", passed.arguments.join(" ")))
}
