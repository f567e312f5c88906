//! `exec` with a signal for the program.

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, BufReader};

use crate::keyturn::string;
use crate::setup::Setup;

/// Prints its string, then at each signal what the file holds, until its standard input ends; the exit code is its own. A
/// shell handles a signal during `wait`, but not while a program in the foreground runs.
const PROGRAM: &str = r#"
trap 'echo changed; cat "$0"; echo' USR1
echo started "$PARTNER"
exec 3<&0
cat <&3 >/dev/null &
until wait $!; do :; done
echo ended
exit 7
"#;

#[tokio::test]
async fn the_program_gets_the_signal_at_a_change_only() {
    let setup = Setup::new().await;
    setup.keyturn.state().retry_after = "1";
    // Writing the first target takes a while; the signal has to wait for the second.
    let first = "kind = \"command\"\ncommand = [\"sh\", \"-c\", \"cat >/dev/null\"]".to_owned();
    setup.configure("", &[first, setup.file("token")]);
    let file = setup.path("token").display().to_string();
    let program = ["--", "sh", "-c", PROGRAM, &file];
    let arguments = [&["exec", "--env", "PARTNER", "--on-change", "SIGUSR1"], &program[..]].concat();
    let mut child = setup.command(&arguments).stdin(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut line = async || lines.next_line().await.unwrap();
    assert_eq!(line().await, Some(format!("started {}", string(1))));
    // The same string again, then a new one, then that one again.
    setup.keyturn.looked(2).await;
    setup.keyturn.renew();
    assert_eq!(line().await.as_deref(), Some("changed"));
    assert_eq!(line().await, Some(string(2)), "the file already holds the new string");
    setup.keyturn.looked(2).await;
    drop(child.stdin.take());
    assert_eq!(line().await.as_deref(), Some("ended"), "one signal for one change");
    assert_eq!(child.wait().await.unwrap().code(), Some(7));
}

#[tokio::test]
async fn refuses_what_is_no_signal() {
    let setup = Setup::new().await;
    setup.configure("", &[setup.file("token")]);
    let ended = setup.run(&["exec", "--on-change", "KILL", "--", "true"]).await;
    assert_eq!(ended.code, 2, "{ended:?}");
    assert!(ended.printed.contains("must be HUP, INT, QUIT, TERM, USR1 or USR2, or `restart`"), "{ended:?}");
    assert!(!setup.path("token").exists());
}
