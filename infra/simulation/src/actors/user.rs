//! Users: they edit, renew manually, start renewals, test, rotate, copy, read and deactivate, at random.

use std::sync::Arc;

use chrono::TimeDelta;
use keyturn_application::deactivate_token;
use keyturn_application::ports::{Order, Paging, TokenFilter};
use keyturn_application::start_renewal::{Occasion, start_renewal};
use keyturn_domain::access::RequiredAccess;
use keyturn_domain::edit::{AutoRenewalPatch, Patch, TokenPatch};
use keyturn_domain::fault::Faults;
use keyturn_domain::ids::TokenId;
use keyturn_domain::manual::RenewalDraft;
use keyturn_domain::mass_renewal::{self, Selection};
use keyturn_domain::refusal::Refusal;
use keyturn_domain::secret::SecretString;

use super::client::receiver_url;
use super::manager::{call_with_retries, idempotency_key, manager_of, string_in};
use super::{Response, address, api, as_u64, leading_u64, site};
use crate::function::BASE_URL;
use crate::invariants::short_id;
use crate::lock;
use crate::rng::Rng;
use crate::world::World;

/// Acts on some days, for ever.
pub async fn run(world: Arc<World>, client: usize) {
    let number = as_u64(client);
    for day in 0.. {
        let simulate = world.executor.now();
        let fault =
            world.faults.inject(&[site::USER_ACTION, number, day], world.scenario.actor_faults * 0.12);
        if let Some(mut rng) = fault {
            world.executor.wait_millis(rng.within(0, 86_000_000)).await;
            take_action(&world, client, day, rng).await;
        }
        world.executor.wait_until(simulate + TimeDelta::days(1)).await;
    }
}

/// Acts on one of a client's tokens.
pub(crate) async fn take_action(world: &Arc<World>, client: usize, day: u64, mut rng: Rng) {
    let Some(first) = lock(&world.actors).clients[client].first_token else { return };
    // Mostly the newest token of the series, sometimes the first.
    let newest = lock(&world.invariants).newest(first);
    let id = if rng.happens(0.9) { newest } else { first };
    let site = [site::USER_ACTION, as_u64(client), day, 1];
    world.record(16, || format!("a user acts on token {}", short_id(id)));
    match rng.within(0, 19) {
        0..=6 => edit(world, &site, client, id, &mut rng).await,
        7 | 8 => renew(world, &site, client, id, &mut rng).await,
        9 | 10 => start(world, &site, client, id, rng.happens(0.2)).await,
        11 => start_all(world, &site, client, &mut rng).await,
        12 => deactivate(world, &site, client, id).await,
        13 => copy(world, &site, client, id).await,
        14 | 15 => test_callback(world, &site, client, id).await,
        16 => rotate(world, &site, client, id).await,
        17 => read(world, &site, client, id).await,
        _ => access_foreign_token(world, &site, client, id).await,
    }
}

fn patch(world: &World, client: usize, rng: &mut Rng) -> TokenPatch {
    let recipient = "ops@example.com".to_owned();
    match rng.within(0, 5) {
        0 => {
            TokenPatch { description: Patch::Set(format!("as of {}", world.now())), ..TokenPatch::default() }
        }
        1 => TokenPatch { auto_renewal: Patch::Remove, ..TokenPatch::default() },
        2 => TokenPatch { mail_recipient: Patch::Remove, ..TokenPatch::default() },
        3 => TokenPatch { mail_recipient: Patch::Set(recipient), ..TokenPatch::default() },
        more => {
            let every_days = Patch::Set(rng.one_of(&[1, 2, 4, 8, 20, 40]));
            let callback = if more == 4 { Patch::Set(Patch::Set(receiver_url(client))) } else { Patch::Keep };
            let auto_renewal =
                Patch::Set(AutoRenewalPatch { every_days, callback, ..AutoRenewalPatch::default() });
            TokenPatch { auto_renewal, mail_recipient: Patch::Set(recipient), ..TokenPatch::default() }
        }
    }
}

async fn edit(world: &Arc<World>, site: &[u64], client: usize, id: TokenId, rng: &mut Rng) {
    let patch = patch(world, client, rng);
    let edited = call_with_retries(world, site, client, |use_cases, caller| {
        let patch = patch.clone();
        async move { use_cases.update().run(&caller, id.into(), &patch, &Faults::default(), None).await }
    });
    if let Some((seen, _)) = edited.await {
        lock(&world.invariants).token_returned(&seen.token, world.executor.now());
    }
}

async fn renew(world: &Arc<World>, site: &[u64], client: usize, id: TokenId, rng: &mut Rng) {
    let end = world.now() + TimeDelta::hours(rng.within(0, 72));
    let draft = RenewalDraft {
        existing_token_expires_at: Some(end.to_rfc3339()),
        name: Some(format!("client {client}")),
        description: None,
    };
    let key = idempotency_key(world, site);
    let outcome = call_with_retries(world, site, client, |use_cases, caller| {
        let draft = draft.clone();
        async move {
            let (faults, idempotency) = (Faults::default(), use_cases.idempotency());
            let renew = use_cases.renew();
            renew.run(&caller, id, &draft, &faults, (&idempotency, Some(key))).await
        }
    });
    if let Some(string) = outcome.await.and_then(|outcome| string_in(world, &outcome)) {
        world.record(17, || format!("token {} is renewed manually", short_id(id)));
        let mut actors = lock(&world.actors);
        let token_string = &mut actors.clients[client].token_string;
        // Whoever renews manually passes the new string on to the client.
        if token_string.as_ref().is_some_and(|token_string| token_string.id() < string.id()) {
            *token_string = Some(string);
        }
    }
}

async fn start(world: &Arc<World>, site: &[u64], client: usize, id: TokenId, suspected: bool) {
    let occasion = if suspected { Occasion::SuspectedLeak } else { Occasion::Any };
    let started = call_with_retries(world, site, client, |use_cases, caller| async move {
        start_renewal(&use_cases.change(), &caller, id.into(), occasion).await
    });
    if let Some(seen) = started.await {
        lock(&world.invariants).token_returned(&seen.token, world.executor.now());
    }
}

/// Starts the renewal of all tokens of the company, over some hours.
async fn start_all(world: &Arc<World>, site: &[u64], client: usize, rng: &mut Rng) {
    let over_hours = rng.one_of(&[1, 5, 24]);
    let key = idempotency_key(world, site);
    let ordered = call_with_retries(world, site, client, |use_cases, caller| async move {
        let selection = Selection::Matching { application: None, search: None, older_than_days: None };
        let order = mass_renewal::Order { selection, over_hours };
        use_cases.start_renewals().order(&caller, order, Some(key)).await
    });
    if ordered.await.is_some() {
        lock(&world.invariants).count("mass renewals");
    }
}

async fn deactivate(world: &Arc<World>, site: &[u64], client: usize, id: TokenId) {
    let ended = call_with_retries(world, site, client, |use_cases, caller| async move {
        deactivate_token::deactivate(&use_cases.change(), &caller, id.into()).await
    });
    if let Some(seen) = ended.await {
        if seen.token.deactivated_at.is_none() {
            world.report_violation("the response to a deactivation shows an active token");
        }
        lock(&world.invariants).token_returned(&seen.token, world.executor.now());
    }
}

async fn copy(world: &Arc<World>, site: &[u64], client: usize, id: TokenId) {
    let copied = call_with_retries(world, site, client, |use_cases, caller| async move {
        use_cases.copy().run(&caller, id).await
    });
    if let Some(string) = copied.await {
        let mut invariants = lock(&world.invariants);
        invariants.string_returned(&string, world.executor.now());
        invariants.copied(id);
    }
}

async fn test_callback(world: &Arc<World>, site: &[u64], client: usize, id: TokenId) {
    let tested = call_with_retries(world, site, client, |use_cases, caller| async move {
        use_cases.test().run(&caller, id, BASE_URL.to_owned()).await
    });
    tested.await;
}

/// A test's request token returns the token's number string and changes nothing.
pub(crate) async fn redeem_test(world: &Arc<World>, client: usize, request_token: &SecretString) {
    let Some(token_string) = lock(&world.actors).clients[client].token_string.clone() else { return };
    let site = [site::REDEEM, leading_u64(request_token.hash().as_bytes()), 2];
    let text = request_token.expose().to_owned();
    let response = api(world, &site, &token_string, RequiredAccess::Any, |use_cases, caller| async move {
        use_cases.redeem().run(caller.token()?, &text, None, address(client, 0)).await
    });
    match response.await {
        Response::Success(string) if string.id() != request_token.id() => {
            world.report_violation("a test's request token returned another token's string");
        }
        Response::Success(string) => {
            let mut invariants = lock(&world.invariants);
            invariants.handed_over(string.id());
            invariants.string_returned(&string, world.executor.now());
        }
        Response::Refused(Refusal::NotFound(_)) => {
            world.report_violation("a test's request token is unknown");
        }
        Response::Refused(_) | Response::Lost => {}
    }
}

async fn rotate(world: &Arc<World>, site: &[u64], client: usize, id: TokenId) {
    let rotated = call_with_retries(world, site, client, |use_cases, caller| async move {
        use_cases.rotate().run(&caller, id, false).await
    });
    rotated.await;
}

async fn read(world: &Arc<World>, site: &[u64], client: usize, id: TokenId) {
    let seen = call_with_retries(world, site, client, |use_cases, caller| async move {
        let paging = Paging { size: 100, order: Order::Descending, bound: None };
        let now = use_cases.now();
        let page = use_cases.list().run(&caller, &TokenFilter::default(), paging, now).await?;
        let foreign = page.items.iter().any(|(token, _)| token.company != *caller.company());
        Ok((use_cases.get().run(&caller, id.into()).await?, foreign))
    });
    if let Some((seen, foreign)) = seen.await {
        lock(&world.invariants).token_returned(&seen.token, world.executor.now());
        if foreign {
            world.report_violation("a list contains another company's token");
        }
    }
}

/// A caller of another company gets the same response as for an unknown token.
async fn access_foreign_token(world: &Arc<World>, site: &[u64], client: usize, id: TokenId) {
    let Some(foreign_manager) = manager_of(world, client + 1) else { return };
    let response =
        api(world, site, &foreign_manager, RequiredAccess::ManageAndWrite, |use_cases, caller| async move {
            deactivate_token::deactivate(&use_cases.change(), &caller, id.into()).await
        });
    match response.await {
        Response::Success(_) => world.report_violation("a token was deactivated by another company"),
        Response::Refused(Refusal::NotFound(_)) | Response::Lost => {}
        Response::Refused(refusal) => {
            world.report_violation(format!("another company's token must look unknown: {refusal}"));
        }
    }
}
