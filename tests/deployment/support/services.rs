//! What the functions call, in processes of their own: the local stack's services, or moto's.

use std::collections::BTreeMap;

use serde_json::Value;
use tokio::process::Command;

use super::guard::Endpoints;
use super::process::Process;
use super::python;

/// The local stack's services, as `cargo run -- --services-only` starts them.
pub(crate) struct Local {
    _process: Process,
    pub(crate) endpoints: Endpoints,
    pub(crate) pages: String,
    /// What it tells functions.
    pub(crate) variables: BTreeMap<String, String>,
}

impl Local {
    pub(crate) async fn start() -> Self {
        const LAST: &str = "EventBridge";
        let mut command = Command::new(env!("CARGO_BIN_EXE_services-under-test"));
        command.args(["--services-only", "--in-memory", "--port", "0"]);
        let mut printed = BTreeMap::new();
        let (process, mut printed) = Process::start_until("the services", command, |line| {
            printed
                .extend(line.split_once(": ").map(|(key, value)| (key.to_owned(), value.trim().to_owned())));
            printed.contains_key(LAST).then(|| std::mem::take(&mut printed))
        })
        .await;
        let mut take = |key: &str| printed.remove(key).unwrap_or_else(|| panic!("no line {key}"));
        let variables = std::fs::read_to_string(take("Variables")).unwrap();
        let variables = variables.lines().filter_map(|line| line.split_once('='));
        let pages = take("Pages").split(',').next().unwrap().replace("/_local/mails", "");
        let endpoints =
            Endpoints { dynamodb: take("DynamoDB"), kms: None, ses: take("SES"), eventbridge: take(LAST) };
        Self {
            _process: process,
            endpoints,
            pages,
            variables: variables.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        }
    }

    /// What stands on one of its pages.
    pub(crate) async fn page(&self, name: &str) -> Vec<Value> {
        let answer = reqwest::get(format!("{}/_local/{name}", self.pages)).await.unwrap();
        serde_json::from_str(&answer.text().await.unwrap()).unwrap()
    }
}

/// moto: a second implementation of all these services, by somebody else.
pub(crate) struct Moto {
    _process: Process,
    pub(crate) address: String,
}

impl Moto {
    pub(crate) async fn start() -> Self {
        let mut command = Command::new(python::python());
        command.args(["-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]);
        command.env_clear().envs(python::surroundings());
        let running = |line: &str| line.split_once("Running on ").map(|(_, url)| url.trim().to_owned());
        let (process, address) = Process::start_until("moto", command, running).await;
        Self { _process: process, address }
    }

    pub(crate) fn endpoints(&self) -> Endpoints {
        Endpoints {
            dynamodb: self.address.clone(),
            kms: Some(self.address.clone()),
            ses: self.address.clone(),
            eventbridge: self.address.clone(),
        }
    }

    /// Runs a step of `stack.py` against it and answers what it prints.
    pub(crate) fn stack(&self, arguments: &[&str]) -> Value {
        let mut command = python::script("tests/deployment/stack.py");
        command.args(arguments).envs([
            ("AWS_ENDPOINT_URL", self.address.as_str()),
            ("AWS_ACCESS_KEY_ID", "any"),
            ("AWS_SECRET_ACCESS_KEY", "any"),
        ]);
        serde_json::from_str(&python::output(command)).unwrap()
    }
}
