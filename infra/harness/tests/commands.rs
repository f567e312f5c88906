//! The commands, short where the usual run is long.

use std::process::{Command, Output};

use keyturn_harness::process::SECRET_PREFIXES;

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_keyturn-harness")).args(arguments).output().expect("the program starts")
}

/// What a command prints that must succeed.
fn printed(arguments: &[&str]) -> String {
    let output = run(arguments);
    let (text, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{text}\n{errors}");
    for secret in SECRET_PREFIXES {
        assert!(!text.contains(secret) && !errors.contains(secret), "{secret} is printed");
    }
    text.into_owned()
}

#[test]
fn every_answer_stays_true_after_kills_at_random_moments() {
    let text = printed(&["crash", "--kills", "15"]);
    assert!(text.contains("killed 15 times"), "{text}");
}

#[test]
fn many_clients_at_once_get_no_errors() {
    let text = printed(&["load", "--seconds", "5"]);
    assert!(text.contains("are as the answers said"), "{text}");
}

fn rehearse(receiver: &str) {
    let text = printed(&["rehearse", receiver]);
    assert_eq!(text.lines().count(), 9, "{text}");
}

#[test]
fn rehearses_with_python_receiver() {
    rehearse("python");
}

#[test]
fn rehearses_with_node_receiver() {
    rehearse("node");
}

/// Slow: its receiver is a Lambda function of its own that has to be compiled.
mod slow {
    #[test]
    fn rehearses_with_lambda_receiver() {
        super::rehearse("rust");
    }
}

#[test]
fn rehearses_with_clients_that_pull() {
    for client in ["pull-python", "pull-node"] {
        let text = printed(&["rehearse", client]);
        assert_eq!(text.lines().count(), 3, "{text}");
    }
}

#[test]
fn refuses_unknown_receiver() {
    assert!(!run(&["rehearse", "cobol"]).status.success());
}

#[test]
fn rehearses_with_agent() {
    let text = printed(&["rehearse", "agent", "--renewals", "4", "--kills", "20"]);
    assert_eq!(text.lines().count(), 15, "{text}");
    assert_eq!(text.matches("requests of the service were answered with 200").count(), 2, "{text}");
}

#[test]
fn rehearses_with_rotation_function() {
    let text = printed(&["rehearse", "rotation"]);
    assert_eq!(text.lines().count(), 4, "{text}");
}
