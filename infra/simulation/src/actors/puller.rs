//! A client that fetches its successor itself: every few hours, once a day, or after days offline, sometimes from two copies
//! at once. Whether an answer arrives or not, it asks until one does.

use std::sync::Arc;

use keyturn_domain::access::RequiredAccess;
use keyturn_domain::secret::SecretString;

use super::client::{RETRY_MILLIS, switch};
use super::{Response, api, as_u64, site};
use crate::lock;
use crate::world::World;

/// Minimum and maximum hours between two questions.
const INTERVALS: [(i64, i64); 2] = [(1, 6), (12, 40)];

/// Asks for ever.
pub async fn run(world: Arc<World>, client: usize) {
    let number = as_u64(client);
    let mut rng = world.faults.rng(&[site::PULL, number]);
    let (least, most) = rng.one_of(&INTERVALS);
    for round in 0.. {
        let offline =
            world.faults.inject(&[site::OFFLINE, number, round], world.scenario.actor_faults * 0.03);
        let hours = rng.within(least, most) + offline.map_or(0, |mut rng| rng.within(24, 6 * 24));
        world.executor.wait_millis(hours * 3_600_000 + rng.within(0, 3_600_000)).await;
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
    for attempt in 0.. {
        let site = [site::PULL, as_u64(client), round, copy, attempt];
        match pull_once(world, &site, string).await {
            Response::Success(new) => return switch(world, client, new),
            Response::Refused(refusal) => {
                return world.record(19, || format!("client {client} does not pull: {refusal}"));
            }
            Response::Lost => world.executor.wait_millis(RETRY_MILLIS).await,
        }
    }
}

/// One pull, with its response checked.
async fn pull_once(world: &Arc<World>, site: &[u64], string: &SecretString) -> Response<SecretString> {
    let started = world.executor.now();
    let checker = Arc::clone(world);
    api(world, site, string, RequiredAccess::Any, move |use_cases, caller| async move {
        let response = use_cases.pull().run(&caller).await;
        lock(&checker.invariants).pulled(caller.id, &response, started, checker.executor.now());
        response
    })
    .await
}
