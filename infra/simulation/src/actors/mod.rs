//! Who takes part: clients that use their token, receivers of callbacks, people who manage tokens, and the schedule.

pub mod client;
pub mod manager;
pub mod receiver;
pub mod schedule;
pub mod user;

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;

use keyturn_application::Failure;
use keyturn_domain::access::{self, RequiredAccess};
use keyturn_domain::credential::Credential;
use keyturn_domain::ids::{CompanyId, TokenId};
use keyturn_domain::refusal::Refusal;
use keyturn_domain::secret::SecretString;

use crate::function::{API_LIMIT, Functions, Run};
use crate::lock;
use crate::world::World;

/// The places of quirks and runs of actors, each its own.
pub(crate) mod place {
    pub(crate) const DROPPED: u64 = 0xd0;
    pub(crate) const CREATE: u64 = 0xc1;
    pub(crate) const USE: u64 = 0xc2;
    pub(crate) const REDEEM: u64 = 0xc3;
    pub(crate) const COPY: u64 = 0xc4;
    pub(crate) const FOUND: u64 = 0xc5;
    pub(crate) const PLAN: u64 = 0xc6;
    pub(crate) const RECEIVER: u64 = 0xc7;
    pub(crate) const MESSAGE: u64 = 0xc8;
    pub(crate) const USER: u64 = 0xc9;
    pub(crate) const SWEEP: u64 = 0xca;
    pub(crate) const DOUBLE: u64 = 0xcb;
    pub(crate) const LATE: u64 = 0xcc;
    pub(crate) const BREAK: u64 = 0xcd;
    pub(crate) const COINCIDENCE: u64 = 0xce;
    pub(crate) const CLIENT: u64 = 0xcf;
}

/// Everybody, and what they hold.
#[derive(Default)]
pub struct People {
    /// Companies, each with a management token.
    pub companies: Vec<(CompanyId, SecretString)>,
    /// Clients with their receivers, by number.
    pub clients: Vec<Client>,
}

/// A client of a company's API and its receiver of callbacks.
#[derive(Default)]
pub struct Client {
    /// The string that it uses.
    pub held: Option<SecretString>,
    /// The first token of the series that it uses.
    pub first: Option<TokenId>,
    /// Request tokens that it is redeeming or has done with.
    pub taken: BTreeSet<[u8; 32]>,
    /// Tokens whose request token it began to redeem too late for a repetition.
    pub reckless: BTreeSet<TokenId>,
}

/// What came back of a request.
#[derive(Debug)]
pub enum Answer<T> {
    /// What was asked for.
    Done(T),
    /// A refusal.
    Refused(Refusal),
    /// Nothing, or an error of the server: nobody knows whether it was done.
    Lost,
}

/// Calls an API function.
pub async fn api<T, F>(
    world: &Arc<World>,
    place: &[u64],
    string: &SecretString,
    need: RequiredAccess,
    function: impl FnOnce(Functions, Credential) -> F + Send,
) -> Answer<T>
where
    F: Future<Output = Result<T, Failure>> + Send,
    T: Send,
{
    let run = Run::new(world, place, API_LIMIT);
    let functions = Functions(Arc::clone(&run));
    let result = run.invoke(async {
        let caller = functions.authenticate().run(Some(string.expose())).await;
        let accepted = match &caller {
            Ok(_) => Some(true),
            Err(Failure::Refused(_)) => Some(false),
            Err(Failure::Broken(_)) => None,
        };
        if let Some(accepted) = accepted {
            lock(&world.ledger).authenticated(string.id(), accepted, run.started(), world.executor.now());
        }
        let caller = caller?;
        access::permit(&caller, need)?;
        function(functions, caller).await
    });
    let result = result.await;
    if let Some(Err(Failure::Broken(error))) = &result
        && !run.was_disturbed()
    {
        world.violated(format!("{} failed though nothing else did: {error}", run.name()));
    }
    let mut own = vec![place::DROPPED];
    own.extend_from_slice(place);
    if world.chance.quirk(&own, world.scenario.dropped).is_some() {
        world.note(7, || format!("{}: the answer is dropped", run.name()));
        return Answer::Lost;
    }
    match result {
        Some(Ok(done)) => Answer::Done(done),
        Some(Err(Failure::Refused(refusal))) => Answer::Refused(refusal),
        Some(Err(Failure::Broken(_))) | None => Answer::Lost,
    }
}

/// The beginning of a hash, as a place.
pub(crate) fn number(bytes: &[u8]) -> u64 {
    bytes.iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte))
}
