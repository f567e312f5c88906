//! The schedule with a function that only notes when it ran.

use std::{collections::BTreeSet, sync::Mutex as SyncMutex};

use chrono::TimeDelta;
use keyturn_application::Clock;
use tokio::sync::Barrier;

use super::*;
use crate::time::clock::Unmoved;

/// When runs took place.
type Moments = Arc<SyncMutex<Vec<DateTime<Utc>>>>;

/// Does what is due at a list of moments, and makes some work due a while after a run.
struct Notes {
    clock: Arc<TestClock>,
    due: SyncMutex<BTreeSet<DateTime<Utc>>>,
    ran_at: Moments,
    follow_up: SyncMutex<Option<TimeDelta>>,
}

#[async_trait]
impl Sweeping for Notes {
    async fn run(&self) -> Result<Summary, SweepFailure> {
        let now = self.clock.now();
        self.ran_at.lock().unwrap().push(now);
        let mut due = self.due.lock().unwrap();
        let later = due.split_off(&(now + TimeDelta::nanoseconds(1)));
        let done = std::mem::replace(&mut *due, later).len() as u64;
        if let Some(delay) = self.follow_up.lock().unwrap().take() {
            due.insert(now + delay);
        }
        Ok(Summary { due: done, ..Summary::default() })
    }

    async fn next_due_after(&self, after: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, SweepFailure> {
        Ok(self.due.lock().unwrap().range(after + TimeDelta::nanoseconds(1)..).next().copied())
    }
}

/// A schedule with work due at these seconds from now, the moments it ran at, and now.
fn schedule(seconds: &[i64], follow_up: Option<i64>) -> (Schedule, Moments, DateTime<Utc>) {
    let clock = Arc::new(TestClock::open(Unmoved::Runs, None).unwrap());
    let now = clock.now();
    let ran_at = Arc::new(SyncMutex::new(Vec::new()));
    let notes = Notes {
        clock: Arc::clone(&clock),
        due: SyncMutex::new(seconds.iter().map(|seconds| now + TimeDelta::seconds(*seconds)).collect()),
        ran_at: Arc::clone(&ran_at),
        follow_up: SyncMutex::new(follow_up.map(TimeDelta::seconds)),
    };
    (Schedule::new(clock, Box::new(notes)), ran_at, now)
}

#[tokio::test]
async fn an_advance_stops_at_each_due_moment_and_at_the_target() {
    let (schedule, ran_at, now) = schedule(&[100, 7_200, 20_000], None);
    let advance = schedule.advance(10_000, true).await.unwrap();
    assert_eq!((advance.sweeps, advance.failed), (3, 0));
    assert_eq!(advance.total.due, 2);
    let ran_at = ran_at.lock().unwrap();
    assert_eq!(ran_at[0], now + TimeDelta::seconds(100));
    assert_eq!(ran_at[1], now + TimeDelta::seconds(7_200));
    assert_eq!(ran_at[2], advance.now);
}

#[tokio::test]
async fn work_that_a_run_makes_due_later_is_done_on_the_same_way() {
    let (schedule, ran_at, now) = schedule(&[60], Some(3_600));
    let advance = schedule.advance(86_400, true).await.unwrap();
    assert_eq!(advance.total.due, 2);
    assert_eq!(ran_at.lock().unwrap()[1], now + TimeDelta::seconds(3_660));
}

#[tokio::test]
async fn what_is_overdue_is_done_before_the_clock_moves() {
    let (schedule, ran_at, now) = schedule(&[-500], None);
    let advance = schedule.advance(1_000, true).await.unwrap();
    assert_eq!((advance.sweeps, advance.total.due), (2, 1));
    assert!(ran_at.lock().unwrap()[0] < now + TimeDelta::seconds(500));
}

#[tokio::test]
async fn an_advance_by_nothing_sweeps_once() {
    let (schedule, ran_at, _) = schedule(&[-500], None);
    assert_eq!(schedule.advance(0, true).await.unwrap().sweeps, 1);
    assert_eq!(ran_at.lock().unwrap().len(), 1);
}

/// Ends only once two runs are under way.
struct Meeting(Barrier);

#[async_trait]
impl Sweeping for Meeting {
    async fn run(&self) -> Result<Summary, SweepFailure> {
        self.0.wait().await;
        Ok(Summary::default())
    }

    async fn next_due_after(&self, _: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, SweepFailure> {
        Ok(None)
    }
}

#[tokio::test]
async fn two_runs_that_are_asked_for_run_side_by_side() {
    let clock = Arc::new(TestClock::open(Unmoved::Runs, None).unwrap());
    let schedule = Schedule::new(clock, Box::new(Meeting(Barrier::new(2))));
    let (first, second) = tokio::join!(schedule.sweep(), schedule.sweep());
    assert!(first.is_ok() && second.is_ok());
}
