//! When the scheduled function runs: every minute of real time, on request and, during an advance of the clock, at each time
//! at which something is due.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use keyturn_application::sweep::Summary;
use tokio::sync::Mutex;

use super::clock::TestClock;

#[async_trait]
pub(crate) trait ScheduledFunction: Send + Sync {
    /// Processes everything that is due.
    async fn run(&self) -> Result<Summary>;

    /// The next time after this one at which something is due.
    async fn next_due_after(&self, after: DateTime<Utc>) -> Result<Option<DateTime<Utc>>>;
}

pub(crate) struct Schedule {
    clock: Arc<TestClock>,
    function: Box<dyn ScheduledFunction>,
    /// Excludes the run of a minute during an advance. Runs on request don't take it, so that tests can run two at once.
    exclusive: Mutex<()>,
}

pub(crate) struct Advance {
    pub(crate) now: DateTime<Utc>,
    pub(crate) sweeps: u64,
    /// Runs that returned an error.
    pub(crate) failed: u64,
    pub(crate) total: Summary,
}

impl Schedule {
    pub(crate) fn new(clock: Arc<TestClock>, function: Box<dyn ScheduledFunction>) -> Self {
        Self { clock, function, exclusive: Mutex::new(()) }
    }

    pub(crate) async fn run(&self) -> Result<Summary> {
        self.function.run().await
    }

    /// Runs the function as every minute: a failure is only logged, since the next minute is the retry.
    pub(crate) async fn tick(&self) {
        let _exclusive = self.exclusive.lock().await;
        if let Err(error) = self.function.run().await {
            tracing::error!("the scheduled function failed: {error:#}");
        }
        if let Err(error) = self.clock.save() {
            tracing::error!("the clock was not saved: {error:#}");
        }
    }

    /// Moves the clock. With `sweep`, stops at each time on the way at which something is due and runs the function there, as
    /// if the time had really passed.
    pub(crate) async fn advance(&self, seconds: i64, sweep: bool) -> Result<Advance> {
        let _exclusive = self.exclusive.lock().await;
        let clock = self.clock.pause(seconds)?;
        let mut advance = Advance { now: clock.target, sweeps: 0, failed: 0, total: Summary::default() };
        if !sweep {
            return Ok(advance);
        }
        // What is due already is processed before the clock moves, so that it is not late.
        let mut next = self.due_after(DateTime::UNIX_EPOCH).await?.map(|due| due.max(clock.start));
        while let Some(time) = next.filter(|time| *time < clock.target) {
            clock.set(time);
            self.run_during(&mut advance).await;
            next = self.due_after(time).await?;
        }
        clock.set(clock.target);
        self.run_during(&mut advance).await;
        Ok(advance)
    }

    async fn due_after(&self, after: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
        self.function.next_due_after(after).await.context("what is due could not be read")
    }

    async fn run_during(&self, advance: &mut Advance) {
        advance.sweeps += 1;
        match self.function.run().await {
            Ok(summary) => advance.total += summary,
            Err(error) => {
                advance.failed += 1;
                tracing::error!("the scheduled function failed: {error:#}");
            }
        }
    }
}

#[cfg(test)]
mod tests;
