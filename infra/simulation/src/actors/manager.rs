//! Calls made with a management token, retried until there is a response.

use std::future::Future;
use std::sync::Arc;

use keyturn_application::Failure;
use keyturn_application::bootstrap::{Bootstrap, BootstrapRequest};
use keyturn_application::created::Outcome;
use keyturn_application::idempotency::RequestKey;
use keyturn_domain::access::RequiredAccess;
use keyturn_domain::caller::Caller;
use keyturn_domain::secret::{Kind, SecretString};

use super::{Response, api, as_u64, site};
use crate::function::{API_TIMEOUT, Invocation, UseCases};
use crate::lock;
use crate::world::World;

/// Attempts before giving up.
const MAX_ATTEMPTS: u64 = 30;

/// Creates the companies.
pub async fn create_companies(world: &Arc<World>) {
    for (index, name) in [(0, "acme"), (1, "other")] {
        let mut attempt = 0;
        while lock(&world.actors).companies.len() <= index {
            let site = [site::BOOTSTRAP, as_u64(index), attempt];
            let invocation = Invocation::new(world, &site, API_TIMEOUT);
            let bootstrap = Bootstrap { create: UseCases(Arc::clone(&invocation)).create() };
            // After a lost response, a retry creates another management token, if the company was created.
            let allow_existing = attempt % 2 == 1;
            let request = BootstrapRequest { company: name.to_owned(), token_name: None, allow_existing };
            if let Some(Ok(created)) = invocation.invoke(bootstrap.run(request)).await {
                lock(&world.invariants).string_returned(&created.string, world.executor.now());
                lock(&world.actors).companies.push((created.token.company, created.string));
            }
            attempt += 1;
            world.executor.wait_millis(5_000).await;
        }
    }
}

/// Calls until there is a response; returns its result unless it is a refusal.
pub async fn call_with_retries<T: Send, F>(
    world: &Arc<World>,
    site: &[u64],
    client: usize,
    function: impl Fn(UseCases, Caller) -> F + Send + Sync,
) -> Option<T>
where
    F: Future<Output = Result<T, Failure>> + Send,
{
    let manager = manager_of(world, client)?;
    for attempt in 0..MAX_ATTEMPTS {
        match api(world, &[site, &[attempt]].concat(), &manager, RequiredAccess::ManageAndWrite, &function)
            .await
        {
            Response::Success(done) => return Some(done),
            Response::Refused(refusal) => {
                world.record(8, || format!("refused: {refusal}"));
                return None;
            }
            Response::Lost => world.executor.wait_millis(10_000).await,
        }
    }
    None
}

/// The management token of a client's company.
pub fn manager_of(world: &World, client: usize) -> Option<SecretString> {
    let actors = lock(&world.actors);
    actors.companies.get(client % actors.companies.len().max(1)).map(|(_, string)| string.clone())
}

/// The idempotency key of the request at this site.
pub fn idempotency_key(world: &World, site: &[u64]) -> RequestKey {
    let mut rng = world.faults.rng(site);
    let (mut hash, mut fingerprint) = ([0; 32], [0; 32]);
    rng.fill(&mut hash);
    rng.fill(&mut fingerprint);
    RequestKey { hash, fingerprint }
}

/// The token string of a response, checked.
pub fn string_in(world: &World, outcome: &Outcome) -> Option<SecretString> {
    let string = match outcome {
        Outcome::New(created) => Some(created.string.clone()),
        Outcome::Replayed(text) => SecretString::parse(Kind::Token, text).ok(),
    };
    match &string {
        Some(string) => lock(&world.invariants).string_returned(string, world.executor.now()),
        None => world.report_violation("a response contains no token string"),
    }
    string
}
