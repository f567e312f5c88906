//! AWS SAM and cargo-lambda in the versions that are tested, with all that they need at hand.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::command::{program, run};
use crate::structure::names;
use crate::tool::Passed;
use crate::{python, targets};

/// Runs SAM with the project's settings.
///
/// Before SAM builds all functions one by one, all of them are built at once: they share their dependencies, and two
/// processors have two functions to link instead of one. SAM finds each of them done.
///
/// # Errors
/// If a tool cannot be installed, or SAM fails.
pub(crate) fn sam(root: &Path, passed: &Passed) -> Result<()> {
    if builds_everything(&passed.arguments) {
        targets::ensure(root)?;
        let mut functions = names(&root.join("functions"))?;
        functions.retain(|name| !name.starts_with('.'));
        let mut build = lambda_command(root)?;
        build.args(["build", "--release", "--arm64", "--locked"]);
        run(build.args(functions.iter().flat_map(|function| ["--bin", function.as_str()])))?;
    }
    let mut command = tool(root, "sam")?;
    command.args(&passed.arguments);
    if passed.arguments.first().is_some_and(|first| !first.starts_with('-')) {
        command.args(["--config-file", ".samconfig.toml"]);
    }
    run(&mut command)
}

/// Runs cargo-lambda.
///
/// # Errors
/// If a tool cannot be installed, or cargo-lambda fails.
pub(crate) fn lambda(root: &Path, passed: &Passed) -> Result<()> {
    run(lambda_command(root)?.args(&passed.arguments))
}

/// Called by its own name, cargo-lambda wants to be told that it's a subcommand of cargo.
fn lambda_command(root: &Path) -> Result<Command> {
    let mut command = tool(root, "cargo-lambda")?;
    command.arg("lambda");
    Ok(command)
}

fn tool(root: &Path, name: &str) -> Result<Command> {
    let mut command = program(name);
    command.current_dir(root).env("PATH", python::deployment_path(root)?).env("SAM_CLI_TELEMETRY", "0");
    Ok(command)
}

/// Whether SAM is to build, and no function is named.
fn builds_everything(arguments: &[String]) -> bool {
    arguments.first().is_some_and(|first| first == "build")
        && arguments[1..].iter().all(|argument| argument.starts_with('-') && argument != "--help")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_build_of_everything_is_prepared() {
        for (line, expected) in [
            ("build", true),
            ("build --debug", true),
            ("build Sweep", false),
            ("build --help", false),
            ("deploy --guided", false),
            ("", false),
        ] {
            let arguments: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
            assert_eq!(builds_everything(&arguments), expected, "{line}");
        }
    }
}
