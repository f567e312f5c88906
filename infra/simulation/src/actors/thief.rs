//! A thief: gets hold of a client's token string, and uses it, pulls with it, tries to redeem with it, and reports or revokes
//! it, in any order. It never sees a callback.

use std::sync::Arc;

use chrono::TimeDelta;
use keyturn_application::Failure;
use keyturn_application::report_leaks::Found;
use keyturn_domain::access::RequiredAccess;
use keyturn_domain::leak::LeakSource;
use keyturn_domain::refusal::Refusal;
use keyturn_domain::secret::{Kind, SecretString};

use super::puller::pull_once;
use super::{Response, address, api, as_u64, client, site};
use crate::function::{API_TIMEOUT, Invocation, UseCases};
use crate::invariants::short_id;
use crate::lock;
use crate::rng::Rng;
use crate::world::World;

/// Minutes between two tries of the thief, and how many there are after a report: longer than the deadline.
const EVERY_MINUTES: i64 = 15;
const TRIES: u64 = 24;

/// How long a thief waits for a renewal.
const HOURS: u64 = 96;

/// Steals on some days, for ever.
pub async fn run(world: Arc<World>, client: usize) {
    let number = as_u64(client);
    for day in 0.. {
        let begin = world.executor.now();
        let fault = world.faults.inject(&[site::THEFT, number, day], world.scenario.actor_faults * 0.02);
        if let Some(mut rng) = fault {
            world.executor.wait_millis(rng.within(0, 70_000_000)).await;
            steal(&world, client, day, rng).await;
        }
        world.executor.wait_until(begin + TimeDelta::days(1)).await;
    }
}

async fn steal(world: &Arc<World>, client: usize, day: u64, mut rng: Rng) {
    let Some(stolen) = lock(&world.actors).clients[client].token_string.clone() else { return };
    world.record(20, || format!("the string of client {client} is stolen"));
    lock(&world.invariants).count("strings stolen");
    if rng.happens(0.3) {
        lie_in_wait(world, client, &stolen, day).await;
    }
    for attempt in 0..rng.within(0, 3).unsigned_abs() {
        try_string(world, client, &stolen, [day, attempt], &mut rng).await;
        world.executor.wait_millis(rng.within(0, 60_000)).await;
    }
    if rng.happens(0.2) {
        return;
    }
    let source = if rng.happens(0.5) { LeakSource::Anybody } else { LeakSource::Holder };
    report(world, client, &stolen, source, day).await;
    for attempt in 0..TRIES {
        world.executor.wait_millis(EVERY_MINUTES * 60_000).await;
        try_string(world, client, &stolen, [day, 100 + attempt], &mut rng).await;
        // A client uses its string all the time.
        client::use_string(world, client, [site::THEFT, as_u64(client), day, 200 + attempt]).await;
    }
}

/// Tries to pull every hour until the renewal is due.
async fn lie_in_wait(world: &Arc<World>, client: usize, stolen: &SecretString, day: u64) {
    for hour in 0..HOURS {
        let site = [site::THEFT, as_u64(client), day, 3, hour];
        if pull(world, client, stolen, &site).await {
            return;
        }
        world.executor.wait_millis(3_600_000).await;
    }
}

/// One pull with the stolen string. Whether it got one.
async fn pull(world: &Arc<World>, client: usize, stolen: &SecretString, site: &[u64]) -> bool {
    let pulled = pull_once(world, site, stolen, address(client, 3)).await;
    if !matches!(pulled, Response::Refused(_)) {
        // Whoever pulls takes the answer from its client, which has to ask itself.
        lock(&world.actors).clients[client].lost_answers.insert(stolen.id());
    }
    let Response::Success(new) = pulled else { return false };
    world.record(21, || format!("a thief pulls token {}", short_id(new.id())));
    lock(&world.invariants).count("strings pulled by thieves");
    true
}

/// One try with the stolen string.
async fn try_string(
    world: &Arc<World>,
    client: usize,
    stolen: &SecretString,
    [day, attempt]: [u64; 2],
    rng: &mut Rng,
) {
    let site = [site::THEFT, as_u64(client), day, attempt, 1];
    let from = address(client, 3);
    match rng.within(0, 4) {
        0..=2 => {
            let used = api(world, &site, stolen, RequiredAccess::Any, |_, _| async { Ok::<_, Failure>(()) });
            if let Response::Success(()) = used.await {
                let (store, now) = (lock(&world.store), world.executor.now());
                lock(&world.invariants).stolen_string_accepted(&store, stolen.id(), now);
            }
        }
        3 => {
            pull(world, client, stolen, &site).await;
        }
        _ => {
            let forged = SecretString::new(Kind::Request, stolen.id(), &[7; 32]);
            let redeemed = api(world, &site, stolen, RequiredAccess::Any, |use_cases, caller| async move {
                use_cases.redeem().run(caller.token()?, forged.expose(), None, from).await
            });
            match redeemed.await {
                Response::Success(_) => world.report_violation("a forged request token was redeemed"),
                Response::Refused(Refusal::NotFound(_) | Refusal::Ended(_)) | Response::Lost => {}
                Response::Refused(refusal) => {
                    world.report_violation(format!("a forged request token is known: {refusal}"));
                }
            }
        }
    }
}

/// Reports the string twice: it is one leak.
async fn report(world: &Arc<World>, client: usize, stolen: &SecretString, source: LeakSource, day: u64) {
    for time in 0..2 {
        let site = [site::THEFT, as_u64(client), day, 2, time];
        let invocation = Invocation::new(world, &site, API_TIMEOUT);
        let use_cases = UseCases(Arc::clone(&invocation));
        let found = Found { text: stolen.expose(), found_at: None };
        let reported = invocation.invoke(async { use_cases.report().run(source, [found]).await });
        if let Some(Ok(())) = reported.await {
            lock(&world.invariants).count("leaks reported");
        }
    }
}
