//! The tools of `cargo xtask test --only tools`, and what they say.

use std::path::{Path, PathBuf};
use std::process::Output;

use tokio::process::Command;

/// Where the description stands.
pub(crate) const DESCRIPTION: &str = "functions/openapi/openapi.json";

/// The folder of the workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// A file beside these tests.
pub(crate) fn in_tests(path: &str) -> PathBuf {
    root().join("tests/openapi").join(path)
}

/// The interpreter with the packages of `infra/openapi/requirements.txt`, whose programs come first on its path. It leaves
/// nothing beside the sources.
#[expect(clippy::disallowed_methods, reason = "`cargo xtask test` tells where it has put the packages")]
pub(crate) fn python() -> Command {
    let told = std::env::var_os("KEYTURN_OPENAPI_PYTHON").map(PathBuf::from);
    let python = told.unwrap_or_else(|| root().join("target/tools/openapi-python/bin/python"));
    assert!(python.exists(), "{} is missing: run `cargo xtask test --only tools`", python.display());
    let inherited = std::env::var_os("PATH").unwrap_or_default();
    let folders = [python.parent().unwrap().to_owned()].into_iter().chain(std::env::split_paths(&inherited));
    let path = std::env::join_paths(folders).unwrap();
    let mut command = Command::new(python);
    command.env("PATH", path).env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

/// A program of the packages in `infra/xtask/openapi`.
pub(crate) fn node(program: &str) -> Command {
    let program = root().join("target/tools/openapi-node/node_modules").join(program);
    assert!(program.exists(), "{} is missing: run `cargo xtask test --only tools`", program.display());
    let mut command = Command::new("node");
    command.arg(program);
    command
}

/// What a program that must end well writes to its standard output.
pub(crate) async fn answered(command: &mut Command) -> String {
    let output = command.output().await.unwrap();
    assert!(output.status.success(), "{command:?}: {}", said(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// Everything that a program has to say.
pub(crate) fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
