//! Commands of the pages that run, as they stand there: only what `cargo run` and `cargo xtask` would build first is
//! replaced by the same program as it was built for the tests, and what stands for something by that.

mod aws;
mod clients;
mod local;
mod programs;

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::commands::{OURS, TOOLS};
use crate::pages::root;
use crate::support::python;

/// A program of the workspace, as `cargo test --workspace` has built it.
pub(crate) fn built(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_stack-under-test")).with_file_name(name)
}

/// The command with the program that is there instead of the one that cargo would build or install.
fn with_built_programs(command: &str) -> String {
    let stack = [("cargo run", "stack-under-test", &[] as &[&str])];
    let ours = stack.iter().chain(&OURS).map(|(called, name, first)| (*called, built(name), *first));
    let tools =
        TOOLS.iter().map(|(called, name, first)| (*called, python::python().with_file_name(name), *first));
    let all = ours.chain(tools).filter(|(called, ..)| {
        command.strip_prefix(called).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    });
    let Some((called, program, first)) = all.max_by_key(|(called, ..)| called.len()) else {
        return command.to_owned();
    };
    let program = format!("'{}'", program.display());
    let words = std::iter::once(program.as_str()).chain(first.iter().copied()).collect::<Vec<_>>().join(" ");
    format!("{words}{}", &command[called.len()..])
}

/// A shell that will run the command in this folder. It sees no settings of the developer's, and no network.
fn shell(folder: &Path, command: &str) -> Command {
    let mut shell = Command::new("bash");
    shell.args(["-euo", "pipefail", "-c", command]).current_dir(folder);
    shell.env_clear().envs(python::surroundings());
    shell
}

/// The standard output of a command that must end well and say this.
fn printed(shell: &mut Command, says: &str) -> String {
    let output = shell.output().unwrap();
    let said = python::said(&output);
    assert!(output.status.success() && said.contains(says), "{shell:?} says not `{says}` but:\n{said}");
    String::from_utf8(output.stdout).unwrap()
}

/// A folder in which everything of the workspace stands, so that commands find it and leave nothing behind. Of `target`,
/// only the tools.
fn checkout() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(root()).unwrap() {
        let name = entry.unwrap().file_name();
        if ![".git", ".keyturn", "target"].iter().any(|it| name == **it) {
            std::os::unix::fs::symlink(root().join(&name), folder.path().join(&name)).unwrap();
        }
    }
    let tools = folder.path().join("target/tools");
    std::fs::create_dir_all(&tools).unwrap();
    let environment = python::python().parent().unwrap().parent().unwrap().to_owned();
    std::os::unix::fs::symlink(environment, tools.join("deployment")).unwrap();
    folder
}

#[test]
fn the_longest_name_of_a_program_counts() {
    let run = with_built_programs;
    assert!(run("cargo xtask simulate --seeds 2").ends_with("/keyturn-simulation' --seeds 2"));
    assert!(run("cargo xtask simulate headline").ends_with("/keyturn-simulation' headline"));
    assert!(run("cargo xtask crash --kills 1").ends_with("/keyturn-load' crash --kills 1"));
    assert!(run("cargo run").ends_with("/stack-under-test'"));
    assert_eq!(run("cargo runs"), "cargo runs");
}
