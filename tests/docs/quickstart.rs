//! Runs the README's quick start from the page's own text, in an empty folder. Only `cargo run` is replaced by the stack
//! built for the tests, and the ports by free ones.

use std::net::TcpListener;

use keyturn_harness::process::Process;
use regex::Regex;
use serde_json::Value;
use tempfile::TempDir;

use crate::pages::page;
use crate::support::shell::{output, shell};

const STACK: &str = "cargo run\n";
const RECEIVER: &str = "python3 - <<'PYTHON'\n";

const CLIENT: [&str; 4] = [
    "MANAGE=",
    "curl -s http://127.0.0.1:8080/_local/clock/advance -d '{\"seconds\": 2592000}'",
    "OLD=",
    "curl -s http://127.0.0.1:8080/_local/clock/advance -d '{\"seconds\": 86401}'",
];

const SEPARATOR: &str = "=== next block ===";

fn free_port() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string()
}

#[tokio::test]
async fn quickstart_works_as_shown() {
    let folder = TempDir::new().unwrap();
    let (stack_port, receiver_port) = (free_port(), free_port());
    let readme = page("README.md");
    let block =
        |start: &str| readme.block(start).replace("8080", &stack_port).replace("9000", &receiver_port);
    let printed = |prefix: &'static str| move |line: &str| line.starts_with(prefix).then_some(());

    let stack = format!("exec '{}' --port {stack_port}", env!("CARGO_BIN_EXE_stack-under-test"));
    let stack = block(STACK).replace(STACK.trim(), &stack);
    let stack = shell(folder.path(), &stack);
    let _stack = Process::start_until("the stack", stack, printed("EventBridge: ")).await.unwrap();
    let receiver = block(RECEIVER).replacen("python3", "exec python3", 1);
    let receiver = shell(folder.path(), &receiver);
    let _receiver = Process::start_until("the receiver", receiver, printed("waiting")).await.unwrap();

    let script = CLIENT.map(block).join(&format!("\necho; echo '{SEPARATOR}'\n"));
    let printed = output(shell(folder.path(), &script));
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
