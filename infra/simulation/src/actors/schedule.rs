//! The schedule: a sweep every minute in which anything is due; sometimes late, sometimes twice, sometimes not for hours.

use std::sync::Arc;

use chrono::TimeDelta;
use keyturn_domain::Timestamp;

use super::place;
use crate::function::{Functions, Run, SWEEP_LIMIT};
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
                let pause = stands_still(&world, now);
                if pause > 0 {
                    world.note(14, || format!("the schedule stands still for {pause} s"));
                    world.executor.pause(pause * 1_000).await;
                } else {
                    tick(&world, now);
                    // Never twice in the same minute.
                    world.executor.pause(1).await;
                }
            }
            _ => {
                let far = now + TimeDelta::days(365);
                world.executor.until_or(next.unwrap_or(far), &world.bell).await;
            }
        }
    }
}

/// The beginning of the first minute that does not begin before.
fn next_minute(moment: Timestamp) -> Timestamp {
    let millis = moment.timestamp_millis();
    let minutes = millis.div_euclid(60_000) + i64::from(millis.rem_euclid(60_000) > 0);
    Timestamp::from_timestamp_millis(minutes * 60_000).unwrap_or(moment)
}

/// For how many seconds from now on nothing runs at all.
fn stands_still(world: &World, now: Timestamp) -> i64 {
    let day = now.timestamp().div_euclid(86_400);
    let quirk = world.chance.quirk(&[place::BREAK, day.unsigned_abs()], world.scenario.mischief * 0.03);
    quirk.map_or(0, |mut rng| {
        let from = day * 86_400 + rng.within(0, 86_399);
        let until = from + rng.within(60, 86_400);
        if now.timestamp() >= from { (until - now.timestamp()).max(0) } else { 0 }
    })
}

fn tick(world: &Arc<World>, now: Timestamp) {
    let minute = now.timestamp().div_euclid(60).unsigned_abs();
    let double = world.chance.quirk(&[place::DOUBLE, minute], world.scenario.mischief * 0.1).is_some();
    let late = world.chance.quirk(&[place::LATE, minute], world.scenario.mischief * 0.1);
    let late = late.map_or(0, |mut rng| rng.within(1, 150_000));
    for copy in 0..=u64::from(double) {
        let world_of_run = Arc::clone(world);
        let wait = if copy == 0 { late } else { 0 };
        world.executor.spawn(async move {
            world_of_run.executor.pause(wait).await;
            sweep(&world_of_run, [place::SWEEP, minute, copy]).await;
        });
    }
}

async fn sweep(world: &Arc<World>, place: [u64; 3]) {
    let run = Run::new(world, &place, SWEEP_LIMIT);
    let functions = Functions(Arc::clone(&run));
    let (sweep, in_time) = (functions.sweep(), functions.in_time());
    world.note(15, || format!("{}: a sweep", run.name()));
    lock(&world.ledger).count("sweeps");
    let result = run.invoke(sweep.run(&in_time)).await;
    let failed = match &result {
        Some(Ok(summary)) => summary.failed > 0,
        Some(Err(_)) => true,
        None => false,
    };
    if failed && !run.was_disturbed() {
        world.violated(format!("{} failed though nothing else did", run.name()));
    }
}
