//! A client: uses its token string, redeems the request tokens that its receiver gets, and switches to each new string.

use std::net::IpAddr;
use std::sync::Arc;

use chrono::TimeDelta;
use keyturn_application::Failure;
use keyturn_domain::Timestamp;
use keyturn_domain::access::RequiredAccess;
use keyturn_domain::draft::{AutoRenewalDraft, TokenDraft};
use keyturn_domain::fault::Faults;
use keyturn_domain::ids::TokenId;
use keyturn_domain::refusal::Refusal;
use keyturn_domain::secret::{Kind, SecretString};

use super::manager::{call_with_retries, idempotency_key, manager_of, string_in};
use super::{Response, address, api, as_u64, leading_u64, site};
use crate::invariants::{RedemptionResponse, short_id};
use crate::lock;
use crate::scenario::{Repeats, Way, offline_millis};
use crate::world::World;

/// A well-behaved client doesn't start a redemption this close to the end of the window, since it could not retry after
/// a lost response; the next request token is only hours away.
const MARGIN: TimeDelta = TimeDelta::minutes(10);

/// Delay before a retry.
pub(super) const RETRY_MILLIS: i64 = 10_000;

/// Counts clients without the valid string that the contract promises.
pub const LOCKED_OUT: &str = "clients locked out";

/// Counts clients without a valid string that did not do what it takes to get one.
pub const NO_ANSWER: &str = "clients that completed no redemption and no pull";

/// Runs for ever: creates a token, uses it, and creates another one once it has ended.
pub async fn run(world: Arc<World>, client: usize) {
    let number = as_u64(client);
    let mut rng = world.faults.rng(&[site::CLIENT_PLAN, number]);
    for generation in 0.. {
        // Spreads the clients over time.
        world.executor.wait_millis(rng.within(0, world.scenario.startup_spread_millis)).await;
        create(&world, client, generation).await;
        let mut uses = 0;
        while lock(&world.actors).clients[client].token_string.is_some() {
            let hours = rng.within(world.scenario.hours_between_uses.0, world.scenario.hours_between_uses.1);
            world.executor.wait_millis(hours * 3_600_000 + rng.within(0, 3_600_000)).await;
            use_string(&world, client, [site::USE, number, generation, uses]).await;
            uses += 1;
        }
        world.executor.wait_millis(rng.within(1, 5 * 86_400_000)).await;
    }
}

async fn create(world: &Arc<World>, client: usize, generation: u64) {
    let number = as_u64(client);
    let draft = draft(world, client, generation);
    let site = [site::CREATE, number, generation];
    let key = idempotency_key(world, &site);
    let outcome = call_with_retries(world, &site, client, |use_cases, caller| {
        let draft = draft.clone();
        async move {
            let (faults, idempotency) = (Faults::default(), use_cases.idempotency());
            let create = use_cases.create();
            create.run(&caller, &draft, &faults, (&idempotency, Some(key))).await
        }
    });
    let string = outcome.await.and_then(|outcome| string_in(world, &outcome));
    if let Some(string) = string {
        world.record(9, || format!("client {client} has token {}", short_id(string.id())));
        let mut actors = lock(&world.actors);
        actors.clients[client].first_token = Some(string.id());
        actors.clients[client].token_string = Some(string);
    }
}

/// The settings of a client's tokens.
fn draft(world: &World, client: usize, generation: u64) -> TokenDraft {
    let number = as_u64(client);
    let mut rng = world.faults.rng(&[site::CLIENT_PLAN, number, generation]);
    let every_days =
        world.scenario.every_days.unwrap_or_else(|| rng.one_of(&[1, 2, 3, 5, 7, 10, 14, 30, 60]));
    let uniform = world.scenario.uniform;
    let renews = uniform.is_some() || rng.happens(0.9);
    let has_callback = uniform.map_or_else(|| rng.happens(0.8), |it| it.way == Way::Callback);
    let pulls = uniform.map_or_else(
        || world.faults.rng(&[site::PULL_PLAN, number, generation]).happens(0.4),
        |it| it.way == Way::Pull,
    );
    let has_recipient = uniform.is_some() || rng.happens(0.8) || (renews && !has_callback);
    let expires = uniform.is_none() && rng.happens(if renews { 0.3 } else { 0.9 });
    let lifetime_days = if renews { every_days + 2 + rng.within(0, 60) } else { rng.within(1, 90) };
    let end = world.now() + TimeDelta::days(lifetime_days) + TimeDelta::hours(1);
    TokenDraft {
        name: Some(format!("client {client}")),
        description: None,
        rights: Some("READ".to_owned()),
        applications: Some(vec!["ORDERS".to_owned()]),
        expires_at: expires.then(|| end.to_rfc3339()),
        auto_renewal: renews.then(|| AutoRenewalDraft {
            every_days: Some(every_days),
            callback: has_callback.then(|| Some(receiver_url(client))),
            pull: Some(pulls),
        }),
        mail_recipient: has_recipient.then(|| "ops@example.com".to_owned()),
    }
}

/// The callback URL of a client's receiver.
pub fn receiver_url(client: usize) -> String {
    format!("https://r{client}.example.com/renewals")
}

/// Uses the token string; if it is refused, gets a working one.
pub(super) async fn use_string(world: &Arc<World>, client: usize, site: [u64; 4]) {
    let Some(token_string) = lock(&world.actors).clients[client].token_string.clone() else { return };
    let response =
        api(world, &site, &token_string, RequiredAccess::Any, |_, _| async { Ok::<_, Failure>(()) }).await;
    if lock(&world.actors).clients[client].token_string.as_ref() != Some(&token_string) {
        return;
    }
    let (ended, replaced) = {
        let invariants = lock(&world.invariants);
        let renewed = invariants.successor(token_string.id()).is_some();
        (
            matches!(response, Response::Refused(Refusal::Ended(_))),
            renewed && !invariants.was_redeemed(token_string.id()),
        )
    };
    if ended {
        check_lock_out(world, client, token_string.id());
    }
    if ended || replaced {
        recover(world, client, &token_string).await;
    }
}

/// A client that still uses a predecessor after its end is locked out. The contract excuses that only if it completed no
/// redemption and no pull, and could have.
fn check_lock_out(world: &World, client: usize, token: TokenId) {
    if !lock(&world.invariants).locks_out(token, world.executor.now()) {
        return;
    }
    let is_promised = {
        let client = &lock(&world.actors).clients[client];
        client.asked_in_time.contains(&token) || !client.lost_answers.contains(&token)
    };
    if is_promised {
        lock(&world.invariants).count(LOCKED_OUT);
        world.report_violation(format!("token {}: its client is locked out", short_id(token)));
    } else {
        lock(&world.invariants).count(NO_ANSWER);
    }
}

/// A user copies the newest token's string to the client, if there is a newer token.
async fn recover(world: &Arc<World>, client: usize, token_string: &SecretString) {
    let newest = lock(&world.invariants).newest(token_string.id());
    let site = [site::COPY, leading_u64(&newest.uuid().as_bytes()[8..]), as_u64(client)];
    let copied = if newest == token_string.id() {
        None
    } else {
        let copy = call_with_retries(world, &site, client, |use_cases, caller| async move {
            use_cases.copy().run(&caller, newest).await
        });
        copy.await
    };
    if let Some(string) = &copied {
        let mut invariants = lock(&world.invariants);
        invariants.string_returned(string, world.executor.now());
        invariants.copied(newest);
    }
    lock(&world.actors).clients[client].token_string = copied;
}

/// Redeems a request token until there is a response or the window is over.
pub async fn redeem(
    world: Arc<World>,
    client: usize,
    request_token: SecretString,
    redeem_by: Timestamp,
    twice: bool,
) {
    if redeem_by - MARGIN <= world.executor.now() {
        let site = [site::REDEEM, leading_u64(request_token.hash().as_bytes())];
        if world.faults.inject(&site, 0.2).is_none() {
            return;
        }
        lock(&world.actors).clients[client].lost_answers.insert(request_token.id());
    } else {
        lock(&world.actors).clients[client].asked_in_time.insert(request_token.id());
    }
    world.record(10, || {
        format!("client {client} redeems a request token of {}", short_id(request_token.id()))
    });
    if twice {
        let (other, request_token) = (Arc::clone(&world), request_token.clone());
        world
            .executor
            .spawn(async move { redeem_with_retries(&other, client, &request_token, redeem_by, 1).await });
    }
    redeem_with_retries(&world, client, &request_token, redeem_by, 0).await;
}

async fn redeem_with_retries(
    world: &Arc<World>,
    client: usize,
    request_token: &SecretString,
    redeem_by: Timestamp,
    copy: u64,
) {
    for attempt in 0.. {
        let Some(token_string) = lock(&world.actors).clients[client].token_string.clone() else { return };
        let site = [site::REDEEM, leading_u64(request_token.hash().as_bytes()), copy, attempt];
        // Occasionally a management token redeems instead.
        let by_manager = world.faults.inject(&site, world.scenario.actor_faults * 0.05).is_some();
        let caller = if by_manager { manager_of(world, client) } else { None }.unwrap_or(token_string);
        let address = address(client, if by_manager { 2 } else { copy });
        match redeem_once(world, &site, &caller, request_token, address).await {
            Response::Success(string) => return switch(world, client, string),
            Response::Refused(refusal) => {
                lock(&world.actors).clients[client].asked_in_time.remove(&request_token.id());
                return world.record(11, || format!("client {client} is refused: {refusal}"));
            }
            Response::Lost if world.executor.now() < redeem_by => {
                world.executor.wait_millis(RETRY_MILLIS).await;
            }
            Response::Lost => return,
        }
    }
}

/// Redeems a request token once and forgets the answer, as a receiver does that crashes before it stores the string.
pub async fn redeem_and_forget(world: Arc<World>, client: usize, request_token: SecretString) {
    let Some(token_string) = lock(&world.actors).clients[client].token_string.clone() else { return };
    lock(&world.actors).clients[client].lost_answers.insert(request_token.id());
    let site = [site::REDEEM, leading_u64(request_token.hash().as_bytes()), 3];
    redeem_once(&world, &site, &token_string, &request_token, address(client, 0)).await;
    lock(&world.invariants).count("answers forgotten");
}

/// Redeems a request token once. Whether there was an answer; without one, the client may be offline for hours.
pub async fn redeem_without_repeat(
    world: &Arc<World>,
    client: usize,
    request_token: &SecretString,
    second: u64,
) -> bool {
    let token_string = lock(&world.actors).clients[client].token_string.clone();
    // A client that has the successor's string redeems no more.
    let Some(token_string) = token_string.filter(|string| string.id() == request_token.id()) else {
        return true;
    };
    let site = [site::REDEEM, leading_u64(request_token.hash().as_bytes()), 4, second];
    match redeem_once(world, &site, &token_string, request_token, address(client, 0)).await {
        Response::Success(string) => switch(world, client, string),
        Response::Refused(refusal) => world.record(11, || format!("client {client} is refused: {refusal}")),
        Response::Lost => {
            let offline = (world.scenario.repeats() == Repeats::AfterHours).then(|| {
                let wait = offline_millis(world.faults.rng(&[&[site::OFFLINE], &site[..]].concat()));
                world.executor.now() + TimeDelta::milliseconds(wait)
            });
            let client = &mut lock(&world.actors).clients[client];
            client.lost_answers.insert(request_token.id());
            // Once; then it is back for good.
            client.offline_until = client.offline_until.or(offline);
            return false;
        }
    }
    true
}

/// One redemption, with its response checked.
pub async fn redeem_once(
    world: &Arc<World>,
    site: &[u64],
    caller: &SecretString,
    request_token: &SecretString,
    address: Option<IpAddr>,
) -> Response<SecretString> {
    let started = world.executor.now();
    let (text, hash) = (request_token.expose().to_owned(), request_token.hash());
    let checker = Arc::clone(world);
    api(world, site, caller, RequiredAccess::Any, move |use_cases, caller| async move {
        let response = use_cases.redeem().run(caller.token()?, &text, None, address).await;
        let redeemed = RedemptionResponse {
            request_token: hash,
            caller: caller.token()?.id,
            address,
            response: &response,
            started,
        };
        lock(&checker.invariants).redeemed(&redeemed, checker.executor.now());
        response
    })
    .await
}

/// Switches the client to the new string, unless it already has a newer one.
pub(super) fn switch(world: &World, client: usize, string: SecretString) {
    let mut actors = lock(&world.actors);
    let token_string = &mut actors.clients[client].token_string;
    if token_string.as_ref().is_some_and(|token_string| token_string.id() < string.id()) {
        world.record(12, || format!("client {client} switches to {}", short_id(string.id())));
        *token_string = Some(string);
    }
}

/// Parses the request token of a callback body.
pub fn parse_request_token(text: &str) -> Option<SecretString> {
    SecretString::parse(Kind::Request, text).ok()
}
