//! A client that fetches its successor itself: every few hours, once a day, or after days offline, sometimes from two copies
//! at once. Whether an answer arrives or not, it asks until one does.

use std::net::IpAddr;
use std::sync::Arc;

use keyturn_domain::access::RequiredAccess;
use keyturn_domain::secret::SecretString;

use super::client::{RETRY_MILLIS, switch};
use super::{Response, address, api, as_u64, site};
use crate::lock;
use crate::scenario::{Repeats, offline_millis};
use crate::world::World;

/// Minimum and maximum hours between two questions.
const INTERVALS: [(i64, i64); 2] = [(1, 6), (12, 40)];

/// What `Retry-After` says from the due moment on.
const HOURLY: (i64, i64) = (1, 1);

/// Asks for ever.
pub async fn run(world: Arc<World>, client: usize) {
    let number = as_u64(client);
    let mut rng = world.faults.rng(&[site::PULL, number]);
    let (least, most) = match world.scenario.uniform {
        None => rng.one_of(&INTERVALS),
        Some(_) => HOURLY,
    };
    for round in 0.. {
        let offline =
            world.faults.inject(&[site::OFFLINE, number, round], world.scenario.actor_faults * 0.03);
        let hours = rng.within(least, most) + offline.map_or(0, |mut rng| rng.within(24, 6 * 24));
        let minutes = if world.scenario.uniform.is_some() { 1 } else { 60 };
        world.executor.wait_millis(hours * 3_600_000 + rng.within(0, minutes * 60_000)).await;
        let Some(string) = lock(&world.actors).clients[client].token_string.clone() else { continue };
        if !lock(&world.invariants).pulls(string.id()) {
            continue;
        }
        let copied =
            world.faults.inject(&[site::TWO_COPIES, number, round], world.scenario.actor_faults * 0.2);
        if copied.is_some() {
            let (other, string) = (Arc::clone(&world), string.clone());
            world.executor.spawn(async move { fetch(&other, client, &string, [round, 1]).await });
        }
        fetch(&world, client, &string, [round, 0]).await;
    }
}

async fn fetch(world: &Arc<World>, client: usize, string: &SecretString, [round, copy]: [u64; 2]) {
    let id = string.id();
    lock(&world.actors).clients[client].asked_in_time.insert(id);
    for attempt in 0.. {
        let site = [site::PULL, as_u64(client), round, copy, attempt];
        match pull_once(world, &site, string, address(client, copy)).await {
            Response::Success(new) => return switch(world, client, new),
            Response::Refused(refusal) => {
                lock(&world.actors).clients[client].asked_in_time.remove(&id);
                return world.record(19, || format!("client {client} does not pull: {refusal}"));
            }
            Response::Lost => match world.scenario.repeats() {
                Repeats::Never => {
                    let client = &mut lock(&world.actors).clients[client];
                    client.asked_in_time.remove(&id);
                    client.lost_answers.insert(id);
                    return;
                }
                Repeats::AfterHours if attempt == 0 => {
                    let wait = world.faults.rng(&[site::OFFLINE, as_u64(client), round, copy]);
                    world.executor.wait_millis(offline_millis(wait)).await;
                }
                Repeats::AfterHours | Repeats::AtOnce => world.executor.wait_millis(RETRY_MILLIS).await,
            },
        }
    }
}

/// One pull, with its response checked.
pub(super) async fn pull_once(
    world: &Arc<World>,
    site: &[u64],
    string: &SecretString,
    address: Option<IpAddr>,
) -> Response<SecretString> {
    let started = world.executor.now();
    let checker = Arc::clone(world);
    api(world, site, string, RequiredAccess::Any, move |use_cases, caller| async move {
        let response = use_cases.pull().run(caller.token()?, None, address).await;
        lock(&checker.invariants).pulled(
            caller.token()?.id,
            address,
            &response,
            started,
            checker.executor.now(),
        );
        response
    })
    .await
}
