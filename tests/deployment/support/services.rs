//! What the functions call, in processes of their own: the local stack's services, or moto's.

use std::collections::BTreeMap;

use keyturn_local::LocalServices;
use serde_json::Value;
use tokio::process::Command;

use super::guard::Endpoints;
use super::process::Process;
use super::python;

/// The local stack's services.
pub(crate) struct Local {
    services: LocalServices,
    pub(crate) endpoints: Endpoints,
    /// The environment variables of functions that use them.
    pub(crate) variables: BTreeMap<String, String>,
}

impl Local {
    pub(crate) async fn start() -> Self {
        let services = LocalServices::start().await.unwrap();
        let endpoints = Endpoints {
            dynamodb: services.dynamodb.clone(),
            kms: None,
            ses: services.ses.clone(),
            eventbridge: services.eventbridge.clone(),
        };
        let variables = services.variables.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        Self { endpoints, variables: variables.collect(), services }
    }

    /// What one of its pages shows.
    pub(crate) async fn page(&self, name: &str) -> Vec<Value> {
        let answer = reqwest::get(format!("{}/_local/{name}", self.services.pages)).await.unwrap();
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
