//! Both runs, short: the long ones are commands.

use std::process::{Command, Output};

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_keyturn-load")).args(arguments).output().expect("the program starts")
}

fn assert_good(output: &Output, says: &str) {
    let (text, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{text}\n{errors}");
    assert!(text.contains(says), "{text}");
    for secret in ["kat_", "krt_", "whsec_"] {
        assert!(!text.contains(secret) && !errors.contains(secret), "{secret} is printed");
    }
}

#[test]
fn killed_at_random_moments_every_answer_stays_true() {
    assert_good(&run(&["crash", "--kills", "15"]), "killed 15 times");
}

#[test]
fn many_clients_at_once_get_no_errors() {
    assert_good(&run(&["load", "--seconds", "5"]), "are as the answers said");
}
