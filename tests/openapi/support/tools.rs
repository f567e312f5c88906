//! Runs the tools that `cargo xtask test --only tools` installs.

use std::path::PathBuf;
use std::process::Output;

use keyturn_harness::tools::{installed, root};
use tokio::process::Command;

/// The path of the description.
pub(crate) const DESCRIPTION: &str = "functions/openapi/openapi.json";

/// A file in the folder of these tests.
pub(crate) fn in_tests(path: &str) -> PathBuf {
    root().join("tests/openapi").join(path)
}

/// The interpreter with the packages of `infra/openapi/requirements.txt`, whose programs come first on its path. It writes no
/// byte code beside the sources.
pub(crate) fn python() -> Command {
    let python = installed("KEYTURN_OPENAPI_PYTHON", "openapi-python/bin/python").unwrap();
    #[expect(clippy::disallowed_methods, reason = "passed on to a program")]
    let inherited = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:{inherited}", python.parent().unwrap().display());
    let mut command = Command::new(python);
    command.env("PATH", path).env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

/// A program of the packages in `infra/xtask/openapi`.
pub(crate) fn node(program: &str) -> Command {
    let modules = installed("KEYTURN_OPENAPI_NODE_MODULES", "openapi-node/node_modules").unwrap();
    let mut command = Command::new("node");
    command.arg(modules.join(program));
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
