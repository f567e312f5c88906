//! The command line of the local stack.

use std::process::Output;

use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::support::TestStack;

async fn run(arguments: &[&str]) -> Output {
    TestStack::command().args(arguments).output().await.unwrap()
}

/// Fails unless the program ended with 1 and one line that names the cause.
fn assert_one_line(output: &Output, cause: &str) {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert_eq!(errors.lines().count(), 1, "{errors}");
    assert!(errors.contains(cause), "{errors}");
}

#[tokio::test]
async fn reports_a_port_in_use() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    assert_one_line(&run(&["--in-memory", "--port", &port]).await, &port);
}

#[tokio::test]
async fn reports_a_read_only_folder() {
    assert_one_line(&run(&["--port", "0", "--data-dir", "/proc/keyturn"]).await, "/proc/keyturn");
}

#[tokio::test]
async fn reports_a_folder_in_use() {
    let folder = TempDir::new().unwrap();
    let _stack = TestStack::start_in(folder.path()).await;
    let path = folder.path().to_str().unwrap();
    assert_one_line(&run(&["--port", "0", "--data-dir", path]).await, path);
}

#[tokio::test]
async fn stops_cleanly_on_sigterm() {
    let stack = TestStack::start().await;
    stack.anonymous().get("/_local/health").await.expect(200);
    assert_eq!(stack.terminate().await.code(), Some(0));
}
