//! Each receiver goes through the whole rehearsal.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Command;

fn rehearse(receiver: &str) {
    let output = Command::new(env!("CARGO_BIN_EXE_keyturn-rehearsal")).arg(receiver).output().unwrap();
    let (text, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{text}\n{errors}");
    assert_eq!(text.lines().count(), 9, "{text}");
    for secret in ["kat_", "krt_", "whsec_"] {
        assert!(!text.contains(secret) && !errors.contains(secret), "{secret} is printed");
    }
}

#[test]
fn the_one_in_python_never_loses_its_token() {
    rehearse("python");
}

#[test]
fn the_one_for_node_never_loses_its_token() {
    rehearse("node");
}

#[test]
fn the_one_for_lambda_never_loses_its_token() {
    rehearse("rust");
}

#[test]
fn another_name_is_refused() {
    let output = Command::new(env!("CARGO_BIN_EXE_keyturn-rehearsal")).arg("cobol").output().unwrap();
    assert!(!output.status.success());
}
