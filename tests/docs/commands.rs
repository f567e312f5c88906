//! Commands that the pages name exist, with the options that they are given: all are held against the program's own help, or
//! AWS's model of the service. `table.rs` says which of them run besides.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use regex::Regex;
use serde_json::{Value, json};

use crate::pages::{pages, root};
use crate::support::python;

/// Programs of the workspace as `cargo test --workspace` has built them, and what they are called as.
pub(crate) const OURS: [(&str, &str, &[&str]); 9] = [
    ("cargo run --", "stack-under-test", &[]),
    ("cargo xtask", "xtask", &[]),
    ("cargo xtask test", "xtask", &["test"]),
    ("cargo xtask bench", "keyturn-bench", &[]),
    ("cargo xtask load", "keyturn-load", &["load"]),
    ("cargo xtask crash", "keyturn-load", &["crash"]),
    ("cargo xtask rehearse", "keyturn-rehearsal", &[]),
    ("cargo xtask simulate", "keyturn-simulation", &[]),
    ("cargo xtask simulate headline", "keyturn-simulation", &["headline"]),
];

/// Tools of others, as `cargo xtask` starts them.
pub(crate) const TOOLS: [(&str, &str, &[&str]); 4] = [
    ("cargo xtask sam build", "sam", &["build"]),
    ("cargo xtask sam deploy", "sam", &["deploy"]),
    ("cargo xtask lambda watch", "cargo-lambda", &["lambda", "watch"]),
    ("cargo xtask lambda invoke", "cargo-lambda", &["lambda", "invoke"]),
];

fn help(program: &Path, arguments: &[&str]) -> String {
    assert!(program.exists(), "{} is missing: run `cargo build --workspace`", program.display());
    let output = Command::new(program)
        .args(arguments)
        .arg("--help")
        .env("SAM_CLI_TELEMETRY", "0")
        .env("COLUMNS", "200")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}: {}", program.display(), String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What each of the programs can be told.
fn helps() -> BTreeMap<&'static str, String> {
    let built = PathBuf::from(env!("CARGO_BIN_EXE_stack-under-test"));
    let ours =
        OURS.map(|(called, program, arguments)| (called, help(&built.with_file_name(program), arguments)));
    let tools = TOOLS.map(|(called, program, arguments)| {
        (called, help(&python::python().with_file_name(program), arguments))
    });
    ours.into_iter().chain(tools).collect()
}

/// Lines of shell: whole blocks, and what stands in the prose as code and begins like a command.
pub(crate) fn commands() -> Vec<(String, String)> {
    let code = Regex::new(r"`((?:cargo|aws|sam|git|npm) [^`]+)`").unwrap();
    let mut commands = Vec::new();
    for page in pages() {
        let blocks = page.blocks().into_iter().filter(|block| block.language == "sh");
        commands.extend(blocks.map(|block| (block.place, block.text)));
        let prose = page.prose();
        let inline = code.captures_iter(&prose).map(|found| found[1].replace('\n', " "));
        commands.extend(inline.map(|command| (page.path.clone(), command)));
    }
    commands
}

/// Asks the script, which splits commands as a shell does and knows AWS's services.
fn ask(helps: &BTreeMap<&str, String>, commands: &[(String, String)]) -> [Vec<String>; 2] {
    let request = json!({"helps": helps, "commands": commands}).to_string();
    let mut script = Command::new(python::python());
    script.arg(root().join("tests/docs/commands.py")).current_dir(root());
    script.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = script.spawn().unwrap();
    child.stdin.take().unwrap().write_all(request.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    ["faults", "commands"].map(|name| serde_json::from_value(answer[name].clone()).unwrap())
}

/// Each command by itself.
pub(crate) fn split(commands: &[(String, String)]) -> Vec<String> {
    let [_, commands] = ask(&BTreeMap::new(), commands);
    commands
}

#[test]
fn every_command_and_option_that_a_page_names_exists() {
    let [faults, checked] = ask(&helps(), &commands());
    assert!(faults.is_empty(), "{faults:#?}");
    for called in ["cargo run", "cargo xtask test", "cargo xtask sam deploy", "aws dynamodb update-table"] {
        assert!(checked.iter().any(|command| command.starts_with(called)), "{called} was not looked at");
    }
}

#[test]
fn what_does_not_exist_is_found() {
    let wrong = [
        "cargo xtask nonsense",
        "cargo xtask test --only nonsense",
        "cargo xtask load --nonsense 1",
        "cargo xtask sam deploy --nonsense",
        "cargo run -- --nonsense",
        "cargo nonsense",
        "aws dynamodb update-nonsense",
        "aws nonsense list",
        "aws dynamodb update-table --nonsense 1",
        "rm -rf nonsense",
        "cd x && cargo xtask nonsense",
    ];
    let commands = wrong.map(|command| ("page".to_owned(), command.to_owned()));
    let [faults, _] = ask(&helps(), &commands);
    assert_eq!(faults.len(), wrong.len(), "{faults:#?}");
}
