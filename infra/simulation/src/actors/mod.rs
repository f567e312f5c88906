//! Actors: clients that use their token, callback receivers, users who manage tokens, and the schedule.

pub mod client;
pub mod manager;
pub mod puller;
pub mod receiver;
pub mod schedule;
pub mod thief;
pub mod user;

use std::collections::BTreeSet;
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use keyturn_application::Failure;
use keyturn_application::authenticate::Presented;
use keyturn_domain::Timestamp;
use keyturn_domain::access::{self, RequiredAccess};
use keyturn_domain::caller::Caller;
use keyturn_domain::ids::{CompanyId, TokenId};
use keyturn_domain::refusal::Refusal;
use keyturn_domain::secret::SecretString;

use crate::function::{API_TIMEOUT, Invocation, UseCases};
use crate::lock;
use crate::world::World;

/// First parts of the fault sites of actors; all distinct.
pub(crate) mod site {
    pub(crate) const DROPPED: u64 = 0xd0;
    pub(crate) const CREATE: u64 = 0xc1;
    pub(crate) const USE: u64 = 0xc2;
    pub(crate) const REDEEM: u64 = 0xc3;
    pub(crate) const COPY: u64 = 0xc4;
    pub(crate) const BOOTSTRAP: u64 = 0xc5;
    pub(crate) const CLIENT_PLAN: u64 = 0xc6;
    pub(crate) const RECEIVER: u64 = 0xc7;
    pub(crate) const MESSAGE: u64 = 0xc8;
    pub(crate) const USER_ACTION: u64 = 0xc9;
    pub(crate) const SWEEP: u64 = 0xca;
    pub(crate) const DUPLICATE_SWEEP: u64 = 0xcb;
    pub(crate) const LATE_SWEEP: u64 = 0xcc;
    pub(crate) const SCHEDULE_OUTAGE: u64 = 0xcd;
    pub(crate) const CONCURRENT_ACTION: u64 = 0xce;
    pub(crate) const CLIENT: u64 = 0xcf;
    pub(crate) const PULL: u64 = 0xd1;
    pub(crate) const OFFLINE: u64 = 0xd2;
    pub(crate) const TWO_COPIES: u64 = 0xd3;
    pub(crate) const PULL_PLAN: u64 = 0xd4;
    pub(crate) const THEFT: u64 = 0xd5;
}

/// All actors and the strings that they hold.
#[derive(Default)]
pub struct Actors {
    /// Companies, each with a management token.
    pub companies: Vec<(CompanyId, SecretString)>,
    /// Clients with their receivers, by number.
    pub clients: Vec<Client>,
}

/// A client of a company's API and its callback receiver.
#[derive(Default)]
pub struct Client {
    /// The token string in use.
    pub token_string: Option<SecretString>,
    /// The first token of the series in use.
    pub first_token: Option<TokenId>,
    /// Hashes of the request tokens received so far.
    pub received_request_tokens: BTreeSet<[u8; 32]>,
    /// Until when its receiver is offline.
    pub offline_until: Option<Timestamp>,
    /// Tokens with a redemption or pull that started early enough to be repeated until it is answered, and was not refused:
    /// the contract promises a string for each.
    pub asked_in_time: BTreeSet<TokenId>,
    /// Tokens whose successor's string may have been lost: a redemption started too late to be repeated, was not repeated, or
    /// the receiver forgot the answer. Only a later redemption or pull saves their client.
    pub lost_answers: BTreeSet<TokenId>,
}

/// The response to a request.
#[derive(Debug)]
pub enum Response<T> {
    /// The result.
    Success(T),
    /// A refusal.
    Refused(Refusal),
    /// No response or a server error: the effect is unknown.
    Lost,
}

/// Calls an API function.
pub async fn api<T, F>(
    world: &Arc<World>,
    site: &[u64],
    string: &SecretString,
    required: RequiredAccess,
    function: impl FnOnce(UseCases, Caller) -> F + Send,
) -> Response<T>
where
    F: Future<Output = Result<T, Failure>> + Send,
    T: Send,
{
    let invocation = Invocation::new(world, site, API_TIMEOUT);
    let use_cases = UseCases(Arc::clone(&invocation));
    let result = invocation.invoke(async {
        let caller = use_cases.authenticate().run(Presented::Token(string.expose()), None).await;
        let accepted = match &caller {
            Ok(_) => Some(true),
            Err(Failure::Refused(_)) => Some(false),
            Err(Failure::Broken(_)) => None,
        };
        if let Some(accepted) = accepted {
            lock(&world.invariants).authenticated(
                string.id(),
                accepted,
                invocation.started(),
                world.executor.now(),
            );
        }
        let caller = caller?;
        access::permit(&caller, required)?;
        function(use_cases, caller).await
    });
    let result = result.await;
    if let Some(Err(Failure::Broken(error))) = &result
        && !invocation.had_faults()
    {
        world.report_violation(format!("{} failed without an injected fault: {error}", invocation.name()));
    }
    if world.faults.inject(&[&[site::DROPPED], site].concat(), world.scenario.drop_rate).is_some() {
        world.record(7, || format!("{}: the response is dropped", invocation.name()));
        return Response::Lost;
    }
    match result {
        Some(Ok(done)) => Response::Success(done),
        Some(Err(Failure::Refused(refusal))) => Response::Refused(refusal),
        Some(Err(Failure::Broken(_))) | None => Response::Lost,
    }
}

/// The source address of a client, or of another copy of it.
pub(crate) fn address(client: usize, copy: u64) -> Option<IpAddr> {
    let host = u32::try_from(as_u64(client) * 4 + copy).ok()?;
    Some(Ipv4Addr::from(u32::from(Ipv4Addr::new(10, 0, 0, 0)) + host).into())
}

/// The first bytes of a hash or id, as part of a site.
pub(crate) fn leading_u64(bytes: &[u8]) -> u64 {
    bytes.iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

/// A client's number as part of a site.
pub(crate) fn as_u64(number: usize) -> u64 {
    u64::try_from(number).unwrap_or_default()
}
