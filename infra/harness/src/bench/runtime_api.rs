//! A Lambda Runtime API for one process and one event at a time. Records when the process asks for the event and when it
//! responds.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::sync::{Arc, Mutex};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use axum::Router;
use axum::http::Uri;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::http::serve;
use crate::measure::now;

pub(crate) struct RuntimeApi {
    pub(crate) address: String,
    event: Arc<Mutex<Option<String>>>,
    /// Paths that were called, and when.
    calls: UnboundedReceiver<(Instant, String)>,
}

impl RuntimeApi {
    pub(crate) async fn start() -> Result<Self> {
        let ((sender, calls), event) = (unbounded_channel(), Arc::<Mutex<Option<String>>>::default());
        let next = Arc::clone(&event);
        let answer = async move |uri: Uri| {
            // Only a poll takes the event: the answer of one process comes just before the next one's event.
            let is_poll = uri.path().ends_with("/next");
            let event = next.lock().ok().and_then(|mut event| event.take_if(|_| is_poll));
            // This fails when the measurement is over.
            let _ = sender.send((now(), uri.path().to_owned()));
            // The next poll waits until the process is killed, so that its memory can be measured.
            let Some(event) = event else { return std::future::pending().await };
            let headers = [
                ("Content-Type", "application/json"),
                ("Lambda-Runtime-Aws-Request-Id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd"),
                ("Lambda-Runtime-Deadline-Ms", "32503680000000"),
                ("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-central-1:1:function:f"),
                ("Lambda-Runtime-Trace-Id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0"),
            ];
            (headers, event)
        };
        let address = serve(Router::new().fallback(answer)).await?.replace("http://", "");
        Ok(Self { address, event, calls })
    }

    /// Keeps this event for a process that has not been started yet: its poll may come at once.
    pub(crate) fn offer(&self, event: &str) -> Result<()> {
        *self.event.lock().ok().context("a handler panicked")? = Some(event.to_owned());
        Ok(())
    }

    /// Waits until a process has answered the event; returns the times of its first poll and of its answer.
    pub(crate) async fn answered(&mut self) -> Result<(Instant, Instant)> {
        let (polled, path) = self.calls.recv().await.context("the server has ended")?;
        ensure!(path.ends_with("/invocation/next"), "the process failed at its start: {path}");
        let (answered, path) = self.calls.recv().await.context("the server has ended")?;
        ensure!(path.ends_with("/response"), "the function reported an error: {path}");
        Ok((polled, answered))
    }
}
