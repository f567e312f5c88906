//! A single-threaded executor with a virtual clock.
//!
//! A task waits for a time; once no task is ready, the clock jumps to the earliest of them. Every port call waits a few
//! random milliseconds, so concurrent tasks interleave at every call, in an order that the seed decides. The clock
//! counts milliseconds; the rules see whole seconds.

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

/// Runs tasks and keeps the virtual time.
pub struct Executor {
    timers: Mutex<Timers>,
    ready: Arc<Mutex<VecDeque<usize>>>,
}

struct Timers {
    now: i64,
    /// By time, then in order of registration.
    wakers: BTreeMap<(i64, u64), Waker>,
    registered: u64,
    spawned: Vec<Task>,
}

/// Wakes the task that waits for it.
#[derive(Default)]
pub struct Signal {
    notified: AtomicBool,
    waiting: Mutex<Option<Waker>>,
}

impl Signal {
    /// Wakes the waiting task.
    pub fn notify(&self) {
        self.notified.store(true, Ordering::Relaxed);
        let waiting = lock(&self.waiting).take();
        if let Some(waker) = waiting {
            waker.wake();
        }
    }
}

struct TaskWaker {
    task: usize,
    /// Whether the task is in `ready`.
    is_ready: AtomicBool,
    ready: Arc<Mutex<VecDeque<usize>>>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.is_ready.swap(true, Ordering::Relaxed) {
            lock(&self.ready).push_back(self.task);
        }
    }
}

impl Executor {
    /// A clock at this time, and no tasks.
    #[must_use]
    pub fn new(start: Timestamp) -> Self {
        let now = start.timestamp_millis();
        let timers = Timers { now, wakers: BTreeMap::new(), registered: 0, spawned: Vec::new() };
        Self { timers: Mutex::new(timers), ready: Arc::default() }
    }

    /// The current time, to the millisecond.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        DateTime::from_timestamp_millis(lock(&self.timers).now).unwrap_or_default()
    }

    /// Adds a task.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        lock(&self.timers).spawned.push(Box::pin(task));
    }

    /// Waits this many milliseconds.
    pub async fn wait_millis(&self, millis: i64) {
        let at = lock(&self.timers).now + millis.max(0);
        self.wait(at).await;
    }

    /// Waits until then; returns at once if that is past.
    pub async fn wait_until(&self, time: Timestamp) {
        self.wait(time.timestamp_millis()).await;
    }

    /// Waits until then or until the signal.
    pub async fn wait_until_or(&self, time: Timestamp, signal: &Signal) {
        signal.notified.store(false, Ordering::Relaxed);
        let at = time.timestamp_millis();
        let mut timer = None;
        poll_fn(|context| {
            if signal.notified.load(Ordering::Relaxed) {
                return Poll::Ready(());
            }
            *lock(&signal.waiting) = Some(context.waker().clone());
            self.poll_timer(&mut timer, at, context)
        })
        .await;
    }

    async fn wait(&self, at: i64) {
        let mut timer = None;
        poll_fn(|context| self.poll_timer(&mut timer, at, context)).await;
    }

    /// Ready once the timer has fired. A wake-up for another reason registers no second timer.
    fn poll_timer(&self, timer: &mut Option<Waker>, at: i64, context: &Context<'_>) -> Poll<()> {
        let mut timers = lock(&self.timers);
        if timer.is_some() && timers.now >= at {
            return Poll::Ready(());
        }
        if !timer.as_ref().is_some_and(|set| set.will_wake(context.waker())) {
            timers.registered += 1;
            let key = (at.max(timers.now), timers.registered);
            timers.wakers.insert(key, context.waker().clone());
            *timer = Some(context.waker().clone());
        }
        Poll::Pending
    }

    /// Runs until no task is left or `stop` returns true.
    pub fn run(&self, stop: impl Fn() -> bool) {
        let mut tasks: Vec<Option<(Task, Arc<TaskWaker>, Waker)>> = Vec::new();
        let mut free: Vec<usize> = Vec::new();
        loop {
            for task in std::mem::take(&mut lock(&self.timers).spawned) {
                let slot = free.pop().unwrap_or_else(|| {
                    tasks.push(None);
                    tasks.len() - 1
                });
                let (is_ready, ready) = (AtomicBool::new(false), Arc::clone(&self.ready));
                let wake = Arc::new(TaskWaker { task: slot, is_ready, ready });
                wake.wake_by_ref();
                let waker = Waker::from(Arc::clone(&wake));
                tasks[slot] = Some((task, wake, waker));
            }
            let next = lock(&self.ready).pop_front();
            if let Some(slot) = next {
                let Some((task, wake, waker)) = &mut tasks[slot] else { continue };
                wake.is_ready.store(false, Ordering::Relaxed);
                if task.as_mut().poll(&mut Context::from_waker(waker)).is_ready() {
                    tasks[slot] = None;
                    free.push(slot);
                }
                if stop() {
                    return;
                }
                continue;
            }
            let mut timers = lock(&self.timers);
            let Some(((at, _), waker)) = timers.wakers.pop_first() else { return };
            timers.now = timers.now.max(at);
            drop(timers);
            waker.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_tasks_in_order_of_time() {
        let executor = Arc::new(Executor::new(Timestamp::UNIX_EPOCH));
        let seen = Arc::new(Mutex::new(Vec::new()));
        for (name, wait) in [("slow", 300), ("quick", 100)] {
            let (clock, seen) = (Arc::clone(&executor), Arc::clone(&seen));
            executor.spawn(async move {
                for _ in 0..2 {
                    clock.wait_millis(wait).await;
                    lock(&seen).push((name, clock.now().timestamp_millis()));
                }
            });
        }
        executor.run(|| false);
        assert_eq!(*lock(&seen), [("quick", 100), ("quick", 200), ("slow", 300), ("slow", 600)]);
    }

    #[test]
    fn stops_once_the_condition_holds() {
        let executor = Arc::new(Executor::new(Timestamp::UNIX_EPOCH));
        let (clock, seen) = (Arc::clone(&executor), Arc::new(Mutex::new(0)));
        let count = Arc::clone(&seen);
        executor.spawn(async move {
            loop {
                clock.wait_millis(1).await;
                *lock(&count) += 1;
            }
        });
        executor.run(|| *lock(&seen) == 5);
        assert_eq!(*lock(&seen), 5);
    }
}
