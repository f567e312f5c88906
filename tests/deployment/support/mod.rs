//! What the tests have in common.

pub(crate) mod deployment;
pub(crate) mod iam;
pub(crate) mod lambda;
pub(crate) mod policy;
pub(crate) mod requests;
pub(crate) mod resolve;
pub(crate) mod services;

use std::process::{Command, Output};

use keyturn_harness::tools::deployment_tool;
pub(crate) use keyturn_harness::tools::root;

pub(crate) fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub(crate) fn tool(name: &str) -> Command {
    deployment_tool(name).unwrap()
}

/// What a Python script of the workspace prints as JSON.
pub(crate) fn script(path: &str, arguments: &[&str], variables: &[(&str, &str)]) -> serde_json::Value {
    let mut command = tool("python");
    let output = command.arg(path).args(arguments).envs(variables.iter().copied()).output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", printed(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

pub(crate) fn printed(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
