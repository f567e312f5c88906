//! What a token is for: call after call with it, so that an outage of a moment is seen.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::keyturn::client;

/// How many calls were answered with which status; 0 stands for no answer.
pub(crate) type Tally = BTreeMap<u16, usize>;

/// Work in progress.
pub(crate) struct Work {
    stop: watch::Sender<bool>,
    calls: JoinHandle<Tally>,
}

impl Work {
    /// Lets a receiver use its token without a pause.
    pub(crate) fn start(receiver: &str) -> Result<Self> {
        let (stop, stopped) = watch::channel(false);
        let (http, receiver) = (client()?, receiver.to_owned());
        let calls = tokio::spawn(async move {
            let mut tally = Tally::new();
            while !*stopped.borrow() {
                let answer = http.get(&receiver).send().await;
                let status = answer.map_or(0, |answer| answer.status().as_u16());
                *tally.entry(status).or_default() += 1;
            }
            tally
        });
        Ok(Self { stop, calls })
    }

    /// Stops after the call that is under way.
    pub(crate) async fn stop(self) -> Result<Tally> {
        self.stop.send_replace(true);
        self.calls.await.context("the work panicked")
    }
}
