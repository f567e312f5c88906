//! Runs the README's quick start from the page's own text, in an empty folder. Only `cargo run` is replaced by the stack
//! built for the tests, and the ports by free ones.

use std::path::Path;

use regex::Regex;
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

use crate::pages::page;
use crate::support::process::{Process, free_port};

const STACK: &str = "cargo run\n";
const RECEIVER: &str = "python3 - <<'PYTHON'\n";

/// The blocks for the third terminal.
const CLIENT: [&str; 4] = [
    "MANAGE=",
    "curl -s http://127.0.0.1:8080/_local/clock/advance -d '{\"seconds\": 2592000}'",
    "OLD=",
    "curl -s http://127.0.0.1:8080/_local/clock/advance -d '{\"seconds\": 86401}'",
];

const SEPARATOR: &str = "=== next block ===";

/// Runs a script in this folder.
fn shell(folder: &Path, script: &str) -> Command {
    let mut shell = Command::new("bash");
    shell.args(["-euo", "pipefail", "-c", script]).current_dir(folder).env("NO_PROXY", "127.0.0.1");
    shell
}

/// Starts a long-running script and waits for a line with this prefix.
async fn start(folder: &Path, script: &str, ready: &str) -> Process {
    let seen = |line: &str| line.starts_with(ready).then_some(());
    Process::start_until(ready, shell(folder, script), seen).await.0
}

#[tokio::test]
async fn quickstart_works_as_shown() {
    let folder = TempDir::new().unwrap();
    let (stack_port, receiver_port) = (free_port().to_string(), free_port().to_string());
    let readme = page("README.md");
    let block =
        |start: &str| readme.block(start).replace("8080", &stack_port).replace("9000", &receiver_port);

    let stack = format!("exec '{}' --port {stack_port}", env!("CARGO_BIN_EXE_stack-under-test"));
    let stack = block(STACK).replace(STACK.trim(), &stack);
    let _stack = start(folder.path(), &stack, "EventBridge: ").await;
    let receiver = block(RECEIVER).replacen("python3", "exec python3", 1);
    let _receiver = start(folder.path(), &receiver, "waiting").await;

    let script = CLIENT.map(block).join(&format!("\necho; echo '{SEPARATOR}'\n"));
    let output = shell(folder.path(), &script).output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let printed = String::from_utf8(output.stdout).unwrap();
    let [created, advanced, redeemed, refused] =
        printed.split(SEPARATOR).collect::<Vec<_>>().try_into().unwrap();

    let json = |text: &str| serde_json::from_str::<Value>(text.trim()).unwrap();
    let string = Regex::new("^kat_[0-9A-Za-z]{71}$").unwrap();
    let (old, new) = (json(created)["token"].clone(), json(redeemed)["token"].clone());
    assert!(string.is_match(old.as_str().unwrap()) && string.is_match(new.as_str().unwrap()));
    assert_ne!(old, new);
    assert!(json(advanced)["sweeps"].as_u64().unwrap() > 0, "{advanced}");
    let refused = refused.to_lowercase();
    assert!(refused.contains("http/1.1 401"), "{refused}");
    assert!(refused.contains("www-authenticate: bearer error=\"invalid_token\""), "{refused}");
}
