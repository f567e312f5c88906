//! The local stack in a process of its own, started for one test and ended with it.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use super::caller::{Answer, Caller};
use super::secrets;

/// A running local stack. Dropping it ends the process and looks for secrets in its log.
pub(crate) struct TestStack {
    process: Child,
    log: TempDir,
    addresses: Addresses,
    http: reqwest::Client,
}

struct Addresses {
    api: String,
    management_token: String,
    dynamodb: String,
    ses: String,
    eventbridge: String,
}

/// How a stack is started.
#[derive(Default)]
pub(crate) struct Options<'a> {
    /// Where it keeps its data; in memory if nowhere.
    pub(crate) data_dir: Option<&'a Path>,
    /// Parameters of the deployment, as environment variables.
    pub(crate) parameters: &'a [(&'a str, &'a str)],
}

impl TestStack {
    /// A stack that keeps its data in memory.
    pub(crate) async fn start() -> Self {
        Self::start_with(Options::default()).await
    }

    /// A stack that is ready.
    pub(crate) async fn start_with(options: Options<'_>) -> Self {
        let log = TempDir::new().unwrap();
        let stderr = std::fs::File::create(log.path().join("log")).unwrap();
        let mut command = Self::command();
        command
            .args(["--port", "0", "--standing-clock"])
            .stderr(stderr)
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        command.envs(options.parameters.iter().copied());
        match options.data_dir {
            Some(folder) => command.arg("--data-dir").arg(folder),
            None => command.arg("--in-memory"),
        };
        let mut process = command.spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let addresses = Addresses::read(&mut lines).await.unwrap_or_else(|| {
            panic!("the stack did not start: {}", std::fs::read_to_string(log.path().join("log")).unwrap())
        });
        // Whatever it prints later must not fill the pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self { process, log, addresses, http: reqwest::Client::new() }
    }

    /// The program, to be started with other arguments.
    pub(crate) fn command() -> Command {
        Command::new(env!("CARGO_BIN_EXE_stack-under-test"))
    }

    /// The address of the API and of everything else behind the gateway.
    #[allow(dead_code, reason = "for the tests of the console, which share this file")]
    pub(crate) fn address(&self) -> &str {
        &self.addresses.api
    }

    /// The management token.
    #[allow(dead_code, reason = "for the tests of the console, which share this file")]
    pub(crate) fn management_token(&self) -> &str {
        &self.addresses.management_token
    }

    /// A caller with the management token.
    pub(crate) fn manager(&self) -> Caller {
        self.caller(&self.addresses.management_token)
    }

    /// A caller with this token string.
    pub(crate) fn caller(&self, token: &str) -> Caller {
        Caller::new(self.http.clone(), &self.addresses.api, Some(token))
    }

    /// A caller without a token.
    pub(crate) fn anybody(&self) -> Caller {
        Caller::new(self.http.clone(), &self.addresses.api, None)
    }

    /// The time on the stack's clock.
    pub(crate) async fn now(&self) -> DateTime<Utc> {
        self.anybody().get("/_local/clock").await.time("now")
    }

    /// Moves the clock forward, and answers what the stack says of it.
    pub(crate) async fn advance(&self, seconds: i64) -> Value {
        let answer = self.anybody().post("/_local/clock/advance", &json!({"seconds": seconds})).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }

    /// Moves the clock forward without running the schedule: what a schedule that is late finds.
    pub(crate) async fn jump(&self, seconds: i64) {
        let body = json!({"seconds": seconds, "sweep": false});
        assert_eq!(self.anybody().post("/_local/clock/advance", &body).await.status, 200);
    }

    /// Moves the clock to this many seconds after a moment.
    pub(crate) async fn advance_to(&self, moment: DateTime<Utc>, seconds: i64) {
        let ahead = (moment - self.now().await).num_seconds() + seconds;
        assert!(ahead >= 0, "the moment has passed by {} seconds", -ahead);
        self.advance(ahead).await;
    }

    /// Runs the scheduled function once.
    pub(crate) async fn sweep(&self) -> Answer {
        self.anybody().post("/_local/sweep", &json!({})).await
    }

    /// Runs the scheduled function once in a process of its own, beside this one. The stack must keep its data in this
    /// folder, where the key is that both seal with.
    pub(crate) async fn sweep_in_another_process(&self, folder: &Path) -> Value {
        self.sweep_with(folder, &[]).await
    }

    /// The same with other parameters than this deployment's, as after they were changed.
    pub(crate) async fn sweep_with(&self, folder: &Path, parameters: &[(&str, &str)]) -> Value {
        self.run_in_another_process(folder, &["sweep"], parameters).await
    }

    /// Founds a company, as the operator of a deployment does, and answers a caller with its management token. The
    /// stack must keep its data in this folder.
    pub(crate) async fn found(&self, folder: &Path, company: &str) -> Caller {
        let founded = self.run_in_another_process(folder, &["bootstrap", company], &[]).await;
        self.caller(founded["token"].as_str().unwrap())
    }

    /// Invokes the authorizer with an event of API Gateway's.
    pub(crate) async fn authorize(&self, event: &Value) -> Value {
        self.run_in_another_process(Path::new(""), &["authorizer", &event.to_string()], &[]).await
    }

    async fn run_in_another_process(
        &self,
        folder: &Path,
        function: &[&str],
        parameters: &[(&str, &str)],
    ) -> Value {
        let output = Command::new(env!("CARGO_BIN_EXE_run-once"))
            .arg(self.now().await.to_rfc3339())
            .args(function)
            .env_clear()
            .envs([
                ("AWS_ENDPOINT_URL_DYNAMODB", self.addresses.dynamodb.as_str()),
                ("AWS_ENDPOINT_URL_SESV2", &self.addresses.ses),
                ("AWS_ENDPOINT_URL_EVENTBRIDGE", &self.addresses.eventbridge),
                ("AWS_REGION", "eu-central-1"),
                ("AWS_ACCESS_KEY_ID", "any"),
                ("AWS_SECRET_ACCESS_KEY", "any"),
                ("KEYTURN_TABLE", "keyturn"),
                ("KEYTURN_EVENT_BUS", "keyturn"),
                ("KEYTURN_MAIL_SENDER", "keyturn@example.com"),
                ("KEYTURN_BASE_URL", &self.addresses.api),
                ("KEYTURN_ALLOWED_CALLBACK_NETWORKS", "127.0.0.0/8"),
                ("KEYTURN_PROTECTED_APPLICATIONS", "/orders=ORDERS,/products=PRODUCTS,/invoices=INVOICES"),
            ])
            .env("KEYTURN_SEALING_KEY_FILE", folder.join("sealing-key"))
            .envs(parameters.iter().copied())
            .output()
            .await
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// The mails sent so far, oldest first.
    pub(crate) async fn mails(&self) -> Vec<Value> {
        self.page("/_local/mails").await
    }

    /// The events published so far, oldest first.
    pub(crate) async fn events(&self) -> Vec<Value> {
        self.page("/_local/events").await
    }

    /// The kinds of the events published for a token, in the order in which they happened (that of their ids, whose
    /// first half is the time): the order of publication is not promised.
    pub(crate) async fn event_types(&self, token_id: &str) -> Vec<String> {
        let mut events = self.events().await;
        events.retain(|event| event["detail"]["tokenId"] == token_id);
        events.sort_by_key(|event| event["detail"]["id"].as_str().unwrap()[..13].to_owned());
        events.iter().map(|event| event["detailType"].as_str().unwrap().to_owned()).collect()
    }

    /// Asks the engine behind the stack, which takes any signature.
    pub(super) async fn dynamodb(&self, operation: &str, request: &Value) -> Value {
        const NOBODY: &str = "AWS4-HMAC-SHA256 Credential=any/20250101/eu-central-1/dynamodb/aws4_request, \
                              SignedHeaders=host, Signature=any";
        let request = self
            .http
            .post(&self.addresses.dynamodb)
            .header("X-Amz-Target", format!("DynamoDB_20120810.{operation}"))
            .header("Authorization", NOBODY)
            .header("X-Amz-Date", "20250101T000000Z")
            .header("Content-Type", "application/x-amz-json-1.0")
            .body(request.to_string());
        let response = request.send().await.unwrap();
        let (status, answer) = (response.status(), response.text().await.unwrap());
        assert_eq!(status, 200, "{operation}: {answer}");
        serde_json::from_str(&answer).unwrap()
    }

    async fn page(&self, path: &str) -> Vec<Value> {
        let mut items = self.anybody().get(path).await.body.as_array().unwrap().clone();
        items.reverse();
        items
    }

    /// Lets the next calls of the stand-ins fail.
    pub(crate) async fn fail(&self, faults: Value) {
        assert_eq!(self.anybody().post("/_local/faults", &faults).await.status, 200);
    }

    /// Asks the process to end, and answers how it did.
    pub(crate) async fn terminate(mut self) -> std::process::ExitStatus {
        let id = self.process.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().await.unwrap().success());
        self.process.wait().await.unwrap()
    }

    /// Ends the process without any warning.
    pub(crate) async fn kill(mut self) {
        self.process.kill().await.unwrap();
    }
}

impl Drop for TestStack {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let log = std::fs::read_to_string(self.log.path().join("log")).unwrap();
            assert!(!log.is_empty(), "a stack that answered requests has a log");
            secrets::assert_none("the stack's log", &log);
            assert!(!log.contains("panicked"), "{log}");
        }
    }
}

impl Addresses {
    async fn read(lines: &mut Lines<BufReader<ChildStdout>>) -> Option<Self> {
        const LAST: &str = "EventBridge";
        let mut printed = BTreeMap::new();
        while !printed.contains_key(LAST) {
            let line = lines.next_line().await.ok()??;
            printed
                .extend(line.split_once(": ").map(|(key, value)| (key.to_owned(), value.trim().to_owned())));
        }
        let mut take = |key| printed.remove(key);
        Some(Self {
            api: take("Ready")?,
            management_token: take("Management token")?,
            dynamodb: take("DynamoDB")?,
            ses: take("SES")?,
            eventbridge: take(LAST)?,
        })
    }
}
