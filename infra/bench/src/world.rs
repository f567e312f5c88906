//! What is measured and what it stands on: functions of this process, services of the local stack in another one.

use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use anyhow::{Context as _, Result, bail};
use chrono::{DateTime, TimeDelta, Utc};
use keyturn_application::Clock;
use keyturn_environment::Environment;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// The local stack, for its engine and its stand-ins; none of its functions is used.
pub struct Services {
    _process: Child,
    folder: TempDir,
    /// Where the engine is.
    pub dynamodb: String,
    ses: String,
    eventbridge: String,
}

/// A clock that is set by hand.
#[derive(Debug)]
pub struct SetClock(Mutex<DateTime<Utc>>);

impl SetClock {
    /// Moves it forward.
    pub fn advance(&self, by: TimeDelta) {
        if let Ok(mut now) = self.0.lock() {
            *now += by;
        }
    }
}

impl Clock for SetClock {
    fn now(&self) -> DateTime<Utc> {
        self.0.lock().map(|now| *now).unwrap_or_default()
    }
}

impl Services {
    /// Starts `program stack` and waits until it's ready. Its files lie in memory where the system has a folder for that, so
    /// that no disk is measured; its mode without files would not do, since that looks through all of its memory at each commit.
    pub async fn start(program: &str) -> Result<Self> {
        let in_memory = Path::new("/dev/shm");
        let folder = if in_memory.is_dir() { tempfile::tempdir_in(in_memory) } else { tempfile::tempdir() }?;
        std::fs::write(folder.path().join("sealing-key"), [7; 32])?;
        let mut process = Command::new(program)
            .args(["stack", "--port", "0", "--no-schedule", "--data-dir"])
            .arg(folder.path().join("data"))
            .env("RUST_LOG", "error")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("the local stack can't be started")?;
        let output = process.stdout.take().context("the local stack has no standard output")?;
        let mut lines = BufReader::new(output).lines();
        let mut found: [(&str, Option<String>); 3] =
            [("DynamoDB: ", None), ("SES: ", None), ("EventBridge: ", None)];
        while found.iter().any(|(_, address)| address.is_none()) {
            let Some(line) = lines.next_line().await? else { bail!("the local stack ended at its start") };
            for (name, address) in &mut found {
                if let Some(value) = line.strip_prefix(*name) {
                    *address = Some(value.trim().to_owned());
                }
            }
        }
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let [dynamodb, ses, eventbridge] = found.map(|(_, address)| address.unwrap_or_default());
        Ok(Self { _process: process, folder, dynamodb, ses, eventbridge })
    }

    /// What a function sees of its surroundings, with DynamoDB at this address.
    #[must_use]
    pub fn variables(&self, dynamodb: &str) -> Vec<(String, String)> {
        let key = self.folder.path().join("sealing-key");
        [
            ("AWS_ENDPOINT_URL_DYNAMODB", dynamodb),
            ("AWS_ENDPOINT_URL_SESV2", &self.ses),
            ("AWS_ENDPOINT_URL_EVENTBRIDGE", &self.eventbridge),
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "any"),
            ("AWS_SECRET_ACCESS_KEY", "any"),
            ("KEYTURN_TABLE", "keyturn"),
            ("KEYTURN_EVENT_BUS", "keyturn"),
            ("KEYTURN_MAIL_SENDER", "keyturn@example.com"),
            ("KEYTURN_BASE_URL", "https://keyturn.example.com"),
            ("KEYTURN_ALLOWED_CALLBACK_NETWORKS", "127.0.0.0/8"),
            ("KEYTURN_PROTECTED_APPLICATIONS", "/orders=ORDERS"),
            ("KEYTURN_SEALING_KEY_FILE", &key.to_string_lossy()),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
    }

    /// Surroundings of functions of this process, and the clock that they go by.
    #[must_use]
    pub fn environment(&self, dynamodb: &str) -> (Environment, Arc<SetClock>) {
        #[expect(
            clippy::disallowed_methods,
            reason = "signatures are made by the system's clock, so start there"
        )]
        let clock = Arc::new(SetClock(Mutex::new(Utc::now())));
        (Environment::with_variables(self.variables(dynamodb)).with_clock(clock.clone()), clock)
    }
}
