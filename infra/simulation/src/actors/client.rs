//! A client: it uses its string, redeems what its receiver gets, and switches as soon as it has the new string.

use std::sync::Arc;

use chrono::TimeDelta;
use keyturn_application::Failure;
use keyturn_domain::Timestamp;
use keyturn_domain::access::RequiredAccess;
use keyturn_domain::draft::{AutoRenewalDraft, TokenDraft};
use keyturn_domain::fault::Faults;
use keyturn_domain::refusal::Refusal;
use keyturn_domain::secret::{Kind, SecretString};

use super::manager::{insist, manager_of, request_key, string_in};
use super::{Answer, api, number, place};
use crate::ledger::{Redeemed, short};
use crate::lock;
use crate::world::World;

/// A careful client doesn't begin to redeem so late that a lost answer could not be asked for again: the next request
/// token is only hours away.
const MARGIN: TimeDelta = TimeDelta::minutes(10);

/// How long a client waits until it asks again.
const AGAIN_MILLIS: i64 = 10_000;

/// Lives for ever: gets a token, uses it, and gets a new one when it has ended.
pub async fn live(world: Arc<World>, client: usize) {
    let own = u64::try_from(client).unwrap_or_default();
    let mut rng = world.chance.rng(&[place::PLAN, own]);
    for generation in 0.. {
        // Not all at once.
        world.executor.pause(rng.within(0, world.scenario.spread_millis)).await;
        create(&world, client, generation).await;
        let mut uses = 0;
        while lock(&world.people).clients[client].held.is_some() {
            let hours = rng.within(world.scenario.use_hours.0, world.scenario.use_hours.1);
            world.executor.pause(hours * 3_600_000 + rng.within(0, 3_600_000)).await;
            use_string(&world, client, [place::USE, own, generation, uses]).await;
            uses += 1;
        }
        world.executor.pause(rng.within(1, 5 * 86_400_000)).await;
    }
}

async fn create(world: &Arc<World>, client: usize, generation: u64) {
    let own = u64::try_from(client).unwrap_or_default();
    let draft = draft(world, client, generation);
    let place = [place::CREATE, own, generation];
    let key = request_key(world, &place);
    let outcome = insist(world, &place, client, |functions, caller| {
        let draft = draft.clone();
        async move {
            let (faults, idempotency) = (Faults::default(), functions.idempotency());
            let create = functions.create();
            create.run(&caller, &draft, &faults, (&idempotency, Some(key))).await
        }
    });
    let string = outcome.await.and_then(|outcome| string_in(world, &outcome));
    if let Some(string) = string {
        world.note(9, || format!("client {client} has token {}", short(string.id())));
        let mut people = lock(&world.people);
        people.clients[client].first = Some(string.id());
        people.clients[client].held = Some(string);
    }
}

/// What a client's tokens are like.
fn draft(world: &World, client: usize, generation: u64) -> TokenDraft {
    let own = u64::try_from(client).unwrap_or_default();
    let mut rng = world.chance.rng(&[place::PLAN, own, generation]);
    let every_days =
        world.scenario.every_days.unwrap_or_else(|| rng.one_of(&[1, 2, 3, 5, 7, 10, 14, 30, 60]));
    let renews = world.scenario.only_callbacks || rng.happens(0.9);
    let calls = world.scenario.only_callbacks || rng.happens(0.8);
    let recipient = world.scenario.only_callbacks || rng.happens(0.8) || (renews && !calls);
    let ends = !world.scenario.only_callbacks && rng.happens(if renews { 0.3 } else { 0.9 });
    let lives = if renews { every_days + 2 + rng.within(0, 60) } else { rng.within(1, 90) };
    let end = world.now() + TimeDelta::days(lives) + TimeDelta::hours(1);
    TokenDraft {
        name: Some(format!("client {client}")),
        description: None,
        rights: Some("READ".to_owned()),
        applications: Some(vec!["ORDERS".to_owned()]),
        expires_at: ends.then(|| end.to_rfc3339()),
        auto_renewal: renews.then(|| AutoRenewalDraft {
            every_days: Some(every_days),
            callback: calls.then(|| Some(receiver_url(client))),
        }),
        mail_recipient: recipient.then(|| "ops@example.com".to_owned()),
    }
}

/// The address of a client's receiver.
pub fn receiver_url(client: usize) -> String {
    format!("https://r{client}.example.com/renewals")
}

/// Uses the string; if it has ended, somebody sees to it.
async fn use_string(world: &Arc<World>, client: usize, place: [u64; 4]) {
    let Some(held) = lock(&world.people).clients[client].held.clone() else { return };
    let answer = api(world, &place, &held, RequiredAccess::Any, |_, _| async { Ok::<_, Failure>(()) }).await;
    if lock(&world.people).clients[client].held.as_ref() != Some(&held) {
        return;
    }
    let (ended, renewed_otherwise) = {
        let ledger = lock(&world.ledger);
        let renewed = ledger.successor(held.id()).is_some();
        (matches!(answer, Answer::Refused(Refusal::Ended(_))), renewed && !ledger.was_redeemed(held.id()))
    };
    if ended {
        let now = world.executor.now();
        let reckless = lock(&world.people).clients[client].reckless.contains(&held.id());
        if !reckless && lock(&world.ledger).locks_out(held.id(), now) {
            lock(&world.ledger).count("clients locked out");
            world.violated(format!("token {}: its client is locked out", short(held.id())));
        }
    }
    if ended || renewed_otherwise {
        recover(world, client, &held).await;
    }
}

/// People copy the newest token's string for the client, if there is a good one.
async fn recover(world: &Arc<World>, client: usize, held: &SecretString) {
    let newest = lock(&world.ledger).newest(held.id());
    let place =
        [place::COPY, number(&newest.uuid().as_bytes()[8..]), u64::try_from(client).unwrap_or_default()];
    let copied = if newest == held.id() {
        None
    } else {
        let copy = insist(world, &place, client, |functions, caller| async move {
            functions.copy().run(&caller, newest).await
        });
        copy.await
    };
    if let Some(string) = &copied {
        let mut ledger = lock(&world.ledger);
        ledger.given(string, world.executor.now());
        ledger.copied(newest);
    }
    lock(&world.people).clients[client].held = copied;
}

/// Redeems a request token until that is answered or makes no sense any more.
pub async fn redeem(world: Arc<World>, client: usize, key: SecretString, redeem_by: Timestamp, twice: bool) {
    if redeem_by - MARGIN <= world.executor.now() {
        let place = [place::REDEEM, number(key.hash().as_bytes())];
        if world.chance.quirk(&place, 0.2).is_none() {
            return;
        }
        lock(&world.people).clients[client].reckless.insert(key.id());
    }
    world.note(10, || format!("client {client} redeems a request token of {}", short(key.id())));
    if twice {
        let (other, key) = (Arc::clone(&world), key.clone());
        world.executor.spawn(async move { redeem_until_answered(&other, client, &key, redeem_by, 1).await });
    }
    redeem_until_answered(&world, client, &key, redeem_by, 0).await;
}

async fn redeem_until_answered(
    world: &Arc<World>,
    client: usize,
    key: &SecretString,
    redeem_by: Timestamp,
    copy: u64,
) {
    for again in 0.. {
        let Some(held) = lock(&world.people).clients[client].held.clone() else { return };
        let place = [place::REDEEM, number(key.hash().as_bytes()), copy, again];
        // Now and then somebody redeems with a management token instead.
        let by_manager = world.chance.quirk(&place, world.scenario.mischief * 0.05).is_some();
        let caller = if by_manager { manager_of(world, client) } else { None }.unwrap_or(held);
        match redeem_once(world, &place, &caller, key).await {
            Answer::Done(string) => return switch(world, client, string),
            Answer::Refused(refusal) => {
                return world.note(11, || format!("client {client} is refused: {refusal}"));
            }
            Answer::Lost if world.executor.now() < redeem_by => world.executor.pause(AGAIN_MILLIS).await,
            Answer::Lost => return,
        }
    }
}

/// One redemption, judged.
pub async fn redeem_once(
    world: &Arc<World>,
    place: &[u64],
    caller: &SecretString,
    key: &SecretString,
) -> Answer<SecretString> {
    let started = world.executor.now();
    let (text, hash) = (key.expose().to_owned(), key.hash());
    let watched = Arc::clone(world);
    api(world, place, caller, RequiredAccess::Any, move |functions, caller| async move {
        let answer = functions.redeem().run(&caller, &text).await;
        let redeemed = Redeemed { key: hash, caller: caller.id, answer: &answer, started };
        lock(&watched.ledger).redeemed(&redeemed, watched.executor.now());
        answer
    })
    .await
}

/// From now on the client uses the new string, unless it has a newer one already.
fn switch(world: &World, client: usize, string: SecretString) {
    let mut people = lock(&world.people);
    let held = &mut people.clients[client].held;
    if held.as_ref().is_some_and(|held| held.id() < string.id()) {
        world.note(12, || format!("client {client} switches to {}", short(string.id())));
        *held = Some(string);
    }
}

/// A request token as a receiver finds it in a body.
pub fn parse_key(text: &str) -> Option<SecretString> {
    SecretString::parse(Kind::Request, text).ok()
}
