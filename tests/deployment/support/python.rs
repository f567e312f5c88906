//! The tools that come from Python's package index, in the environment that `cargo xtask test` makes.

use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::OnceLock;

use super::root;

/// The environment's interpreter.
#[expect(clippy::disallowed_methods, reason = "`cargo xtask test` tells where it has put the packages")]
pub(crate) fn python() -> PathBuf {
    let told = std::env::var_os("KEYTURN_DEPLOYMENT_PYTHON").map(PathBuf::from);
    let python = told.unwrap_or_else(|| root().join("target/tools/deployment/bin/python"));
    assert!(python.exists(), "{} is missing: run `cargo xtask test --only tools`", python.display());
    python
}

/// A program of the environment that sees no credentials, no settings of the developer's and no network: what would go
/// out is sent to a port where nothing listens.
pub(crate) fn tool(name: &str) -> Command {
    let mut command = Command::new(python().with_file_name(name));
    offline(&mut command);
    command
}

/// The same for a script of the workspace.
pub(crate) fn script(path: &str) -> Command {
    let mut command = Command::new(python());
    command.arg(root().join(path));
    offline(&mut command);
    command
}

fn offline(command: &mut Command) {
    command.current_dir(root()).env_clear().envs(surroundings());
}

/// The variables that these programs are given.
pub(crate) fn surroundings() -> Vec<(String, String)> {
    const NOWHERE: &str = "http://127.0.0.1:9";
    static HOME: OnceLock<tempfile::TempDir> = OnceLock::new();
    let home = HOME.get_or_init(|| tempfile::tempdir().unwrap()).path().display().to_string();
    let fixed = [
        ("HOME", home.as_str()),
        ("SAM_CLI_TELEMETRY", "0"),
        ("AWS_DEFAULT_REGION", "eu-central-1"),
        ("HTTP_PROXY", NOWHERE),
        ("HTTPS_PROXY", NOWHERE),
        ("NO_PROXY", "127.0.0.1,localhost"),
        ("PYTHONUNBUFFERED", "1"),
    ];
    let mut variables: Vec<_> = fixed.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    variables.push(("PATH".to_owned(), search_path()));
    variables.extend(inherited(&["CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"]));
    // Where `cargo` is looked for if the variables above don't say.
    let own_home = inherited(&["HOME"]).pop().map(|(_, home)| home).unwrap_or_default();
    for (name, folder) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
        if !variables.iter().any(|(known, _)| known == name) {
            variables.push((name.to_owned(), format!("{own_home}/{folder}")));
        }
    }
    variables
}

/// Where programs are looked for: the environment's before all others, for SAM starts `cargo`, and `cargo` its Lambda
/// subcommand, which starts zig.
pub(crate) fn search_path() -> String {
    let inherited = inherited(&["PATH"]).pop().map(|(_, path)| path).unwrap_or_default();
    format!("{}:{inherited}", python().parent().unwrap().display())
}

#[expect(clippy::disallowed_methods, reason = "where programs are is the machine's to say")]
fn inherited(names: &[&str]) -> Vec<(String, String)> {
    names.iter().filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?))).collect()
}

/// What a program has to say.
pub(crate) fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The standard output of a program that must end well.
pub(crate) fn output(mut command: Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", said(&output));
    String::from_utf8(output.stdout).unwrap()
}
