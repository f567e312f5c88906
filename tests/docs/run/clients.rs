//! Generators of clients, as the page about the description calls them. What they generate is compiled and driven in
//! `tests/openapi`.

use std::path::{Path, PathBuf};

use super::{printed, shell};
use crate::pages::root;
use crate::support::TestStack;
use crate::table::{By, of};

/// What each of them leaves behind.
const GENERATED: [&str; 2] = ["keyturn-client/keyturn_client/client.py", "client/client.gen.ts"];

#[expect(clippy::disallowed_methods, reason = "`cargo xtask test` tells where it has put the packages")]
fn python() -> PathBuf {
    let told = std::env::var_os("KEYTURN_OPENAPI_PYTHON").map(PathBuf::from);
    told.unwrap_or_else(|| root().join("target/tools/openapi-python/bin/python"))
}

/// The search path with the generators' folder at its beginning.
#[expect(clippy::disallowed_methods, reason = "passed on to a program")]
fn search_path() -> std::ffi::OsString {
    let inherited = std::env::var_os("PATH").unwrap();
    let first = python().parent().unwrap().to_owned();
    std::env::join_paths(std::iter::once(first).chain(std::env::split_paths(&inherited))).unwrap()
}

/// npm's packages, where `npx` looks for them before it would load any.
fn install(folder: &Path) {
    let packages = root().join("target/tools/openapi-node");
    for name in ["node_modules", "package.json"] {
        std::os::unix::fs::symlink(packages.join(name), folder.join(name)).unwrap();
    }
}

#[tokio::test]
async fn a_client_is_made_as_the_page_says() {
    let (stack, folder) = (TestStack::start().await, tempfile::tempdir().unwrap());
    install(folder.path());
    let commands = of(By::Clients);
    assert_eq!(commands.len(), GENERATED.len());
    for ((command, says), file) in commands.iter().zip(GENERATED) {
        let command = command.replace("http://127.0.0.1:8080", stack.address());
        let mut shell = shell(folder.path(), &command);
        printed(shell.env("PATH", search_path()).env("npm_config_offline", "true"), says);
        assert!(folder.path().join(file).exists(), "{command} made no {file}");
    }
}
