//! People: they edit, renew by hand, start renewals, rehearse, rotate, copy, look, and deactivate, at random.

use std::sync::Arc;

use chrono::TimeDelta;
use keyturn_application::ports::{Order, Paging, TokenFilter};
use keyturn_application::{deactivate_token, start_renewal};
use keyturn_domain::access::RequiredAccess;
use keyturn_domain::edit::{AutoRenewalPatch, Patch, TokenPatch};
use keyturn_domain::fault::Faults;
use keyturn_domain::ids::TokenId;
use keyturn_domain::manual::RenewalDraft;
use keyturn_domain::refusal::Refusal;
use keyturn_domain::secret::SecretString;

use super::client::receiver_url;
use super::manager::{insist, manager_of, request_key, string_in};
use super::{Answer, api, number, place};
use crate::function::BASE_URL;
use crate::ledger::short;
use crate::lock;
use crate::rng::Rng;
use crate::world::World;

/// Does something on some days, for ever.
pub async fn live(world: Arc<World>, client: usize) {
    let own = u64::try_from(client).unwrap_or_default();
    for day in 0.. {
        let begin = world.executor.now();
        let quirk = world.chance.quirk(&[place::USER, own, day], world.scenario.mischief * 0.12);
        if let Some(mut rng) = quirk {
            world.executor.pause(rng.within(0, 86_000_000)).await;
            act(&world, client, day, rng).await;
        }
        world.executor.until(begin + TimeDelta::days(1)).await;
    }
}

/// Does something with one of a client's tokens.
pub(crate) async fn act(world: &Arc<World>, client: usize, day: u64, mut rng: Rng) {
    let Some(first) = lock(&world.people).clients[client].first else { return };
    // Mostly the newest token of the series, sometimes one that is long past its best.
    let newest = lock(&world.ledger).newest(first);
    let id = if rng.happens(0.9) { newest } else { first };
    let place = [place::USER, u64::try_from(client).unwrap_or_default(), day, 1];
    world.note(16, || format!("somebody turns to token {}", short(id)));
    match rng.within(0, 19) {
        0..=6 => edit(world, &place, client, id, &mut rng).await,
        7 | 8 => renew(world, &place, client, id, &mut rng).await,
        9..=11 => start(world, &place, client, id).await,
        12 => deactivate(world, &place, client, id).await,
        13 => copy(world, &place, client, id).await,
        14 | 15 => test(world, &place, client, id).await,
        16 => rotate(world, &place, client, id).await,
        17 => look(world, &place, client, id).await,
        _ => pry(world, &place, client, id).await,
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
            let auto_renewal = Patch::Set(AutoRenewalPatch { every_days, callback });
            TokenPatch { auto_renewal, mail_recipient: Patch::Set(recipient), ..TokenPatch::default() }
        }
    }
}

async fn edit(world: &Arc<World>, place: &[u64], client: usize, id: TokenId, rng: &mut Rng) {
    let patch = patch(world, client, rng);
    let edited = insist(world, place, client, |functions, caller| {
        let patch = patch.clone();
        async move { functions.update().run(&caller, id, &patch, &Faults::default(), None).await }
    });
    if let Some((seen, _)) = edited.await {
        lock(&world.ledger).shown(&seen.token, world.executor.now());
    }
}

async fn renew(world: &Arc<World>, place: &[u64], client: usize, id: TokenId, rng: &mut Rng) {
    let end = world.now() + TimeDelta::hours(rng.within(0, 72));
    let draft = RenewalDraft {
        existing_token_expires_at: Some(end.to_rfc3339()),
        name: Some(format!("client {client}")),
        description: None,
    };
    let key = request_key(world, place);
    let outcome = insist(world, place, client, |functions, caller| {
        let draft = draft.clone();
        async move {
            let (faults, idempotency) = (Faults::default(), functions.idempotency());
            let renew = functions.renew();
            renew.run(&caller, id, &draft, &faults, (&idempotency, Some(key))).await
        }
    });
    if let Some(string) = outcome.await.and_then(|outcome| string_in(world, &outcome)) {
        world.note(17, || format!("token {} is renewed by hand", short(id)));
        let mut people = lock(&world.people);
        let held = &mut people.clients[client].held;
        // Whoever renews by hand hands the new string over.
        if held.as_ref().is_some_and(|held| held.id() < string.id()) {
            *held = Some(string);
        }
    }
}

async fn start(world: &Arc<World>, place: &[u64], client: usize, id: TokenId) {
    let started = insist(world, place, client, |functions, caller| async move {
        start_renewal::start_renewal(&functions.change(), &caller, id).await
    });
    if let Some(seen) = started.await {
        lock(&world.ledger).shown(&seen.token, world.executor.now());
    }
}

async fn deactivate(world: &Arc<World>, place: &[u64], client: usize, id: TokenId) {
    let ended = insist(world, place, client, |functions, caller| async move {
        deactivate_token::deactivate(&functions.change(), &caller, id).await
    });
    if let Some(seen) = ended.await {
        if seen.token.deactivated_at.is_none() {
            world.violated("a deactivation was answered with a token that is not deactivated");
        }
        lock(&world.ledger).shown(&seen.token, world.executor.now());
    }
}

async fn copy(world: &Arc<World>, place: &[u64], client: usize, id: TokenId) {
    let copied =
        insist(
            world,
            place,
            client,
            |functions, caller| async move { functions.copy().run(&caller, id).await },
        );
    if let Some(string) = copied.await {
        let mut ledger = lock(&world.ledger);
        ledger.given(&string, world.executor.now());
        ledger.copied(id);
    }
}

async fn test(world: &Arc<World>, place: &[u64], client: usize, id: TokenId) {
    let tested = insist(world, place, client, |functions, caller| async move {
        functions.test().run(&caller, id, BASE_URL.to_owned()).await
    });
    tested.await;
}

/// A test's request token gives the token's own string and changes nothing.
pub(crate) async fn redeem_test(world: &Arc<World>, client: usize, key: &SecretString) {
    let Some(held) = lock(&world.people).clients[client].held.clone() else { return };
    let place = [place::REDEEM, number(key.hash().as_bytes()), 2];
    let text = key.expose().to_owned();
    let answer = api(world, &place, &held, RequiredAccess::Any, |functions, caller| async move {
        functions.redeem().run(&caller, &text).await
    });
    match answer.await {
        Answer::Done(string) if string.id() != key.id() => {
            world.violated("a test's request token gave another token's string");
        }
        Answer::Done(string) => lock(&world.ledger).given(&string, world.executor.now()),
        Answer::Refused(Refusal::NotFound(_)) => world.violated("a test's request token is unknown"),
        Answer::Refused(_) | Answer::Lost => {}
    }
}

async fn rotate(world: &Arc<World>, place: &[u64], client: usize, id: TokenId) {
    let rotated =
        insist(
            world,
            place,
            client,
            |functions, caller| async move { functions.rotate().run(&caller, id).await },
        );
    rotated.await;
}

async fn look(world: &Arc<World>, place: &[u64], client: usize, id: TokenId) {
    let seen = insist(world, place, client, |functions, caller| async move {
        let paging = Paging { size: 100, order: Order::Descending, bound: None };
        let now = functions.now();
        let page = functions.list().run(&caller, &TokenFilter::default(), paging, now).await?;
        let foreign = page.iter().any(|seen| seen.token.company != caller.company);
        Ok((functions.get().run(&caller, id).await?, foreign))
    });
    if let Some((seen, foreign)) = seen.await {
        lock(&world.ledger).shown(&seen.token, world.executor.now());
        if foreign {
            world.violated("a list holds another company's token");
        }
    }
}

/// Somebody of another company tries what must look as if there were nothing.
async fn pry(world: &Arc<World>, place: &[u64], client: usize, id: TokenId) {
    let Some(stranger) = manager_of(world, client + 1) else { return };
    let answer =
        api(world, place, &stranger, RequiredAccess::ManageAndWrite, |functions, caller| async move {
            deactivate_token::deactivate(&functions.change(), &caller, id).await
        });
    match answer.await {
        Answer::Done(_) => world.violated("a token was deactivated from another company"),
        Answer::Refused(Refusal::NotFound(_)) | Answer::Lost => {}
        Answer::Refused(refusal) => {
            world.violated(format!("another company's token is not unknown: {refusal}"));
        }
    }
}
