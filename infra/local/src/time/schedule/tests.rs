//! The schedule, with a function that records when it ran.

use std::collections::BTreeSet;
use std::sync::Mutex as SyncMutex;

use chrono::TimeDelta;
use keyturn_application::Clock;
use tokio::sync::Barrier;

use super::*;
use crate::time::clock::Mode;

type RunTimes = Arc<SyncMutex<Vec<DateTime<Utc>>>>;

/// Work that is due at these times. The first run adds more, due a while later.
struct FakeFunction {
    clock: Arc<TestClock>,
    due: SyncMutex<BTreeSet<DateTime<Utc>>>,
    runs: RunTimes,
    follow_up: SyncMutex<Option<TimeDelta>>,
}

#[async_trait]
impl ScheduledFunction for FakeFunction {
    async fn run(&self) -> Result<Summary> {
        let now = self.clock.now();
        self.runs.lock().unwrap().push(now);
        let mut due = self.due.lock().unwrap();
        let later = due.split_off(&(now + TimeDelta::nanoseconds(1)));
        let done = std::mem::replace(&mut *due, later).len() as u64;
        if let Some(delay) = self.follow_up.lock().unwrap().take() {
            due.insert(now + delay);
        }
        Ok(Summary { due: done, ..Summary::default() })
    }

    async fn next_due_after(&self, after: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
        Ok(self.due.lock().unwrap().range(after + TimeDelta::nanoseconds(1)..).next().copied())
    }
}

/// Advances a schedule with work due at these seconds from now; returns the result and the seconds of the runs.
async fn advance(due: &[i64], follow_up: Option<i64>, seconds: i64) -> (Advance, Vec<i64>) {
    let clock = Arc::new(TestClock::open(Mode::Running, None).unwrap());
    let (now, runs) = (clock.now(), RunTimes::default());
    let function = FakeFunction {
        clock: Arc::clone(&clock),
        due: SyncMutex::new(due.iter().map(|seconds| now + TimeDelta::seconds(*seconds)).collect()),
        runs: Arc::clone(&runs),
        follow_up: SyncMutex::new(follow_up.map(TimeDelta::seconds)),
    };
    let advance = Schedule::new(clock, Box::new(function)).advance(seconds, true).await.unwrap();
    let runs = runs.lock().unwrap().iter().map(|time| (*time - now).num_seconds()).collect();
    (advance, runs)
}

#[tokio::test]
async fn runs_at_each_due_time_and_at_the_target() {
    let (advance, runs) = advance(&[100, 7_200, 20_000], None, 10_000).await;
    assert_eq!((advance.sweeps, advance.failed, advance.total.due), (3, 0, 2));
    assert_eq!(runs, [100, 7_200, 10_000]);
}

#[tokio::test]
async fn runs_for_work_that_an_earlier_run_added() {
    let (advance, runs) = advance(&[60], Some(3_600), 86_400).await;
    assert_eq!((advance.total.due, runs[1]), (2, 3_660));
}

#[tokio::test]
async fn runs_for_overdue_work_before_the_clock_moves() {
    let (advance, runs) = advance(&[-500], None, 1_000).await;
    assert_eq!((advance.sweeps, advance.total.due), (2, 1));
    assert!(runs[0] < 500);
}

#[tokio::test]
async fn runs_once_in_an_advance_by_0() {
    let (advance, runs) = advance(&[-500], None, 0).await;
    assert_eq!((advance.sweeps, runs.len()), (1, 1));
}

/// Returns only when two runs are in progress.
struct TwoAtOnce(Barrier);

#[async_trait]
impl ScheduledFunction for TwoAtOnce {
    async fn run(&self) -> Result<Summary> {
        self.0.wait().await;
        Ok(Summary::default())
    }

    async fn next_due_after(&self, _: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
        Ok(None)
    }
}

#[tokio::test]
async fn runs_on_request_are_concurrent() {
    let clock = Arc::new(TestClock::open(Mode::Running, None).unwrap());
    let schedule = Schedule::new(clock, Box::new(TwoAtOnce(Barrier::new(2))));
    let (first, second) = tokio::join!(schedule.run(), schedule.run());
    assert!(first.is_ok() && second.is_ok());
}
