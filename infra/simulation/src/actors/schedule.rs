//! The schedule: a sweep in every minute with something due; sometimes late, duplicated, or out for hours.

use std::sync::Arc;

use chrono::TimeDelta;
use keyturn_application::sweep::Part;
use keyturn_domain::Timestamp;

use super::site;
use crate::function::{Invocation, SWEEP_TIMEOUT, UseCases};
use crate::lock;
use crate::world::World;

/// Runs for ever.
pub async fn run(world: Arc<World>) {
    loop {
        let first = lock(&world.store).first_due();
        let now = world.executor.now();
        let next = first.map(|first| next_minute(first.max(now)));
        match next {
            Some(at) if at <= now => {
                let seconds = outage_seconds(&world, now);
                if seconds > 0 {
                    world.record(14, || format!("the schedule is down for {seconds} s"));
                    lock(&world.invariants).schedule_is_out(now, now + TimeDelta::seconds(seconds));
                    world.executor.wait_millis(seconds * 1_000).await;
                } else {
                    start_sweeps(&world, now);
                    // At most once per minute.
                    world.executor.wait_millis(1).await;
                }
            }
            _ => {
                let far = now + TimeDelta::days(365);
                world.executor.wait_until_or(next.unwrap_or(far), &world.due_signal).await;
            }
        }
    }
}

/// The first full minute at or after this time.
fn next_minute(time: Timestamp) -> Timestamp {
    let millis = time.timestamp_millis();
    let minutes = millis.div_euclid(60_000) + i64::from(millis.rem_euclid(60_000) > 0);
    Timestamp::from_timestamp_millis(minutes * 60_000).unwrap_or(time)
}

/// Remaining seconds of an outage of the schedule; 0 if there is none.
fn outage_seconds(world: &World, now: Timestamp) -> i64 {
    let day = now.timestamp().div_euclid(86_400);
    let fault =
        world.faults.inject(&[site::SCHEDULE_OUTAGE, day.unsigned_abs()], world.scenario.actor_faults * 0.03);
    fault.map_or(0, |mut rng| {
        let from = day * 86_400 + rng.within(0, 86_399);
        let wait_until = from + rng.within(60, 86_400);
        if now.timestamp() >= from { (wait_until - now.timestamp()).max(0) } else { 0 }
    })
}

fn start_sweeps(world: &Arc<World>, now: Timestamp) {
    let minute = now.timestamp().div_euclid(60).unsigned_abs();
    let double =
        world.faults.inject(&[site::DUPLICATE_SWEEP, minute], world.scenario.actor_faults * 0.1).is_some();
    let late = world.faults.inject(&[site::LATE_SWEEP, minute], world.scenario.actor_faults * 0.1);
    let late = late.map_or(0, |mut rng| rng.within(1, 150_000));
    for copy in 0..=u64::from(double) {
        let sweep_world = Arc::clone(world);
        let wait = if copy == 0 { late } else { 0 };
        world.executor.spawn(async move {
            sweep_world.executor.wait_millis(wait).await;
            sweep(&sweep_world, [site::SWEEP, minute, copy]).await;
        });
    }
}

async fn sweep(world: &Arc<World>, site: [u64; 3]) {
    let invocation = Invocation::new(world, &site, SWEEP_TIMEOUT);
    let use_cases = UseCases(Arc::clone(&invocation));
    let (sweep, in_time) = (use_cases.sweep(), use_cases.in_time());
    world.record(15, || format!("{}: a sweep", invocation.name()));
    lock(&world.invariants).count("sweeps");
    let result = invocation.invoke(sweep.run(Part::ALL, &in_time)).await;
    let failed = match &result {
        Some(summary) => summary.failed + summary.failed_shards > 0,
        None => false,
    };
    if failed && !invocation.had_faults() {
        world.report_violation(format!("{} failed without an injected fault", invocation.name()));
    }
}
