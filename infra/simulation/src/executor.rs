//! The clock and the tasks: a single thread on which time jumps from one thing to do to the next.
//!
//! A task waits for a moment; when no task can go on, the clock jumps to the earliest of them. Every call of a port waits
//! a few random milliseconds, so tasks that run at the same time interleave at every call, in an order that the seed
//! decides. The clock counts milliseconds; the rules see whole seconds.

use std::collections::{BTreeMap, VecDeque};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use chrono::DateTime;
use keyturn_domain::Timestamp;

use crate::lock;

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Runs tasks and keeps the time.
pub struct Executor {
    timeline: Mutex<Timeline>,
    ready: Arc<Mutex<VecDeque<usize>>>,
}

struct Timeline {
    now: i64,
    /// By moment, then by the order of asking.
    alarms: BTreeMap<(i64, u64), Waker>,
    asked: u64,
    spawned: Vec<Task>,
}

/// Wakes the one who waits for it.
#[derive(Default)]
pub struct Bell {
    rung: AtomicBool,
    waiting: Mutex<Option<Waker>>,
}

impl Bell {
    /// Wakes whoever waits.
    pub fn ring(&self) {
        self.rung.store(true, Ordering::Relaxed);
        let waiting = lock(&self.waiting).take();
        if let Some(waker) = waiting {
            waker.wake();
        }
    }
}

struct TaskWaker {
    task: usize,
    ready: Arc<Mutex<VecDeque<usize>>>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        let mut ready = lock(&self.ready);
        if !ready.contains(&self.task) {
            ready.push_back(self.task);
        }
    }
}

impl Executor {
    /// A clock that shows this moment, and no task.
    #[must_use]
    pub fn new(start: Timestamp) -> Self {
        let now = start.timestamp_millis();
        let timeline = Timeline { now, alarms: BTreeMap::new(), asked: 0, spawned: Vec::new() };
        Self { timeline: Mutex::new(timeline), ready: Arc::default() }
    }

    /// Now, to the millisecond.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        DateTime::from_timestamp_millis(lock(&self.timeline).now).unwrap_or_default()
    }

    /// Adds a task.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        lock(&self.timeline).spawned.push(Box::pin(task));
    }

    /// Waits this many milliseconds.
    pub async fn pause(&self, millis: i64) {
        let at = lock(&self.timeline).now + millis.max(0);
        self.wait(at).await;
    }

    /// Waits until then; not at all if that is past.
    pub async fn until(&self, moment: Timestamp) {
        self.wait(moment.timestamp_millis()).await;
    }

    /// Waits until then, or until the bell rings.
    pub async fn until_or(&self, moment: Timestamp, bell: &Bell) {
        bell.rung.store(false, Ordering::Relaxed);
        let at = moment.timestamp_millis();
        let mut alarm = None;
        poll_fn(|context| {
            if bell.rung.load(Ordering::Relaxed) {
                return Poll::Ready(());
            }
            *lock(&bell.waiting) = Some(context.waker().clone());
            self.poll_alarm(&mut alarm, at, context)
        })
        .await;
    }

    async fn wait(&self, at: i64) {
        let mut alarm = None;
        poll_fn(|context| self.poll_alarm(&mut alarm, at, context)).await;
    }

    /// Ready once the alarm has gone off. Being woken for another reason sets no second alarm.
    fn poll_alarm(&self, alarm: &mut Option<Waker>, at: i64, context: &Context<'_>) -> Poll<()> {
        let mut timeline = lock(&self.timeline);
        if alarm.is_some() && timeline.now >= at {
            return Poll::Ready(());
        }
        if !alarm.as_ref().is_some_and(|set| set.will_wake(context.waker())) {
            timeline.asked += 1;
            let key = (at.max(timeline.now), timeline.asked);
            timeline.alarms.insert(key, context.waker().clone());
            *alarm = Some(context.waker().clone());
        }
        Poll::Pending
    }

    /// Runs all tasks until none is left or it's to stop.
    pub fn run(&self, stop: impl Fn() -> bool) {
        let mut tasks: Vec<Option<(Task, Waker)>> = Vec::new();
        let mut free: Vec<usize> = Vec::new();
        loop {
            for task in std::mem::take(&mut lock(&self.timeline).spawned) {
                let slot = free.pop().unwrap_or_else(|| {
                    tasks.push(None);
                    tasks.len() - 1
                });
                let waker = Waker::from(Arc::new(TaskWaker { task: slot, ready: Arc::clone(&self.ready) }));
                tasks[slot] = Some((task, waker));
                lock(&self.ready).push_back(slot);
            }
            let next = lock(&self.ready).pop_front();
            if let Some(slot) = next {
                let Some((task, waker)) = &mut tasks[slot] else { continue };
                if task.as_mut().poll(&mut Context::from_waker(waker)).is_ready() {
                    tasks[slot] = None;
                    free.push(slot);
                }
                if stop() {
                    return;
                }
                continue;
            }
            let mut timeline = lock(&self.timeline);
            let Some(((at, _), waker)) = timeline.alarms.pop_first() else { return };
            timeline.now = timeline.now.max(at);
            drop(timeline);
            waker.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_take_turns_in_the_order_of_time() {
        let executor = Arc::new(Executor::new(Timestamp::UNIX_EPOCH));
        let seen = Arc::new(Mutex::new(Vec::new()));
        for (name, wait) in [("slow", 300), ("quick", 100)] {
            let (clock, seen) = (Arc::clone(&executor), Arc::clone(&seen));
            executor.spawn(async move {
                for _ in 0..2 {
                    clock.pause(wait).await;
                    lock(&seen).push((name, clock.now().timestamp_millis()));
                }
            });
        }
        executor.run(|| false);
        assert_eq!(*lock(&seen), [("quick", 100), ("quick", 200), ("slow", 300), ("slow", 600)]);
    }

    #[test]
    fn a_task_that_was_stopped_is_not_run_on() {
        let executor = Arc::new(Executor::new(Timestamp::UNIX_EPOCH));
        let (clock, seen) = (Arc::clone(&executor), Arc::new(Mutex::new(0)));
        let count = Arc::clone(&seen);
        executor.spawn(async move {
            loop {
                clock.pause(1).await;
                *lock(&count) += 1;
            }
        });
        executor.run(|| *lock(&seen) == 5);
        assert_eq!(*lock(&seen), 5);
    }
}
