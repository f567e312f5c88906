//! When the scheduled function runs: every minute of real time, when it is asked for, and, while the clock is
//! moved, at every moment at which something is due, as if the time in between had really passed.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use keyturn_application::sweep::Summary;
use tokio::sync::Mutex;

use super::clock::{AdvanceError, TestClock};

/// What went wrong in the scheduled function, as a text for the log and the answer.
pub(crate) type SweepFailure = String;

/// The scheduled function as the schedule sees it.
#[async_trait]
pub(crate) trait Sweeping: Send + Sync {
    /// Does everything that is due.
    async fn run(&self) -> Result<Summary, SweepFailure>;

    /// The earliest due moment later than the given one.
    async fn next_due_after(&self, after: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, SweepFailure>;
}

/// The scheduled function together with the clock.
pub(crate) struct Schedule {
    clock: Arc<TestClock>,
    sweep: Box<dyn Sweeping>,
    /// Held by whoever moves the clock, and by the minute's run, which must not work at a moment on the way.
    /// Runs that a caller asks for don't take it: two of them at once are what a test wants to see.
    moving: Mutex<()>,
}

/// What an advance did.
pub(crate) struct Advance {
    /// Where the clock was when the advance ended.
    pub(crate) now: DateTime<Utc>,
    /// How many times the scheduled function ran.
    pub(crate) sweeps: u64,
    /// How many of these runs failed as a whole.
    pub(crate) failed: u64,
    /// The summaries, added up.
    pub(crate) total: Summary,
}

/// Why an advance stopped early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ScheduleError {
    /// The clock did not move.
    #[error(transparent)]
    Clock(#[from] AdvanceError),
    /// The clock is at its target, but what was due on the way could not be found out.
    #[error("what is due could not be read: {0}")]
    Due(SweepFailure),
}

impl Schedule {
    /// A schedule for this function.
    pub(crate) fn new(clock: Arc<TestClock>, sweep: Box<dyn Sweeping>) -> Self {
        Self { clock, sweep, moving: Mutex::new(()) }
    }

    /// Runs the function once, also beside other runs.
    pub(crate) async fn sweep(&self) -> Result<Summary, SweepFailure> {
        self.sweep.run().await
    }

    /// The run of a minute; a failure is only logged, as the next minute tries again.
    pub(crate) async fn tick(&self) {
        let _alone = self.moving.lock().await;
        if let Err(error) = self.sweep.run().await {
            tracing::error!(%error, "the scheduled function failed");
        }
        if let Err(error) = self.clock.keep() {
            tracing::error!(%error, "the clock's file could not be written");
        }
    }

    /// Moves the clock, stopping at every moment on the way at which something is due, or going straight to the end
    /// if nothing is to be done on the way.
    pub(crate) async fn advance(&self, seconds: i64, sweep: bool) -> Result<Advance, ScheduleError> {
        let _alone = self.moving.lock().await;
        let clock = self.clock.stop(seconds)?;
        let mut advance = Advance { now: clock.target, sweeps: 0, failed: 0, total: Summary::default() };

        if !sweep {
            return Ok(advance);
        }
        // What is due already is done before the clock moves, so that it does not look late.
        let mut next = self.due_after(DateTime::UNIX_EPOCH).await?.map(|due| due.max(clock.start));
        while let Some(moment) = next.filter(|moment| *moment < clock.target) {
            clock.show(moment);
            self.sweep_into(&mut advance).await;
            next = self.due_after(moment).await?;
        }
        clock.show(clock.target);
        self.sweep_into(&mut advance).await;
        Ok(advance)
    }

    async fn due_after(&self, after: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, ScheduleError> {
        self.sweep.next_due_after(after).await.map_err(ScheduleError::Due)
    }

    async fn sweep_into(&self, advance: &mut Advance) {
        advance.sweeps += 1;
        match self.sweep.run().await {
            Ok(summary) => advance.total += summary,
            Err(error) => {
                advance.failed += 1;
                tracing::error!(%error, "the scheduled function failed");
            }
        }
    }
}

#[cfg(test)]
mod tests;
