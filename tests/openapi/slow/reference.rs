//! A client generated from the reference system's description (`reference.yaml`) understands every response to a
//! redemption.

use std::path::Path;

use serde_json::{Value, json};

use super::clients::generate_python;
use crate::support::{DAY, HOUR, Receiver, TestStack, in_tests, python, stdout_of};

/// Redeems through the generated client.
async fn redeem(folder: &Path, stack: &TestStack, token: &str, request_token: &str) -> Value {
    let mut command = python();
    command.current_dir(folder).args(["redeem.py", stack.address(), token, request_token]);
    serde_json::from_str(&stdout_of(&mut command).await).unwrap()
}

fn assert_failure(failure: &Value, status: u16, code: &str) {
    assert_eq!((&failure["status"], &failure["errorCode"]), (&json!(status), &json!(code)));
    assert!(!failure["errorMessage"].as_str().unwrap().is_empty(), "{failure}");
}

#[tokio::test]
async fn reference_client_understands_every_response() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    generate_python(&in_tests("reference.yaml"), &folder.join("reference_client"), "redeem.py").await;

    let settings = json!({
        "name": "partner", "rights": "READ", "applications": ["ORDERS"],
        "autoRenewal": {"everyDays": 30, "callback": {"url": receiver.url()}},
    });
    let created = stack.manager().created(&settings).await;
    let token = created.string();
    stack.advance(30 * DAY).await;
    let first = receiver.request_token();

    let renewed = redeem(folder, &stack, &token, &first).await;
    let string = renewed["token"].as_str().unwrap();
    assert_eq!(renewed["status"], 200);
    assert!(stack.client(string).is_authenticated().await);
    assert_eq!(redeem(folder, &stack, &token, &first).await, renewed, "a repeat returns the same");

    let malformed = redeem(folder, &stack, "kat_malformed", &first).await;
    assert_failure(&malformed, 401, "UNAUTHENTICATED");
    let unknown = redeem(folder, &stack, &token, "krt_unknown").await;
    assert_failure(&unknown, 404, "NOT_FOUND");
    let missing = redeem(folder, &stack, &token, "").await;
    assert_failure(&missing, 400, "VALIDATION_FAILED");
    let required = json!([{"field": "requestToken", "error": "is required", "code": "REQUIRED"}]);
    assert_eq!(missing["validationErrors"], required);
    stack.advance(2 * HOUR + 1).await;
    let dead = redeem(folder, &stack, &token, &first).await;
    assert_failure(&dead, 410, "REQUEST_TOKEN_DEAD");
}
