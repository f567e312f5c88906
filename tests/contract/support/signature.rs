//! Verifies a callback's signature with the official Python library of Standard Webhooks: an implementation that
//! shares nothing with ours.

use std::process::Stdio;

use keyturn_harness::tools::installed;
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use super::receiver::Callback;

const SCRIPT: &str = "
import json, sys
from standardwebhooks.webhooks import Webhook
data = json.load(sys.stdin)
Webhook(data['secret']).verify(data['body'], data['headers'])
";

/// Whether the library accepts the callback's signature with this secret, and its timestamp as recent.
pub(crate) async fn verify_independently(callback: &Callback, secret: &str) -> bool {
    let header = |name: &str| (name.to_owned(), callback.header(name).into());
    let names = ["webhook-id", "webhook-timestamp", "webhook-signature"];
    let headers: serde_json::Map<String, serde_json::Value> = names.into_iter().map(header).collect();
    let body = String::from_utf8(callback.raw.to_vec()).unwrap();
    let input = json!({"secret": secret, "headers": headers, "body": body});
    let mut python = Command::new(installed("KEYTURN_PYTHON", "python/bin/python").unwrap())
        .args(["-c", SCRIPT])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = python.stdin.take().unwrap();
    stdin.write_all(input.to_string().as_bytes()).await.unwrap();
    drop(stdin);
    let output = python.wait_with_output().await.unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!errors.contains("ModuleNotFoundError"), "run `cargo xtask test --only tools`: {errors}");
    assert!(output.status.success() || errors.contains("WebhookVerificationError"), "{errors}");
    output.status.success()
}
