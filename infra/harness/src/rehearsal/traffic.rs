//! Uninterrupted calls with the token, which notice the shortest outage.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::http::client;

/// Calls by the status of their answers; 0 stands for no answer.
pub(crate) type StatusCounts = BTreeMap<u16, usize>;

pub(crate) struct Traffic {
    stop: watch::Sender<bool>,
    calls: JoinHandle<StatusCounts>,
}

impl Traffic {
    /// Makes a receiver use its token without a pause.
    pub(crate) fn start(receiver: &str) -> Result<Self> {
        let (stop, stopped) = watch::channel(false);
        let (http, receiver) = (client()?, receiver.to_owned());
        let calls = tokio::spawn(async move {
            let mut counts = StatusCounts::new();
            while !*stopped.borrow() {
                let answer = http.get(&receiver).send().await;
                let status = answer.map_or(0, |answer| answer.status().as_u16());
                *counts.entry(status).or_default() += 1;
            }
            counts
        });
        Ok(Self { stop, calls })
    }

    pub(crate) async fn stop(self) -> Result<StatusCounts> {
        self.stop.send_replace(true);
        self.calls.await.context("a call panicked")
    }
}
