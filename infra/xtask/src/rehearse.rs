//! The rehearsal of a renewal with one of the receivers, and what the receivers need.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;

use crate::command::{cargo_in, run};
use crate::tool::{self, Passed};
use crate::{npm, python};

/// Installs what the receivers are made of, and runs the rehearsal.
pub(crate) fn start(root: &Path, passed: &Passed) -> ExitCode {
    tool::exit_code(rehearse(root, passed))
}

fn rehearse(root: &Path, passed: &Passed) -> Result<()> {
    npm::RECEIVER.ensure(root)?;
    let mut command = cargo_in(root);
    command.envs(python::ensure(root)?);
    command.args(["run", "--quiet", "--locked", "--package", "keyturn-harness", "--", "rehearse"]);
    run(command.args(&passed.arguments))
}
