//! What is done with a management token, again and again until it's answered.

use std::future::Future;
use std::sync::Arc;

use keyturn_application::Failure;
use keyturn_application::bootstrap::{Bootstrap, BootstrapRequest};
use keyturn_application::created::Outcome;
use keyturn_application::idempotency::RequestKey;
use keyturn_domain::access::RequiredAccess;
use keyturn_domain::credential::Credential;
use keyturn_domain::secret::{Kind, SecretString};

use super::{Answer, api, place};
use crate::function::{API_LIMIT, Functions, Run};
use crate::lock;
use crate::world::World;

/// How often somebody asks again before giving up.
const PATIENCE: u64 = 30;

/// Founds the companies.
pub async fn found(world: &Arc<World>) {
    for (number, name) in [(0, "acme"), (1, "other")] {
        let mut again = 0;
        while lock(&world.people).companies.len() <= number {
            let place = [place::FOUND, u64::try_from(number).unwrap_or_default(), again];
            let run = Run::new(world, &place, API_LIMIT);
            let bootstrap = Bootstrap { create: Functions(Arc::clone(&run)).create() };
            // Who founds a company and is not answered asks for another management token.
            let founding =
                BootstrapRequest { company: name.to_owned(), token_name: None, allow_existing: again > 0 };
            if let Some(Ok(created)) = run.invoke(bootstrap.run(founding)).await {
                lock(&world.ledger).given(&created.string, world.executor.now());
                lock(&world.people).companies.push((created.token.company, created.string));
            }
            again += 1;
            world.executor.pause(5_000).await;
        }
    }
}

/// Asks until answered: what that answer was, if it was what was asked for.
pub async fn insist<T: Send, F>(
    world: &Arc<World>,
    place: &[u64],
    client: usize,
    function: impl Fn(Functions, Credential) -> F + Send + Sync,
) -> Option<T>
where
    F: Future<Output = Result<T, Failure>> + Send,
{
    let manager = manager_of(world, client)?;
    for again in 0..PATIENCE {
        let mut own = place.to_vec();
        own.push(again);
        match api(world, &own, &manager, RequiredAccess::ManageAndWrite, &function).await {
            Answer::Done(done) => return Some(done),
            Answer::Refused(refusal) => {
                world.note(8, || format!("refused: {refusal}"));
                return None;
            }
            Answer::Lost => world.executor.pause(10_000).await,
        }
    }
    None
}

/// The management token of a client's company.
pub fn manager_of(world: &World, client: usize) -> Option<SecretString> {
    let people = lock(&world.people);
    people.companies.get(client % people.companies.len().max(1)).map(|(_, string)| string.clone())
}

/// The idempotency key of what is asked for at this place.
pub fn request_key(world: &World, place: &[u64]) -> RequestKey {
    let mut rng = world.chance.rng(place);
    let (mut hash, mut fingerprint) = ([0; 32], [0; 32]);
    rng.fill(&mut hash);
    rng.fill(&mut fingerprint);
    RequestKey { hash, fingerprint }
}

/// A string that came as the text of an answer.
pub fn string_in(world: &World, outcome: &Outcome) -> Option<SecretString> {
    let string = match outcome {
        Outcome::New(created) => Some(created.string.clone()),
        Outcome::Replayed(text) => SecretString::parse(Kind::Token, text).ok(),
    };
    match &string {
        Some(string) => lock(&world.ledger).given(string, world.executor.now()),
        None => world.violated("an answer holds no token string"),
    }
    string
}
