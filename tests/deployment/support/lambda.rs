//! The functions' binaries under cargo-lambda's emulator of Lambda, each started when it's first called, with the
//! environment and the role that the template gives it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::{Method, header::HeaderMap};
use serde_json::Value;
use tokio::process::Command;

use super::deployment::Function;
use super::guard::{Endpoints, Guard, Ledger};
use super::process::{Process, free_port};
use super::resolve::REGION;
use super::{python, root};

/// Lambda gives a function no longer to start.
const LONGEST_START: Duration = Duration::from_secs(10);

/// No call takes longer, or something hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running emulator with its functions.
pub(crate) struct Lambda {
    _emulator: Process,
    pub(crate) address: String,
    functions: BTreeMap<String, Function>,
    endpoints: Endpoints,
    /// Variables that take the place of the template's.
    overrides: Vec<(String, String)>,
    running: tokio::sync::Mutex<BTreeMap<String, Running>>,
    http: reqwest::Client,
}

struct Running {
    process: Process,
    ledger: Arc<Mutex<Ledger>>,
    cold_start: Duration,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Lambda {
    /// Starts the emulator, and no function yet.
    pub(crate) async fn start(
        functions: BTreeMap<String, Function>,
        endpoints: Endpoints,
        overrides: Vec<(String, String)>,
    ) -> Self {
        let port = free_port();
        let mut command = Command::new(python::python().with_file_name("cargo-lambda"));
        command.args(["lambda", "watch", "--only-lambda-apis", "--invoke-address", "127.0.0.1"]);
        command.arg("--invoke-port").arg(port.to_string()).current_dir(root());
        command.env_clear().envs(python::surroundings()).env("CARGO_NET_OFFLINE", "true");
        let started = |line: &str| line.contains("starting Runtime server").then_some(());
        let (emulator, ()) = Process::start_until("cargo lambda watch", command, started).await;
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            tokio::task::yield_now().await;
        }
        Self {
            _emulator: emulator,
            address: format!("http://127.0.0.1:{port}"),
            functions,
            endpoints,
            overrides,
            running: tokio::sync::Mutex::default(),
            http: reqwest::Client::builder().timeout(PATIENCE).build().unwrap(),
        }
    }

    /// A request to the API, which reaches a function by the route that the router has for it. `route` is a method and a
    /// path as in the template; `function` is who must answer.
    pub(crate) async fn request(
        &self,
        function: &str,
        (method, path): (Method, &str),
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Answer {
        let mut request = self.http.request(method, format!("{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.answer(function, request.body(body.unwrap_or_default())).await
    }

    /// An invocation with an event, as by the schedule or with the command line.
    pub(crate) async fn invoke(&self, function: &str, event: &str) -> Answer {
        let url = format!("{}/2015-03-31/functions/{function}/invocations", self.address);
        self.answer(function, self.http.post(url).body(event.to_owned())).await
    }

    #[expect(clippy::disallowed_methods, reason = "measures")]
    async fn answer(&self, function: &str, request: reqwest::RequestBuilder) -> Answer {
        let begin = Instant::now();
        let started = self.start_function(function).await;
        let response = request.send().await.unwrap_or_else(|error| panic!("{function}: {error}"));
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        let refused = std::mem::take(&mut self.running.lock().await[function].ledger.lock().unwrap().refused);
        assert!(refused.is_empty(), "the role of {function} refuses {refused:#?}; answered: {text}");
        if started {
            let cold_start = begin.elapsed();
            assert!(cold_start < LONGEST_START, "{function} took {cold_start:?} to start and answer");
            self.running.lock().await.get_mut(function).unwrap().cold_start = cold_start;
        }
        Answer { status, headers, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) }
    }

    /// Starts a function unless it runs.
    async fn start_function(&self, name: &str) -> bool {
        let mut running = self.running.lock().await;
        if running.contains_key(name) {
            return false;
        }
        let function = self.functions.get(name).unwrap_or_else(|| panic!("no function {name}"));
        let (endpoint, ledger) = Guard::start(function.role.clone(), self.endpoints.clone()).await;
        let mut command = Command::new(binary(name));
        command.env_clear().envs(&function.environment).env("AWS_ENDPOINT_URL", endpoint);
        command.envs([
            ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
            ("AWS_REGION", REGION),
            ("AWS_ACCESS_KEY_ID", "any"),
            ("AWS_SECRET_ACCESS_KEY", "any"),
        ]);
        let api = format!("{}/.rt/{name}", self.address);
        command.envs(keyturn_local::lambda::variables(name, function.memory, &api));
        for (name, value) in &self.overrides {
            match value.as_str() {
                "" => command.env_remove(name),
                value => command.env(name, value),
            };
        }
        let process = Process::start(name, command);
        running.insert(name.to_owned(), Running { process, ledger, cold_start: Duration::ZERO });
        true
    }

    /// What a function has logged.
    pub(crate) async fn log(&self, function: &str) -> String {
        self.running.lock().await[function].process.log()
    }

    /// How long each function took from nothing to its first answer, and the most memory that it has had.
    pub(crate) async fn figures(&self) -> String {
        let running = self.running.lock().await;
        let lines = running.iter().map(|(name, function)| {
            let memory = function.process.peak_memory().unwrap_or_default() / 1024;
            format!("{name:<24}{:>8} ms{memory:>8} MiB\n", function.cold_start.as_millis())
        });
        lines.collect()
    }

    /// What each function that ran has asked for, with what it may do.
    pub(crate) async fn ledgers(&self) -> Vec<(&Function, Arc<Mutex<Ledger>>)> {
        let running = self.running.lock().await;
        running.iter().map(|(name, running)| (&self.functions[name], running.ledger.clone())).collect()
    }
}

/// A function's program, which cargo has built for this test.
fn binary(function: &str) -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_authorizer")).with_file_name(function)
}
