//! The functions under their emulator, as the page about deploying starts and invokes them, in a folder that looks like a
//! checkout. Where the emulator would have cargo compile a function, it gets the program that was built for the tests.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use tempfile::TempDir;

use super::{built, checkout, printed, shell, with_built_programs};
use crate::support::process::{Process, free_port};
use crate::support::python;
use crate::table::{By, of};

/// An option of version 2 of the AWS command line, which takes a payload as it is only with it. The version that Python's
/// package index has is 1: it does so always, and doesn't know the option.
const VERSION_2: &str = " --cli-binary-format raw-in-base64-out";

/// What must run before anything can be invoked.
const STARTING: [&str; 2] = ["cargo run", "cargo xtask lambda watch"];

/// Puts a `cargo` first on the path that has compiled every function already.
fn compiled(folder: &TempDir) -> String {
    let tools = folder.path().join("target/tools");
    let deployed = built("");
    let path = python::search_path();
    let script = format!(
        "#!/bin/bash\n\
         if [[ $1 == run && ${{@: -2:1}} == --bin ]]; then exec '{}'\"${{@: -1}}\"; fi\n\
         export PATH='{path}'; exec cargo \"$@\"\n",
        deployed.display()
    );
    std::fs::write(tools.join("cargo"), script).unwrap();
    std::fs::set_permissions(tools.join("cargo"), std::fs::Permissions::from_mode(0o755)).unwrap();
    format!("{}:{path}", tools.display())
}

/// A terminal in which something keeps running, from when it has printed this.
async fn terminal(folder: &Path, command: &str, path: &str, says: &str) -> Process {
    let mut shell = shell(folder, &format!("exec {command}"));
    shell.env("PATH", path).env("CARGO_NET_OFFLINE", "true");
    let seen = |line: &str| line.contains(says).then_some(());
    Process::start_until(command, tokio::process::Command::from(shell), seen).await.0
}

/// The AWS command line's invocation, of a function by the name that it has here.
fn for_emulator(command: &str) -> String {
    let named = command.replace(VERSION_2, "").replace("BOOTSTRAP", "bootstrap").replace("…Sweep…", "sweep");
    // Lambda itself takes no payload for an empty object; the emulator hands on nothing.
    if named.contains("--payload") { named } else { format!("{named} --payload '{{}}'") }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_functions_run_on_this_machine_as_the_page_says() {
    let folder = checkout();
    let (path, port) = (compiled(&folder), free_port());
    let emulator = format!("--invoke-address 127.0.0.1 --invoke-port {port}");
    let mut running = Vec::new();
    let mut commands = of(By::Local);
    commands.sort_by_key(|(command, _)| !STARTING.iter().any(|start| command.starts_with(start)));
    for (command, says) in commands {
        let built = with_built_programs(&command);
        if command.starts_with("cargo run") {
            running.push(terminal(folder.path(), &format!("{built} --port 0"), &path, says).await);
        } else if command.starts_with("cargo xtask lambda watch") {
            running.push(terminal(folder.path(), &format!("{built} {emulator}"), &path, says).await);
        } else {
            let invoke = if command.starts_with("aws") {
                for_emulator(&command)
            } else {
                format!("{built} {emulator}")
            };
            let mut shell = shell(folder.path(), &invoke);
            shell.env("PATH", &path).env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}"));
            printed(shell.env("AWS_ACCESS_KEY_ID", "any").env("AWS_SECRET_ACCESS_KEY", "any"), says);
        }
    }
    assert_eq!(running.len(), 2, "the services and the emulator");
}
