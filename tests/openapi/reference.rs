//! Clients of the reference system fetch renewed tokens here as they did there: a client that was generated from that
//! system's contract, as far as `reference.yaml` has it, understands every answer.

use std::path::Path;

use serde_json::{Value, json};

use crate::clients::generate_python;
use crate::support::{DAY, HOUR, Receiver, TestStack, answered, in_tests, python};

/// Redeems through the generated client.
async fn redeem(folder: &Path, stack: &TestStack, token: &str, request_token: &str) -> Value {
    let mut command = python();
    command.current_dir(folder).args(["redeem.py", stack.address(), token, request_token]);
    serde_json::from_str(&answered(&mut command).await).unwrap()
}

#[tokio::test]
async fn a_client_of_the_reference_system_understands_every_answer() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    generate_python(&in_tests("reference.yaml"), &folder.join("reference_client"), "redeem.py").await;

    let settings = json!({
        "name": "partner", "rights": "READ", "applications": ["ORDERS"],
        "autoRenewal": {"everyDays": 30, "callback": {"url": receiver.url()}},
    });
    let created = stack.manager().created(&settings).await;
    let token = created.text("token");
    stack.advance(30 * DAY).await;
    let first = receiver.received()[0].request_token();

    let renewed = redeem(folder, &stack, &token, &first).await;
    let string = renewed["token"].as_str().unwrap();
    assert_eq!(renewed["status"], 200);
    assert!(stack.client(string).is_authenticated().await);
    assert_eq!(redeem(folder, &stack, &token, &first).await, renewed, "a repetition gives the same");

    let malformed = redeem(folder, &stack, "kat_malformed", &first).await;
    assert_eq!((&malformed["status"], &malformed["errorCode"]), (&json!(401), &json!("UNAUTHENTICATED")));
    let unknown = redeem(folder, &stack, &token, "krt_unknown").await;
    assert_eq!((&unknown["status"], &unknown["errorCode"]), (&json!(404), &json!("NOT_FOUND")));
    let missing = redeem(folder, &stack, &token, "").await;
    assert_eq!((&missing["status"], &missing["errorCode"]), (&json!(400), &json!("VALIDATION_FAILED")));
    assert_eq!(
        missing["validationErrors"],
        json!([{"field": "requestToken", "error": "is required", "code": "REQUIRED"}])
    );
    stack.advance(2 * HOUR + 1).await;
    let dead = redeem(folder, &stack, &token, &first).await;
    assert_eq!((&dead["status"], &dead["errorCode"]), (&json!(410), &json!("REQUEST_TOKEN_DEAD")));
    for failure in [malformed, unknown, missing, dead] {
        assert!(!failure["errorMessage"].as_str().unwrap().is_empty(), "{failure}");
    }
}
