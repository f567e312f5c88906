//! EventBridge's schedules and Lambda's rules: when a run starts, how many run at once, and when one is ended.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::future::{Either, select};
use keyturn_application::sweep::Part;

use super::cloud::{Cloud, start};
use super::run::Run;

/// Milliseconds from one start of a schedule to the next.
const EVERY: i64 = 60_000;

/// How late a schedule starts its run, at most, in milliseconds.
const LATE: i64 = 500;

/// An invocation that waits for concurrency is dropped at this age, in milliseconds.
const MAXIMUM_AGE: i64 = 60_000;

/// The environments of a function.
#[derive(Default)]
pub(super) struct Environments {
    running: AtomicUsize,
    /// The most that have ever run at once: they are kept and start warm.
    warm: AtomicUsize,
}

/// One of the schedules; runs for ever. Each starts at its own second of the minute.
pub(super) async fn run(cloud: Arc<Cloud>, part: u8, environments: Arc<Environments>) {
    let first = start().timestamp_millis() + cloud.within(0, EVERY - 1);
    for minute in 0.. {
        let at = first + minute * EVERY + cloud.within(0, LATE);
        cloud.executor.wait_millis(at - cloud.millis()).await;
        cloud.executor.spawn(invoke(Arc::clone(&cloud), part, Arc::clone(&environments)));
    }
}

/// Starts the function once its concurrency allows it.
async fn invoke(cloud: Arc<Cloud>, part: u8, environments: Arc<Environments>) {
    let (invoked, mut pause) = (cloud.millis(), 1_000);
    cloud.count(|counts| counts.runs += 1);
    while environments.running.load(Ordering::Relaxed) >= cloud.parameters.concurrency {
        cloud.count(|counts| counts.delayed += u64::from(cloud.millis() == invoked));
        cloud.executor.wait_millis(pause).await;
        pause *= 2;
        if cloud.millis() - invoked > MAXIMUM_AGE {
            cloud.count(|counts| counts.lost_runs += 1);
            return;
        }
    }
    let running = environments.running.fetch_add(1, Ordering::Relaxed) + 1;
    let begin = cloud.millis();
    if environments.warm.fetch_max(running, Ordering::Relaxed) < running {
        cloud.executor.wait_millis(cloud.latency(cloud.parameters.cold_start_millis)).await;
    }
    execute(&cloud, part).await;
    environments.running.fetch_sub(1, Ordering::Relaxed);
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of a run")]
    let seconds = (cloud.millis() - begin) as f64 / 1_000.0;
    cloud.count(|counts| counts.gb_seconds += seconds * f64::from(cloud.parameters.memory_mb) / 1_024.0);
}

/// Runs the sweep until it ends or Lambda ends it.
async fn execute(cloud: &Arc<Cloud>, index: u8) {
    let begin = cloud.millis();
    let (run, parameters) = (Run::scheduled(cloud), &cloud.parameters);
    let latest = begin + parameters.latest_start_seconds * 1_000;
    let clock = Arc::clone(cloud);
    let time_left = move || clock.millis() < latest;
    let sweep = run.sweep();
    let limit = pin!(cloud.executor.wait_millis(parameters.timeout_seconds * 1_000));
    let part = Part { index, of: parameters.schedules };
    if let Either::Right(_) = select(pin!(sweep.run(part, &time_left)), limit).await {
        cloud.count(|counts| counts.lost_runs += 1);
    }
}
