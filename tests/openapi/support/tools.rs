//! Runs the tools that `cargo xtask test --only tools` installs.

use std::path::{Path, PathBuf};
use std::process::Output;

use tokio::process::Command;

/// The path of the description.
pub(crate) const DESCRIPTION: &str = "functions/openapi/openapi.json";

/// The folder of the workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// A file in the folder of these tests.
pub(crate) fn in_tests(path: &str) -> PathBuf {
    root().join("tests/openapi").join(path)
}

/// The interpreter with the packages of `infra/openapi/requirements.txt`, whose programs come first on its path. It writes no
/// byte code beside the sources.
#[expect(clippy::disallowed_methods, reason = "`cargo xtask test` sets where it has installed the packages")]
pub(crate) fn python() -> Command {
    let configured = std::env::var_os("KEYTURN_OPENAPI_PYTHON").map(PathBuf::from);
    let python = configured.unwrap_or_else(|| root().join("target/tools/openapi-python/bin/python"));
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

/// The standard output of a program that must succeed.
pub(crate) async fn stdout_of(command: &mut Command) -> String {
    let output = command.output().await.unwrap();
    assert!(output.status.success(), "{command:?}: {}", output_of(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// Standard output and standard error.
pub(crate) fn output_of(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
