//! A service that reads the token from a file at each request and calls Keyturn with it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use reqwest::Method;
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::http::{client, send};

/// Longer than any step takes on a busy machine.
const TIMEOUT: Duration = Duration::from_secs(60);

#[derive(Clone, Default)]
struct Used {
    /// The token of the last request.
    id: String,
    requests: usize,
    good: usize,
    bad: BTreeMap<u16, usize>,
}

pub(super) struct Service {
    used: watch::Receiver<Used>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Service {
    pub(super) fn start(keyturn: &str, file: &Path) -> Result<Self> {
        let (http, url) = (client()?, format!("{keyturn}/apiAccessTokens/self"));
        let (sender, used) = watch::channel(Used::default());
        let (stop, stopped) = watch::channel(false);
        let file: PathBuf = file.to_owned();
        let task = tokio::spawn(async move {
            while !*stopped.borrow() {
                // Before the agent has written it first, there is nothing to read.
                let Ok(string) = tokio::task::block_in_place(|| std::fs::read_to_string(&file)) else {
                    tokio::task::yield_now().await;
                    continue;
                };
                let answer = send(http.request(Method::GET, &url).bearer_auth(string)).await;
                let (status, body) = answer.map_or((0, Value::Null), |answer| (answer.status, answer.body));
                sender.send_modify(|used| {
                    used.requests += 1;
                    if status == 200 {
                        used.good += 1;
                        body["id"].as_str().unwrap_or_default().clone_into(&mut used.id);
                    } else {
                        *used.bad.entry(status).or_default() += 1;
                    }
                });
            }
        });
        Ok(Self { used, stop, task })
    }

    /// Waits until a request that begins from now on is made with this token.
    pub(super) async fn uses(&mut self, id: &str) -> Result<()> {
        // The one under way may have read the file earlier.
        let from = self.used.borrow().requests + 1;
        let used = self.used.wait_for(|used| used.requests > from && used.id == id);
        timeout(TIMEOUT, used).await.with_context(|| format!("the service never uses {id}"))??;
        Ok(())
    }

    /// Requests that were answered with 200, and the others by status.
    pub(super) async fn stop(self) -> Result<(usize, BTreeMap<u16, usize>)> {
        self.stop.send_replace(true);
        self.task.await.context("a request panicked")?;
        let used = self.used.borrow().clone();
        Ok((used.good, used.bad))
    }
}
