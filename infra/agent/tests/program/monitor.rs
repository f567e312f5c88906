//! Health and metrics, over HTTP.

use std::path::Path;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStderr};

use crate::setup::{Setup, no_secret};

/// The running service.
struct Service {
    child: Child,
    log: Lines<BufReader<ChildStderr>>,
    address: String,
}

impl Service {
    /// Starts it on the state as it is.
    async fn start(setup: &Setup) -> Self {
        let mut child = setup.command(&["run"]).spawn().unwrap();
        let log = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut service = Self { child, log, address: String::new() };
        service.is_listening().await;
        service
    }

    /// The next line of the log with this text.
    async fn logged(&mut self, text: &str) -> String {
        while let Some(line) = self.log.next_line().await.unwrap() {
            no_secret(&line);
            if line.contains(text) {
                return line;
            }
        }
        panic!("not logged: {text}")
    }

    async fn is_listening(&mut self) {
        let line = self.logged("listening").await;
        self.address = line.split_once("address=").unwrap().1.trim().to_owned();
        assert!(self.address.starts_with("127.0.0.1:"), "{line}");
    }

    /// The head and the body of an answer.
    async fn get(&self, path: &str) -> (String, String) {
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        let request = format!("GET {path} HTTP/1.0\r\nhost: {}\r\n\r\n", self.address);
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        no_secret(&answer);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.to_ascii_lowercase(), body.to_owned())
    }

    /// The status and the body of `/health`.
    async fn health(&self) -> (u16, Value) {
        let (head, body) = self.get("/health").await;
        assert!(head.contains("content-type: application/json"), "{head}");
        (head.split(' ').nth(1).unwrap().parse().unwrap(), serde_json::from_str(&body).unwrap())
    }

    /// The value of a metric.
    async fn metric(&self, name: &str) -> String {
        let (head, body) = self.get("/metrics").await;
        assert!(head.starts_with("http/1.0 200") && head.contains("text/plain; version=0.0.4"), "{head}");
        let value = body.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        value.unwrap_or_else(|| panic!("{name}\n{body}")).to_owned()
    }

    async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }
}

async fn setup() -> Setup {
    let setup = Setup::new().await;
    setup.configure("monitor = \"127.0.0.1:0\"", &[setup.file("token")]);
    setup
}

#[tokio::test]
async fn a_fresh_token_is_healthy() {
    let setup = setup().await;
    assert_eq!(setup.once().await.code, 0);
    setup.keyturn.renew();
    assert_eq!(setup.once().await.code, 0);
    let service = Service::start(&setup).await;
    let (status, health) = service.health().await;
    assert_eq!((status, &health["healthy"], &health["state"]), (200, &true.into(), &Value::Null));
    let token = &health["tokens"][0];
    assert_eq!((&token["token"], &token["condition"]), (&"partner".into(), &"fresh".into()));
    assert_eq!((&token["tokenId"], &token["renewals"]), (&"id-002".into(), &1.into()));
    assert_eq!(token["targets"][0]["upToDate"], true);
    let target = format!(
        "keyturn_target_up_to_date{{token=\"partner\",target=\"file:{}\"}}",
        setup.path("token").display()
    );
    for (name, value) in [
        ("keyturn_condition{token=\"partner\"}", "0"),
        ("keyturn_renewals{token=\"partner\"}", "1"),
        ("keyturn_expires_timestamp_seconds{token=\"partner\"}", "32472144000"),
        (&target, "1"),
        ("keyturn_state_written", "1"),
    ] {
        assert_eq!(service.metric(name).await, value, "{name}");
    }
    assert!(service.get("/").await.0.starts_with("http/1.0 404"));
    service.kill().await;
}

#[tokio::test]
async fn what_is_tried_again_is_healthy_and_reported() {
    let setup = setup().await;
    assert_eq!(setup.once().await.code, 0);
    setup.keyturn.state().is_broken = true;
    assert_eq!(setup.once().await.code, 1);
    let service = Service::start(&setup).await;
    let (status, health) = service.health().await;
    assert_eq!((status, &health["healthy"]), (200, &true.into()));
    let token = &health["tokens"][0];
    assert_eq!(token["condition"], "retrying");
    let problem = token["problems"][0].as_str().unwrap();
    assert!(problem.contains("Keyturn: answered with 500: no use of kat_…"), "{problem}");
    assert_eq!(service.metric("keyturn_condition{token=\"partner\"}").await, "1");
    service.kill().await;
}

#[tokio::test]
async fn what_needs_a_person_is_unhealthy() {
    let setup = setup().await;
    setup.keyturn.state().renewal = Some("NONE");
    assert_eq!(setup.once().await.code, 3);
    let service = Service::start(&setup).await;
    let (status, health) = service.health().await;
    assert_eq!((status, &health["healthy"]), (503, &false.into()));
    let token = &health["tokens"][0];
    assert_eq!((&token["condition"], &token["renewal"]), (&"attention".into(), &"NONE".into()));
    assert_eq!(token["problems"][0], "the token does not renew itself");
    assert_eq!(service.metric("keyturn_condition{token=\"partner\"}").await, "2");
    service.kill().await;
}

#[tokio::test]
async fn a_state_that_cannot_be_written_is_unhealthy() {
    let setup = setup().await;
    assert_eq!(setup.once().await.code, 0);
    let mut service = Service::start(&setup).await;
    service.logged("running").await;
    std::fs::rename(setup.path("state"), setup.path("moved")).unwrap();
    hang_up(&service.child).await;
    service.is_listening().await;
    service.logged("the state can't be written").await;
    let (status, health) = service.health().await;
    assert_eq!((status, &health["healthy"]), (503, &false.into()));
    let state = setup.path("state/state.json").display().to_string();
    assert!(health["state"].as_str().unwrap().starts_with(&state), "{health}");
    assert_eq!(service.metric("keyturn_state_written").await, "0");
    assert!(!Path::new(&state).exists());
    service.kill().await;
}

async fn hang_up(child: &Child) {
    let id = child.id().unwrap().to_string();
    assert!(tokio::process::Command::new("kill").args(["-HUP", &id]).status().await.unwrap().success());
}
