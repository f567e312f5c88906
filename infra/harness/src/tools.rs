//! Tools that `cargo xtask test --only tools` installs, and the emulators among them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Result, ensure};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};

use crate::process::Process;

/// The workspace's root.
#[must_use]
pub fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().unwrap_or(root)
}

/// The path of a tool: this variable, which `cargo xtask` sets, or the default place below `target/tools`.
pub fn installed(variable: &str, place: &str) -> Result<PathBuf> {
    let tool =
        variable_of_system(variable).map_or_else(|| root().join("target/tools").join(place), PathBuf::from);
    ensure!(tool.exists(), "{} is missing: run `cargo xtask test --only tools`", tool.display());
    Ok(tool)
}

/// A program of the Python environment with SAM, moto and cargo-lambda.
pub fn deployment_tool(name: &str) -> Result<Command> {
    python_tool("KEYTURN_DEPLOYMENT_PYTHON", "deployment/bin/python", name)
}

/// checkov, which has an environment of its own.
pub fn checkov() -> Result<Command> {
    python_tool("KEYTURN_CHECKOV_PYTHON", "checkov/bin/python", "checkov")
}

/// A program of a Python environment. It runs in the workspace's root, without the developer's credentials and settings, and
/// without a network: the proxy is a port where nothing listens.
fn python_tool(variable: &str, place: &str, name: &str) -> Result<Command> {
    const NOWHERE: &str = "http://127.0.0.1:9";
    static HOME: OnceLock<Option<TempDir>> = OnceLock::new();
    let home = HOME.get_or_init(|| tempfile::tempdir().ok()).as_ref().map(|home| home.path().to_owned());
    let tool = installed(variable, place)?.with_file_name(name);
    let mut command = Command::new(&tool);
    command.current_dir(root()).env_clear().envs(home.map(|home| ("HOME", home))).envs([
        ("SAM_CLI_TELEMETRY", "0"),
        ("AWS_DEFAULT_REGION", "eu-central-1"),
        ("HTTP_PROXY", NOWHERE),
        ("HTTPS_PROXY", NOWHERE),
        ("NO_PROXY", "127.0.0.1,localhost"),
        ("PYTHONUNBUFFERED", "1"),
        ("CARGO_NET_OFFLINE", "true"),
    ]);
    // The environment's programs come first: SAM starts `cargo`, which starts its Lambda subcommand, which starts zig.
    let path = variable_of_system("PATH").unwrap_or_default();
    command.env("PATH", format!("{}:{path}", tool.with_file_name("").display()));
    let own_home = variable_of_system("HOME").unwrap_or_default();
    for (name, folder) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
        command.env(name, variable_of_system(name).unwrap_or_else(|| format!("{own_home}/{folder}")));
    }
    command.envs(variable_of_system("RUSTUP_TOOLCHAIN").map(|toolchain| ("RUSTUP_TOOLCHAIN", toolchain)));
    Ok(command)
}

#[expect(clippy::disallowed_methods, reason = "the machine determines where programs are")]
fn variable_of_system(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Starts moto, a fake of AWS's services; returns its address.
pub async fn start_moto() -> Result<(Process, String)> {
    let mut command = deployment_tool("python")?;
    command.args(["-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]);
    let address = |line: &str| line.split_once("Running on ").map(|(_, url)| url.trim().to_owned());
    Process::start_until("moto", command, address).await
}

/// Starts cargo-lambda's emulator without a function; returns its address. Functions ask for work at `{address}/.rt/{name}`.
pub async fn start_lambda_emulator() -> Result<(Process, String)> {
    // It can't choose a free port itself.
    let port = TcpListener::bind("127.0.0.1:0").await?.local_addr()?.port();
    let mut command = deployment_tool("cargo-lambda")?;
    command.args(["lambda", "watch", "--only-lambda-apis", "--invoke-address", "127.0.0.1"]);
    command.args(["--package", "keyturn-functions", "--invoke-port", &port.to_string()]);
    let started = |line: &str| line.contains("starting Runtime server").then_some(());
    let (process, ()) = Process::start_until("cargo lambda watch", command, started).await?;
    while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        tokio::task::yield_now().await;
    }
    Ok((process, format!("http://127.0.0.1:{port}")))
}
