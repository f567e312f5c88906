//! The pinned AWS SAM and cargo-lambda, with everything that they need.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::command::{program, run};
use crate::programs::Passed;
use crate::python::DEPLOYMENT;
use crate::targets;
use crate::workspace::Workspace;

/// Runs SAM with the project's settings.
///
/// SAM builds the functions one by one. Before it builds all of them, they are built in parallel, and SAM finds them
/// up to date.
pub(crate) fn sam(root: &Path, passed: &Passed) -> Result<()> {
    if builds_everything(&passed.arguments) {
        targets::ensure(root)?;
        let workspace = Workspace::load(root)?;
        let mut build = lambda_command(root)?;
        build.args(["build", "--release", "--arm64", "--locked"]);
        run(build.args(workspace.functions().flat_map(|function| ["--bin", function])))?;
    }
    let mut command = tool(root, "sam")?;
    command.args(&passed.arguments);
    if passed.arguments.first().is_some_and(|first| !first.starts_with('-')) {
        command.args(["--config-file", ".samconfig.toml"]);
    }
    run(&mut command)
}

pub(crate) fn lambda(root: &Path, passed: &Passed) -> Result<()> {
    run(lambda_command(root)?.args(&passed.arguments))
}

/// Called directly and not as `cargo lambda`, the tool expects its own name first.
fn lambda_command(root: &Path) -> Result<Command> {
    let mut command = tool(root, "cargo-lambda")?;
    command.arg("lambda");
    Ok(command)
}

fn tool(root: &Path, name: &str) -> Result<Command> {
    let mut command = program(name);
    command.current_dir(root).env("PATH", DEPLOYMENT.search_path(root)?).env("SAM_CLI_TELEMETRY", "0");
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
