//! The functions' programs under cargo-lambda's emulator of Lambda, each started at its first call, with the environment
//! and the role that the template gives it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use keyturn_functions::{ROUTES, routes::Route};
use keyturn_harness::http::{Answer, client, send};
use keyturn_harness::measure::now;
use keyturn_harness::process::{Process, SECRET_PREFIXES};
use keyturn_harness::tools::start_lambda_emulator;
use reqwest::redirect::Policy;
use reqwest::{Method, RequestBuilder};

use super::deployment::Function;
use super::iam::{Endpoints, Usage, start_proxy};
use super::resolve::REGION;

/// Lambda gives a function no longer to start.
const LONGEST_START: Duration = Duration::from_secs(10);

/// No call takes longer, or something hangs.
const TIMEOUT: Duration = Duration::from_secs(60);

pub(crate) struct Lambda {
    _emulator: Process,
    address: String,
    functions: BTreeMap<String, Function>,
    endpoints: Endpoints,
    /// Variables that replace the template's; an empty one is removed.
    overrides: Vec<(&'static str, String)>,
    running: tokio::sync::Mutex<BTreeMap<String, Running>>,
    http: reqwest::Client,
}

/// A function's process. Dropping it checks its log.
struct Running {
    process: Process,
    usage: Arc<Mutex<Usage>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        let log = self.process.kill();
        if !std::thread::panicking() {
            let secret = SECRET_PREFIXES.into_iter().find(|secret| log.contains(secret));
            assert_eq!(secret, None, "the log of a function holds a secret");
            assert!(!log.contains("panicked"), "{log}");
        }
    }
}

impl Lambda {
    pub(crate) async fn start(
        functions: BTreeMap<String, Function>,
        endpoints: Endpoints,
        overrides: Vec<(&'static str, String)>,
    ) -> Self {
        let (emulator, address) = start_lambda_emulator().await.unwrap();
        // Installs the TLS provider that reqwest asks for.
        client().unwrap();
        let http = reqwest::Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
        let running = tokio::sync::Mutex::default();
        Self { _emulator: emulator, address, functions, endpoints, overrides, running, http }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.address))
    }

    /// Sends a request to the API. The emulator's router must send it to the function of its route.
    pub(crate) async fn send(&self, request: RequestBuilder) -> Answer {
        let built = request.try_clone().unwrap().build().unwrap();
        self.answer(function_of(built.method().as_str(), built.url().path()), request).await
    }

    /// An invocation with an event, as by the schedule or with the command line.
    pub(crate) async fn invoke(&self, function: &str, event: &str) -> Answer {
        let url = format!("{}/2015-03-31/functions/{function}/invocations", self.address);
        self.answer(function, self.http.post(url).body(event.to_owned())).await
    }

    async fn answer(&self, function: &str, request: RequestBuilder) -> Answer {
        let begin = now();
        let started = self.start_function(function).await;
        let answer = match send(request.timeout(TIMEOUT)).await {
            Ok(answer) => answer,
            Err(error) => panic!("{function}: {error}; its log:\n{}", self.stop(function).await),
        };
        let mut running = self.running.lock().await;
        let running = running.get_mut(function).unwrap();
        let denied = std::mem::take(&mut running.usage.lock().unwrap().denied);
        assert!(denied.is_empty(), "the role of {function} denies {denied:#?}; answered: {}", answer.body);
        if started {
            let cold_start = begin.elapsed();
            assert!(cold_start < LONGEST_START, "{function} took {cold_start:?} to start and answer");
        }
        answer
    }

    async fn start_function(&self, name: &str) -> bool {
        let mut running = self.running.lock().await;
        if running.contains_key(name) {
            return false;
        }
        let function = self.functions.get(name).unwrap_or_else(|| panic!("no function {name}"));
        let (endpoint, usage) = start_proxy(function.role.clone(), self.endpoints.clone()).await;
        // Cargo builds all programs of the package for this test.
        let program = Path::new(env!("CARGO_BIN_EXE_authorizer")).with_file_name(name);
        let mut command = Command::new(program);
        command.env_clear().envs(&function.environment).env("AWS_ENDPOINT_URL", endpoint);
        command.envs([
            ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
            ("AWS_REGION", REGION),
            ("AWS_ACCESS_KEY_ID", "any"),
            ("AWS_SECRET_ACCESS_KEY", "any"),
            // The identity provider of the tests goes without TLS.
            ("KEYTURN_ALLOW_PLAIN_HTTP_ISSUERS", "true"),
        ]);
        let api = format!("{}/.rt/{name}", self.address);
        command.envs(keyturn_local::lambda::variables(name, function.memory, &api));
        for (name, value) in &self.overrides {
            match value.as_str() {
                "" => command.env_remove(name),
                value => command.env(name, value),
            };
        }
        let process = Process::start(name, command).unwrap();
        running.insert(name.to_owned(), Running { process, usage });
        true
    }

    pub(crate) async fn has_run(&self, function: &str) -> bool {
        self.running.lock().await.contains_key(function)
    }

    pub(crate) async fn stop(&self, function: &str) -> String {
        self.running.lock().await.remove(function).unwrap().process.kill()
    }

    pub(crate) async fn started(&self) -> BTreeSet<String> {
        self.running.lock().await.keys().cloned().collect()
    }

    /// What each function that ran has used, with what it may use.
    pub(crate) async fn usage(&self) -> Vec<(&Function, Arc<Mutex<Usage>>)> {
        let running = self.running.lock().await;
        running.iter().map(|(name, running)| (&self.functions[name], running.usage.clone())).collect()
    }
}

/// The function of a request, by the route table, in which literal paths come before those with parameters.
fn function_of(method: &str, path: &str) -> &'static str {
    let fits = |route: &&Route| {
        let (pattern, path) = (route.path.split('/'), path.split('/'));
        route.method == method
            && pattern.clone().count() == path.clone().count()
            && pattern.zip(path).all(|(pattern, part)| pattern == part || pattern.starts_with('{'))
    };
    ROUTES.iter().find(fits).unwrap_or_else(|| panic!("no route {method} {path}")).function
}
