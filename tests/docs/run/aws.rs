//! What is done to a deployment, by the AWS command line, on a stack that moto has made of the template.

use regex::Regex;
use serde_json::Value;
use tempfile::TempDir;

use super::{checkout, printed, shell};
use crate::support::process::Process;
use crate::support::python;
use crate::table::{By, of};

/// moto keeps a policy that comes from a template in a form that it can't read again: it is told once more.
const POLICY: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "kms:*",
    "Resource": "*"}]}"#;

/// moto with the stack `keyturn`, and what stands there for the capital letters of the page.
struct Account {
    _moto: Process,
    address: String,
    folder: TempDir,
    placeholders: Vec<(&'static str, String)>,
}

impl Account {
    async fn with_stack() -> Self {
        let mut command = tokio::process::Command::new(python::python());
        command.args(["-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]);
        command.env_clear().envs(python::surroundings());
        let running = |line: &str| line.split_once("Running on ").map(|(_, url)| url.trim().to_owned());
        let (moto, address) = Process::start_until("moto", command, running).await;
        let mut account = Self { _moto: moto, address, folder: checkout(), placeholders: Vec::new() };
        account.deploy();
        account
    }

    fn deploy(&mut self) {
        self.run("python infra/deployment/translate.py template.yaml > translated.json", "");
        let deployed = self.run("python tests/deployment/stack.py deploy translated.json", "physical");
        let physical = serde_json::from_str::<Value>(&deployed).unwrap()["physical"].clone();
        let archive = self.run("aws events list-archives", "ArchiveName");
        let archive = serde_json::from_str::<Value>(&archive).unwrap()["Archives"][0].clone();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let (name, bus) = (text(&archive["ArchiveName"]), text(&archive["EventSourceArn"]));
        let arn = format!("{}:archive/{name}", bus.split_once(":event-bus").unwrap().0);
        self.placeholders = vec![
            ("STACK", "keyturn".to_owned()),
            ("OLD", text(&physical["Table"])),
            ("KEY", text(&physical["SealingKey"])),
            ("ADDRESS", "keyturn@example.com".to_owned()),
            ("NAME", name),
            ("ARCHIVE", arn),
            ("BUS", bus),
        ];
        let policy = format!("aws kms put-key-policy --key-id KEY --policy-name default --policy '{POLICY}'");
        self.run(&self.filled(&policy), "");
    }

    /// The command for this account.
    fn filled(&self, command: &str) -> String {
        self.placeholders.iter().fold(command.to_owned(), |command, (name, value)| {
            Regex::new(&format!(r"\b{name}\b")).unwrap().replace_all(&command, value).into_owned()
        })
    }

    fn run(&self, command: &str, says: &str) -> String {
        let mut shell = shell(self.folder.path(), command);
        shell.env("PATH", python::search_path()).env("AWS_ENDPOINT_URL", &self.address);
        printed(shell.env("AWS_ACCESS_KEY_ID", "any").env("AWS_SECRET_ACCESS_KEY", "any"), says)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_is_operated_as_the_page_says() {
    let account = Account::with_stack().await;
    for (command, says) in of(By::Aws) {
        account.run(&account.filled(&command), says);
    }
    let taken_over = account.run("aws cloudformation describe-stacks --stack-name keyturn-2", "keyturn-2");
    assert!(taken_over.contains("IMPORT_COMPLETE"), "{taken_over}");
}
