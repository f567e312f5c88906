//! Clients generated from the description: they compile without warnings and work.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::{DESCRIPTION, TestStack, in_tests, node, python, root, stdout_of};

/// Generates a client without warnings and type-checks the program that uses it.
pub(super) async fn generate_python(description: &Path, client: &Path, driver: &str) {
    let mut generate = python();
    let arguments = "-m openapi_python_client generate --meta none --fail-on-warning --path";
    generate.args(arguments.split(' '));
    stdout_of(generate.arg(description).arg("--output-path").arg(client)).await;
    let folder = client.parent().unwrap();
    std::fs::copy(in_tests("clients").join(driver), folder.join(driver)).unwrap();
    let mut check = python();
    check.current_dir(folder).args(["-m", "mypy", "--strict", "--follow-imports", "silent"]);
    stdout_of(check.args(["--no-incremental", "--cache-dir", "/dev/null", driver])).await;
}

/// Fails unless the client created, edited, renewed and deactivated tokens.
async fn assert_driven(stack: &TestStack, output: &str) {
    let ids: Value = serde_json::from_str(output.lines().last().unwrap()).unwrap();
    let [created, successor] = ["created", "successor"].map(|name| ids[name].as_str().unwrap().to_owned());
    let (old, new) = (stack.manager().token(&created).await, stack.manager().token(&successor).await);
    assert_eq!((&old.body["renewedBy"], &new.body["renewedFrom"]), (&json!(successor), &json!(created)));
    assert_eq!((&new.body["status"], &new.body["name"]), (&json!("DEACTIVATED"), &json!("renewed")));
    assert_eq!(old.body["renewalMailRecipient"], "ops@example.com");
    assert_eq!(old.body["description"], "edited");
}

#[tokio::test]
async fn python_client_manages_tokens() {
    let (stack, folder) = (TestStack::start().await, tempfile::tempdir().unwrap());
    generate_python(&root().join(DESCRIPTION), &folder.path().join("keyturn_client"), "drive.py").await;
    let mut drive = python();
    drive.current_dir(folder.path()).args(["drive.py", stack.address(), stack.management_token()]);
    assert_driven(&stack, &stdout_of(&mut drive).await).await;
}

#[tokio::test]
async fn typescript_client_manages_tokens() {
    let (stack, folder) = (TestStack::start().await, tempfile::tempdir().unwrap());
    let mut generate = node("@hey-api/openapi-ts/bin/run.js");
    generate.current_dir(folder.path()).arg("--input").arg(root().join(DESCRIPTION));
    let output = stdout_of(generate.args(["--output", "client", "--no-log-file"])).await;
    assert!(!output.to_lowercase().contains("warn"), "{output}");
    std::fs::copy(in_tests("clients/drive.ts"), folder.path().join("drive.ts")).unwrap();
    let mut compile = node("typescript/lib/tsc.js");
    let options = "--strict --noUncheckedIndexedAccess --target es2022 --module commonjs --moduleResolution node10 --lib \
                   es2022,dom,dom.iterable";
    compile.current_dir(folder.path()).args(options.split_whitespace());
    stdout_of(compile.args(["--outDir", "compiled", "drive.ts"])).await;
    let mut drive = tokio::process::Command::new("node");
    drive.current_dir(folder.path()).args(["compiled/drive.js", stack.address(), stack.management_token()]);
    assert_driven(&stack, &stdout_of(&mut drive).await).await;
}
