//! The README's tour, word by word, in an empty folder. Only `cargo run` is replaced, by the same program as it was built
//! for the tests, and the ports, by some that are free.

use std::net::TcpListener;
use std::process::Stdio;

use regex::Regex;
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::pages::pages;

/// How its blocks begin: the stack, the receiver, and what is typed in the third terminal.
pub(crate) const BLOCKS: [&str; 6] = [
    "cargo run\n",
    "python3 - <<'PYTHON'\n",
    "MANAGE=",
    "curl -s http://127.0.0.1:8080/_local/clock/advance -d '{\"seconds\": 2592000}'",
    "OLD=",
    "curl -s http://127.0.0.1:8080/_local/clock/advance -d '{\"seconds\": 86401}'",
];

const MARK: &str = "=== next block ===";

/// A terminal in which something keeps running.
async fn terminal(folder: &TempDir, script: &str, until: &str) -> Child {
    let mut child = Command::new("bash")
        .args(["-c", script])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    loop {
        let line = lines.next_line().await.unwrap().unwrap_or_else(|| panic!("never printed: {until}"));
        if line.starts_with(until) {
            break;
        }
    }
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    child
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[tokio::test]
async fn the_tour_of_the_readme_goes_as_it_says() {
    let folder = TempDir::new().unwrap();
    let (stack_port, receiver_port) = (free_port(), free_port());
    let ports = |text: &str| {
        text.replace("8080", &stack_port.to_string()).replace("9000", &receiver_port.to_string())
    };
    let blocks = pages()[0].blocks();
    let block = |start: &str| {
        let found = blocks.iter().find(|block| block.text.starts_with(start));
        ports(&found.unwrap_or_else(|| panic!("the README has no block {start}")).text)
    };

    let stack = format!("exec '{}' --port {stack_port}", env!("CARGO_BIN_EXE_stack-under-test"));
    let _stack = terminal(&folder, &stack, "EventBridge: ").await;
    let receiver = block(BLOCKS[1]).replacen("python3", "exec python3", 1);
    let _receiver = terminal(&folder, &receiver, "waiting").await;

    let typed = BLOCKS[2..].iter().map(|start| block(start)).collect::<Vec<_>>();
    let script = typed.join(&format!("\necho; echo '{MARK}'\n"));
    let mut third = Command::new("bash");
    third.args(["-euo", "pipefail", "-c", &script]).current_dir(folder.path()).env("NO_PROXY", "127.0.0.1");
    let output = third.output().await.expect("bash and curl are needed for the README's tour");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let printed = String::from_utf8(output.stdout).unwrap();
    let [created, advanced, redeemed, refused] = printed.split(MARK).collect::<Vec<_>>().try_into().unwrap();

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
