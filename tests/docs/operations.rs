//! Runs the commands of the operations guide, in its order, with the AWS CLI against a stack that moto creates from the
//! template: restore, key rotation and event replay.

use std::process::Command;

use keyturn_harness::process::Process;
use keyturn_harness::tools::{installed, start_moto};
use regex::Regex;
use serde_json::Value;
use tempfile::TempDir;

use crate::pages::{page, root};
use crate::support::shell::{output, shell};

/// moto returns a key policy from a template in a form that it can't parse again, so the test sets it once more.
const KEY_POLICY: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*",
    "Action": "kms:*", "Resource": "*"}]}"#;

/// A moto server, and a folder with the workspace's files.
struct Account {
    _moto: Process,
    url: String,
    folder: TempDir,
}

impl Account {
    async fn start() -> Self {
        let (moto, url) = start_moto().await.unwrap();
        Self { _moto: moto, url, folder: checkout() }
    }

    fn run(&self, script: &str) -> String {
        let mut script = tool(&self.folder, script);
        script.env("AWS_ENDPOINT_URL", &self.url);
        output(script)
    }

    /// Creates the stack `keyturn` and returns the values of the guide's placeholders.
    fn deploy(&self) -> Vec<(&'static str, String)> {
        let json = |text: String| serde_json::from_str::<Value>(&text).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        self.run("python infra/deployment/translate.py template.yaml > translated.json");
        let deployed = json(self.run("python tests/deployment/stack.py deploy translated.json"));
        let physical = &deployed["physical"];
        let archives = json(self.run("aws events list-archives"));
        let archive = &archives["Archives"][0];
        let (name, bus) = (text(&archive["ArchiveName"]), text(&archive["EventSourceArn"]));
        let arn = format!("{}:archive/{name}", bus.split_once(":event-bus").unwrap().0);
        let key = text(&physical["SealingKey"]);
        let policy =
            format!("aws kms put-key-policy --key-id {key} --policy-name default --policy '{KEY_POLICY}'");
        self.run(&policy);
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

/// A script that uses the deployment's tools and sees no AWS configuration of the developer.
fn tool(folder: &TempDir, script: &str) -> Command {
    let path = installed("KEYTURN_DEPLOYMENT_PYTHON", "deployment/bin/python").unwrap().with_file_name("");
    let script = format!("PATH='{}':$PATH\n{script}", path.display());
    let mut shell = shell(folder.path(), &script);
    shell.env("HOME", folder.path()).env("AWS_DEFAULT_REGION", "eu-central-1");
    shell.env("AWS_ACCESS_KEY_ID", "any").env("AWS_SECRET_ACCESS_KEY", "any");
    shell
}

#[tokio::test]
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
    let commands = "aws cloudformation describe-stacks --stack-name keyturn-2
        for command in table time-to-live continuous-backups; do
            aws dynamodb describe-$command --table-name keyturn-restored
        done";
    let described = account.run(commands);
    let protected = r#""DeletionProtectionEnabled": true"#;
    let restored = [r#""TimeToLiveStatus": "ENABLED""#, r#""PointInTimeRecoveryStatus": "ENABLED""#];
    let stream = r#""StreamViewType": "KEYS_ONLY""#;
    for expected in ["IMPORT_COMPLETE", protected, stream].iter().chain(&restored) {
        assert!(described.contains(expected), "{expected}: {described}");
    }
}
