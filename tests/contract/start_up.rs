//! The command line of the local stack.

use std::process::Output;

use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::support::{Options, TestStack};

async fn run(arguments: &[&str]) -> Output {
    TestStack::command().args(arguments).output().await.unwrap()
}

/// Fails unless the program ended with 1 and one line that names the trouble.
fn assert_one_line(output: &Output, trouble: &str) {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert_eq!(errors.lines().count(), 1, "{errors}");
    assert!(errors.contains(trouble), "{errors}");
}

#[tokio::test]
async fn a_port_in_use() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    assert_one_line(&run(&["--in-memory", "--port", &port]).await, &port);
}

#[tokio::test]
async fn a_folder_that_cannot_be_written() {
    assert_one_line(&run(&["--port", "0", "--data-dir", "/proc/keyturn"]).await, "/proc/keyturn");
}

#[tokio::test]
async fn a_folder_that_another_instance_holds() {
    let folder = TempDir::new().unwrap();
    let _stack = TestStack::start_with(Options { data_dir: Some(folder.path()), ..Options::default() }).await;
    let path = folder.path().to_str().unwrap();
    assert_one_line(&run(&["--port", "0", "--data-dir", path]).await, path);
}

#[tokio::test]
async fn help_names_every_option() {
    let output = run(&["--help"]).await;
    assert!(output.status.success());
    let help = String::from_utf8_lossy(&output.stdout);
    for option in ["--host", "--port", "--data-dir", "--in-memory", "--help"] {
        assert!(help.contains(option), "{help}");
    }
}

#[tokio::test]
async fn it_stops_cleanly_when_asked() {
    let stack = TestStack::start().await;
    assert_eq!(stack.anybody().get("/_local/health").await.status, 200);
    assert_eq!(stack.terminate().await.code(), Some(0));
}
