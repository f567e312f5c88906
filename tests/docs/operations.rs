//! Runs the commands of the operations guide, in its order, with the AWS CLI against a stack that moto creates from the
//! template: restore, key rotation and event replay.

use std::process::Command;

use regex::Regex;
use serde_json::Value;
use tempfile::TempDir;

use crate::pages::{page, root};
use crate::support::process::Process;
use crate::support::python;

/// moto returns a key policy from a template in a form that it can't parse again, so the test sets it once more.
const KEY_POLICY: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*",
    "Action": "kms:*", "Resource": "*"}]}"#;

/// A moto server and a folder with the workspace's files.
struct Account {
    _moto: Process,
    url: String,
    folder: TempDir,
}

impl Account {
    async fn start() -> Self {
        let mut command = tokio::process::Command::new(python::python());
        command.args(["-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]);
        command.env_clear().envs(python::surroundings());
        let running = |line: &str| line.split_once("Running on ").map(|(_, url)| url.trim().to_owned());
        let (moto, url) = Process::start_until("moto", command, running).await;
        Self { _moto: moto, url, folder: checkout() }
    }

    /// Runs a script, which must succeed, and returns its standard output.
    fn run(&self, script: &str) -> String {
        let mut shell = Command::new("bash");
        shell.args(["-euo", "pipefail", "-c", script]).current_dir(self.folder.path());
        shell.env_clear().envs(python::surroundings()).env("AWS_ENDPOINT_URL", &self.url);
        shell.env("AWS_ACCESS_KEY_ID", "any").env("AWS_SECRET_ACCESS_KEY", "any");
        let output = shell.output().unwrap();
        assert!(output.status.success(), "{script}\n{}", python::said(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Creates the stack `keyturn` and returns the values of the guide's placeholders.
    fn deploy(&self) -> Vec<(&'static str, String)> {
        let json = |text: String| serde_json::from_str::<Value>(&text).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        self.run("python infra/deployment/translate.py template.yaml > translated.json");
        let physical =
            json(self.run("python tests/deployment/stack.py deploy translated.json"))["physical"].clone();
        let archive = json(self.run("aws events list-archives"))["Archives"][0].clone();
        let (name, bus) = (text(&archive["ArchiveName"]), text(&archive["EventSourceArn"]));
        let arn = format!("{}:archive/{name}", bus.split_once(":event-bus").unwrap().0);
        let key = text(&physical["SealingKey"]);
        self.run(&format!(
            "aws kms put-key-policy --key-id {key} --policy-name default --policy '{KEY_POLICY}'"
        ));
        vec![
            ("STACK", "keyturn".to_owned()),
            ("OLD", text(&physical["Table"])),
            ("KEY", key),
            ("ADDRESS", "keyturn@example.com".to_owned()),
            ("NAME", name),
            ("ARCHIVE", arn),
            ("BUS", bus),
        ]
    }
}

/// A folder with links to the workspace's files, so that commands leave nothing in the workspace.
fn checkout() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["infra", "target", "template.yaml", "tests"] {
        std::os::unix::fs::symlink(root().join(name), folder.path().join(name)).unwrap();
    }
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_of_the_operations_guide_work() {
    let account = Account::start().await;
    let placeholders = account.deploy();
    let mut blocks = page("infra/docs/operate.md").blocks();
    blocks.retain(|block| block.language == "sh");
    assert_eq!(blocks.len(), 5);
    for block in blocks {
        let script = placeholders.iter().fold(block.text, |script, (name, value)| {
            Regex::new(&format!(r"\b{name}\b")).unwrap().replace_all(&script, value).into_owned()
        });
        account.run(&script);
    }
    let imported = account.run("aws cloudformation describe-stacks --stack-name keyturn-2");
    assert!(imported.contains("IMPORT_COMPLETE"), "{imported}");
    let table = account.run("aws dynamodb describe-table --table-name keyturn-restored");
    assert!(table.contains(r#""DeletionProtectionEnabled": true"#), "{table}");
    let ttl = account.run("aws dynamodb describe-time-to-live --table-name keyturn-restored");
    assert!(ttl.contains(r#""TimeToLiveStatus": "ENABLED""#), "{ttl}");
    let backups = account.run("aws dynamodb describe-continuous-backups --table-name keyturn-restored");
    assert!(backups.contains(r#""PointInTimeRecoveryStatus": "ENABLED""#), "{backups}");
}
