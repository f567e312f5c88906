//! Programs, signals and restarts.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, Uri};
use serde_json::Value;

use super::*;

fn command(line: &[&str]) -> Command {
    Command { line: line.iter().map(ToString::to_string).collect(), timeout: Duration::from_secs(10) }
}

#[tokio::test]
async fn a_program_gets_the_string_on_its_standard_input_only() {
    let folder = tempfile::tempdir().unwrap();
    let held = folder.path().join("held").display().to_string();
    let secret = Secret::new("kat_secret".to_owned());
    let script = "cat > \"$0\"; tr '\\0' ' ' < /proc/$$/cmdline >> \"$0\"; env >> \"$0\"";
    run(&command(&["sh", "-c", script, &held]), Some(&secret)).await.unwrap();
    let held = std::fs::read_to_string(held).unwrap();
    assert!(held.starts_with("kat_secret"), "{held}");
    assert_eq!(held.matches("kat_secret").count(), 1, "not in its arguments or environment");
}

#[tokio::test]
async fn a_failed_program_is_reported_without_the_secrets_that_it_prints() {
    let secret = Secret::new("kat_secret".to_owned());
    let failing = command(&["sh", "-c", "read -r it; echo \"no place for $it\" >&2; exit 3"]);
    let failure = run(&failing, Some(&secret)).await.unwrap_err();
    assert_eq!(failure.what, "sh: exit status: 3: no place for kat_…");
    let failure = run(&command(&["/no/such/program"]), None).await.unwrap_err();
    assert!(failure.what.contains("No such file"), "{}", failure.what);
    let slow = Command { timeout: Duration::from_millis(20), ..command(&["sleep", "30"]) };
    assert!(run(&slow, None).await.unwrap_err().what.contains("did not end in time"));
}

#[tokio::test]
async fn a_signal_goes_to_the_process_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let pid_file = folder.path().join("pid");
    let mut child = process::Command::new("sleep").arg("30").kill_on_drop(true).spawn().unwrap();
    std::fs::write(&pid_file, format!("{}\n", child.id().unwrap())).unwrap();
    send_signal(15, &pid_file).unwrap();
    let status = child.wait().await.unwrap();
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(15));
    for text in ["", "0", "1", "-5", "x"] {
        std::fs::write(&pid_file, text).unwrap();
        assert!(send_signal(15, &pid_file).unwrap_err().what.contains("holds no process id"), "{text}");
    }
    assert!(send_signal(15, &folder.path().join("missing")).is_err());
}

#[tokio::test]
async fn a_workload_is_annotated_so_that_it_rolls() {
    let seen: Arc<Mutex<Value>> = Arc::default();
    let patched = Arc::clone(&seen);
    let answer = async move |uri: Uri, headers: HeaderMap, body: Bytes| {
        assert_eq!(uri.path(), "/apis/apps/v1/namespaces/shop/deployments/orders");
        assert_eq!(headers["content-type"], "application/strategic-merge-patch+json");
        *patched.lock().unwrap() = serde_json::from_slice(&body).unwrap();
        StatusCode::OK
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
    let api = Cluster::at(&address, "shop", "service-account");
    Restart { api, kind: "deployments".to_owned(), name: "orders".to_owned() }.run().await.unwrap();
    let seen = seen.lock().unwrap();
    assert!(seen["spec"]["template"]["metadata"]["annotations"]["keyturn/renewed-at"].is_string(), "{seen}");
}
