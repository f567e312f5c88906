//! A client: uses its token string, redeems the request tokens that its receiver gets, and switches to each new string.

use std::sync::Arc;

use chrono::TimeDelta;
use keyturn_application::Failure;
use keyturn_domain::Timestamp;
use keyturn_domain::access::RequiredAccess;
use keyturn_domain::draft::{AutoRenewalDraft, TokenDraft};
use keyturn_domain::fault::Faults;
use keyturn_domain::refusal::Refusal;
use keyturn_domain::secret::{Kind, SecretString};

use super::manager::{call_with_retries, idempotency_key, manager_of, string_in};
use super::{Response, api, as_u64, leading_u64, site};
use crate::invariants::{RedemptionResponse, short_id};
use crate::lock;
use crate::world::World;

/// A well-behaved client doesn't start a redemption this close to the end of the window, since it could not retry after
/// a lost response; the next request token is only hours away.
const MARGIN: TimeDelta = TimeDelta::minutes(10);

/// Delay before a retry.
pub(super) const RETRY_MILLIS: i64 = 10_000;

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
    let renews = world.scenario.callbacks_only || rng.happens(0.9);
    let has_callback = world.scenario.callbacks_only || rng.happens(0.8);
    let pulls = !world.scenario.callbacks_only
        && world.faults.rng(&[site::PULL_PLAN, number, generation]).happens(0.4);
    let has_recipient = world.scenario.callbacks_only || rng.happens(0.8) || (renews && !has_callback);
    let expires = !world.scenario.callbacks_only && rng.happens(if renews { 0.3 } else { 0.9 });
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
async fn use_string(world: &Arc<World>, client: usize, site: [u64; 4]) {
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
        let now = world.executor.now();
        let redeemed_late = lock(&world.actors).clients[client].redeemed_late.contains(&token_string.id());
        if !redeemed_late && lock(&world.invariants).locks_out(token_string.id(), now) {
            lock(&world.invariants).count("clients locked out");
            world
                .report_violation(format!("token {}: its client is locked out", short_id(token_string.id())));
        }
    }
    if ended || replaced {
        recover(world, client, &token_string).await;
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
        lock(&world.actors).clients[client].redeemed_late.insert(request_token.id());
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
        match redeem_once(world, &site, &caller, request_token).await {
            Response::Success(string) => return switch(world, client, string),
            Response::Refused(refusal) => {
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
    lock(&world.actors).clients[client].redeemed_late.insert(request_token.id());
    let site = [site::REDEEM, leading_u64(request_token.hash().as_bytes()), 3];
    redeem_once(&world, &site, &token_string, &request_token).await;
    lock(&world.invariants).count("answers forgotten");
}

/// One redemption, with its response checked.
pub async fn redeem_once(
    world: &Arc<World>,
    site: &[u64],
    caller: &SecretString,
    request_token: &SecretString,
) -> Response<SecretString> {
    let started = world.executor.now();
    let (text, hash) = (request_token.expose().to_owned(), request_token.hash());
    let checker = Arc::clone(world);
    api(world, site, caller, RequiredAccess::Any, move |use_cases, caller| async move {
        let response = use_cases.redeem().run(&caller, &text).await;
        let redeemed =
            RedemptionResponse { request_token: hash, caller: caller.id, response: &response, started };
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
