//! The local stack in a process of its own, started for one test and ended with it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use chrono::{DateTime, TimeDelta, Utc};
use keyturn_harness::http::client;
use reqwest::redirect::Policy;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use super::api_client::{ApiClient, ApiResponse};
use super::secrets;

/// The label of the last address that the stack prints.
const EVENTBRIDGE: &str = "EventBridge";

/// A running local stack. Dropping it ends the process and searches its log for secrets.
pub(crate) struct TestStack {
    process: Child,
    /// Holds the log, and the data if the stack keeps any of its own.
    folder: TempDir,
    data_dir: Option<PathBuf>,
    /// What the stack printed, by label.
    addresses: BTreeMap<String, String>,
    http: reqwest::Client,
    /// A client that follows no redirect, for browsers.
    browsing: reqwest::Client,
}

#[derive(Default)]
pub(crate) struct Options<'a> {
    /// Where it keeps its data; in memory if nowhere.
    pub(crate) data_dir: Option<&'a Path>,
    /// Parameters of the deployment, as environment variables.
    pub(crate) parameters: &'a [(&'a str, &'a str)],
    /// Seconds that a callback receiver has; those of the contract if none are given.
    pub(crate) callback_timeout: Option<u8>,
    /// Whether there is no identity provider.
    pub(crate) no_identity_provider: bool,
}

impl TestStack {
    pub(crate) async fn start() -> Self {
        Self::start_with(Options::default()).await
    }

    pub(crate) async fn start_in(folder: &Path) -> Self {
        Self::start_with(Options { data_dir: Some(folder), ..Options::default() }).await
    }

    /// A stack that keeps its data in a folder of its own, which other processes can use too.
    pub(crate) async fn on_disk() -> Self {
        let folder = TempDir::new().unwrap();
        let data = folder.path().join("data");
        Self::launch(folder, Options { data_dir: Some(&data), ..Options::default() }).await
    }

    /// A stack that gives callback receivers one second.
    pub(crate) async fn with_short_callback_timeout() -> Self {
        Self::start_with(Options { callback_timeout: Some(1), ..Options::default() }).await
    }

    pub(crate) async fn start_with(options: Options<'_>) -> Self {
        Self::launch(TempDir::new().unwrap(), options).await
    }

    async fn launch(folder: TempDir, options: Options<'_>) -> Self {
        let stderr = std::fs::File::create(folder.path().join("log")).unwrap();
        let mut command = Self::command();
        command.args(["--port", "0", "--standing-clock"]).envs(options.parameters.iter().copied());
        match options.data_dir {
            Some(folder) => command.arg("--data-dir").arg(folder),
            None => command.arg("--in-memory"),
        };
        if let Some(seconds) = options.callback_timeout {
            command.args(["--callback-timeout", &seconds.to_string()]);
        }
        if options.no_identity_provider {
            command.arg("--no-identity-provider");
        }
        let mut process = command.stderr(stderr).stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let addresses = read_addresses(&mut lines).await.unwrap_or_else(|| {
            panic!("the stack did not start: {}", std::fs::read_to_string(folder.path().join("log")).unwrap())
        });
        // Keeps what it prints later from filling the pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let data_dir = options.data_dir.map(Path::to_owned);
        let http = client().unwrap();
        let browsing = reqwest::Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
        Self { process, folder, data_dir, addresses, http, browsing }
    }

    pub(crate) fn command() -> Command {
        Command::new(env!("CARGO_BIN_EXE_stack-under-test"))
    }

    /// The URL of the API and of everything else behind the gateway.
    pub(crate) fn address(&self) -> &str {
        &self.addresses["Ready"]
    }

    pub(crate) fn dynamodb_address(&self) -> &str {
        &self.addresses["DynamoDB"]
    }

    pub(crate) fn management_token(&self) -> &str {
        &self.addresses["Management token"]
    }

    pub(crate) fn manager(&self) -> ApiClient {
        self.client(self.management_token())
    }

    pub(crate) fn client(&self, string: &str) -> ApiClient {
        ApiClient::new(self.http.clone(), self.address(), Some(string))
    }

    pub(crate) fn client_of(&self, created: &ApiResponse) -> ApiClient {
        self.client(&created.string())
    }

    pub(crate) fn without_redirects(&self) -> reqwest::Client {
        self.browsing.clone()
    }

    pub(crate) fn anonymous(&self) -> ApiClient {
        ApiClient::new(self.http.clone(), self.address(), None)
    }

    pub(crate) async fn now(&self) -> DateTime<Utc> {
        self.anonymous().get("/_local/clock").await.time("now")
    }

    pub(crate) async fn after(&self, seconds: i64) -> DateTime<Utc> {
        self.now().await + TimeDelta::seconds(seconds)
    }

    /// Moves the clock forward and runs the schedule on the way; returns the totals of the runs.
    pub(crate) async fn advance(&self, seconds: i64) -> Value {
        let body = json!({"seconds": seconds});
        self.anonymous().post("/_local/clock/advance", &body).await.expect(200).body
    }

    /// Moves the clock forward without running the schedule: what a late schedule finds.
    pub(crate) async fn jump(&self, seconds: i64) {
        let body = json!({"seconds": seconds, "sweep": false});
        self.anonymous().post("/_local/clock/advance", &body).await.expect(200);
    }

    pub(crate) async fn advance_to(&self, time: DateTime<Utc>, seconds: i64) {
        let ahead = (time - self.now().await).num_seconds() + seconds;
        assert!(ahead >= 0, "the time passed {} seconds ago", -ahead);
        self.advance(ahead).await;
    }

    pub(crate) async fn sweep(&self) -> Value {
        self.anonymous().post("/_local/sweep", &json!({})).await.body
    }

    /// Hands what is new to the function on the table's stream; what that did.
    pub(crate) async fn stream(&self) -> Value {
        self.anonymous().post("/_local/stream", &json!({})).await.expect(200).body
    }

    /// Runs the scheduled function once in a process of its own, beside this one, with parameters that may differ from
    /// those of this stack. The stack must keep its data on disk, where the key is that both seal with.
    pub(crate) async fn sweep_in_another_process(&self, parameters: &[(&str, &str)]) -> Value {
        self.run_in_another_process(&["sweep"], parameters).await
    }

    /// Creates a company, as a deployment's operator does, and returns a client with its management token. The stack must
    /// keep its data on disk.
    pub(crate) async fn add_company(&self, company: &str) -> ApiClient {
        let created = self.run_in_another_process(&["bootstrap", company], &[]).await;
        self.client(created["token"].as_str().unwrap())
    }

    /// Writes the record of an identity provider, as a deployment's operator does. The stack must keep its data on disk.
    pub(crate) async fn save_provider(&self, record: &Value) -> Value {
        self.run_in_another_process(&["provider", &record.to_string()], &[]).await
    }

    /// What the stack has logged so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    pub(crate) async fn authorize(&self, event: &Value) -> Value {
        self.run_in_another_process(&["authorizer", &event.to_string()], &[]).await
    }

    async fn run_in_another_process(&self, function: &[&str], parameters: &[(&str, &str)]) -> Value {
        let folder = self.data_dir.as_deref().unwrap_or(Path::new(""));
        let endpoints = ["DynamoDB", "SES", EVENTBRIDGE].map(|name| self.addresses[name].as_str());
        let output = Command::new(env!("CARGO_BIN_EXE_run-once"))
            .arg(self.now().await.to_rfc3339())
            .args(function)
            .env_clear()
            .envs(keyturn_local::environment::variables(
                endpoints,
                self.address(),
                &folder.join("sealing-key"),
            ))
            .env("KEYTURN_PROTECTED_APPLICATIONS", "/orders=ORDERS,/products=PRODUCTS,/invoices=INVOICES")
            .envs(parameters.iter().copied())
            .output()
            .await
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    pub(crate) async fn mails(&self) -> Vec<Value> {
        self.page("/_local/mails").await
    }

    pub(crate) async fn events(&self) -> Vec<Value> {
        self.page("/_local/events").await
    }

    /// The types of the events published for a token, in the order in which they happened (that of their ids, whose
    /// first half is the time): the order of publication is not guaranteed.
    pub(crate) async fn event_types(&self, token_id: &str) -> Vec<String> {
        let mut events = self.events().await;
        events.retain(|event| event["detail"]["tokenId"] == token_id);
        events.sort_by_key(|event| event["detail"]["id"].as_str().unwrap()[..13].to_owned());
        events.iter().map(|event| event["detailType"].as_str().unwrap().to_owned()).collect()
    }

    /// The details of the events of a type that were published for a token, in the order in which they happened.
    pub(crate) async fn events_of(&self, token_id: &str, event_type: &str) -> Vec<Value> {
        let mut events = self.events().await;
        events.retain(|event| event["detail"]["tokenId"] == token_id && event["detailType"] == event_type);
        let mut details: Vec<Value> = events.into_iter().map(|event| event["detail"].clone()).collect();
        details.sort_by_key(|detail| detail["id"].as_str().unwrap().to_owned());
        details
    }

    pub(crate) async fn count_events(&self, token_id: &str, event_type: &str) -> usize {
        self.event_types(token_id).await.iter().filter(|found| *found == event_type).count()
    }

    /// Calls the DynamoDB-compatible engine behind the stack, which takes any signature.
    pub(crate) async fn dynamodb(&self, operation: &str, request: &Value) -> Value {
        const SIGNATURE: &str = "AWS4-HMAC-SHA256 Credential=any/20250101/eu-central-1/dynamodb/aws4_request, \
                              SignedHeaders=host, Signature=any";
        let request = self
            .http
            .post(&self.addresses["DynamoDB"])
            .header("X-Amz-Target", format!("DynamoDB_20120810.{operation}"))
            .header("Authorization", SIGNATURE)
            .header("X-Amz-Date", "20250101T000000Z")
            .header("Content-Type", "application/x-amz-json-1.0")
            .body(request.to_string());
        let response = request.send().await.unwrap();
        let (status, body) = (response.status(), response.text().await.unwrap());
        assert_eq!(status, 200, "{operation}: {body}");
        serde_json::from_str(&body).unwrap()
    }

    async fn page(&self, path: &str) -> Vec<Value> {
        let mut items = self.anonymous().get(path).await.body.as_array().unwrap().clone();
        items.reverse();
        items
    }

    pub(crate) async fn fail(&self, faults: Value) {
        self.anonymous().post("/_local/faults", &faults).await.expect(200);
    }

    /// Asks the process to end; returns how it did.
    pub(crate) async fn terminate(mut self) -> std::process::ExitStatus {
        let id = self.process.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().await.unwrap().success());
        self.process.wait().await.unwrap()
    }

    pub(crate) async fn kill(mut self) {
        self.process.kill().await.unwrap();
    }
}

impl Drop for TestStack {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap();
            assert!(!log.is_empty(), "a stack that served requests has a log");
            secrets::assert_none("the stack's log", &log);
            assert!(!log.contains("panicked"), "{log}");
        }
    }
}

/// Reads the addresses that the stack prints when it is ready, by their labels; `None` if it ends before.
async fn read_addresses(lines: &mut Lines<BufReader<ChildStdout>>) -> Option<BTreeMap<String, String>> {
    let mut addresses = BTreeMap::new();
    while !addresses.contains_key(EVENTBRIDGE) {
        let line = lines.next_line().await.ok()??;
        addresses.extend(line.split_once(": ").map(|(label, url)| (label.to_owned(), url.trim().to_owned())));
    }
    Some(addresses)
}
