//! A callback receiver: up, down, slow, failing, late, or redeeming twice.

use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use keyturn_application::ports::CallbackMessage;
use keyturn_domain::Timestamp;
use keyturn_domain::delivery::{Failure, FailureClass};
use keyturn_domain::secret::SecretString;
use serde_json::Value;

use super::client::{self, parse_request_token};
use super::{as_u64, leading_u64, site, user};
use crate::lock;
use crate::rng::Rng;
use crate::world::World;

/// How long the sender of a callback waits for an answer.
const TIMEOUT_SECONDS: i64 = 10;

/// How a receiver handles callbacks.
#[derive(Clone, Copy, Debug)]
enum Behaviour {
    /// Accepts the request token, responds, and redeems at once.
    Normal,
    /// Is unreachable.
    Unreachable,
    /// Accepts the request token, but responds too late.
    TimesOut,
    /// Responds with an error, with or without accepting the request token.
    Fails { keeps: bool },
    /// Responds 410, to receive no more callbacks.
    Gone,
    /// Responds with success, but loses the request token.
    LosesRequestToken,
    /// Redeems minutes or hours later.
    RedeemsLate,
    /// Redeems twice concurrently.
    RedeemsTwice,
    /// Redeems, and forgets the answer.
    RedeemsAndForgets,
}

const BEHAVIOURS: [Behaviour; 10] = [
    Behaviour::Unreachable,
    Behaviour::TimesOut,
    Behaviour::Fails { keeps: true },
    Behaviour::Fails { keeps: false },
    Behaviour::Gone,
    Behaviour::LosesRequestToken,
    Behaviour::RedeemsLate,
    Behaviour::RedeemsTwice,
    Behaviour::RedeemsAndForgets,
    Behaviour::Normal,
];

/// Handles a callback. Returns the response and how many milliseconds it takes.
pub(crate) fn receive(world: &Arc<World>, message: &CallbackMessage) -> (Result<u16, Failure>, i64) {
    let Some(callback) = Callback::read(message) else {
        world.report_violation("a malformed callback");
        return (Ok(200), 0);
    };
    let (behaviour, mut rng) = behaviour(world, callback.client, &message.id);
    world.record(13, || format!("receiver {} gets a callback: {behaviour:?}", callback.client));
    let failed = |class, status, retry_after| Err(Failure { class, status, retry_after });
    let forgets = matches!(behaviour, Behaviour::RedeemsAndForgets);
    let keep = |wait: i64, twice: bool| callback.keep(world, wait, twice, forgets);
    match behaviour {
        Behaviour::Normal | Behaviour::RedeemsAndForgets => keep(0, false),
        Behaviour::Unreachable => return (failed(FailureClass::Connection, None, None), 0),
        Behaviour::TimesOut => {
            keep(rng.within(0, 60_000), false);
            return (failed(FailureClass::Timeout, None, None), 10_000);
        }
        Behaviour::Fails { keeps } => {
            if keeps {
                keep(rng.within(0, 60_000), false);
            }
            let retry_after = rng.happens(0.3).then(|| TimeDelta::seconds(rng.within(0, 10_000)));
            return (failed(FailureClass::Status, Some(503), retry_after), 20);
        }
        Behaviour::Gone => return (failed(FailureClass::Status, Some(410), None), 20),
        Behaviour::LosesRequestToken => {}
        Behaviour::RedeemsLate => keep(rng.within(0, 150 * 60_000), false),
        Behaviour::RedeemsTwice => keep(0, true),
    }
    // So redemptions happen before, during and after the response.
    (Ok(200), rng.within(0, 3_000))
}

/// Handles a callback as a receiver does that redeems before it answers. Without an answer, it answers with an error instead of
/// repeating the redemption, or is offline for hours and repeats it from then on.
pub(crate) async fn redeem_first(world: &Arc<World>, message: &CallbackMessage) -> Result<u16, Failure> {
    let failed = |class, status| Err(Failure { class, status, retry_after: None });
    let Some(callback) = Callback::read(message) else {
        world.report_violation("a malformed callback");
        return Ok(200);
    };
    let client = callback.client;
    let offline_until = lock(&world.actors).clients[client].offline_until;
    match offline_until {
        Some(until) if world.executor.now() < until => return failed(FailureClass::Connection, None),
        Some(_) => return receive(world, message).0,
        None => {}
    }
    let answered = Arc::new(Mutex::new(None));
    let (later, result) = (Arc::clone(world), Arc::clone(&answered));
    let second = world.now().timestamp().unsigned_abs();
    world.executor.spawn(async move {
        let is_answered =
            client::redeem_without_repeat(&later, client, &callback.request_token, second).await;
        *lock(&result) = Some(is_answered);
    });
    for _ in 0..TIMEOUT_SECONDS * 10 {
        world.executor.wait_millis(100).await;
        match *lock(&answered) {
            Some(true) => return Ok(200),
            Some(false) => return failed(FailureClass::Status, Some(503)),
            None => {}
        }
    }
    failed(FailureClass::Timeout, None)
}

/// Unusual behaviour lasts for days or applies to a single callback.
fn behaviour(world: &World, client: usize, message: &str) -> (Behaviour, Rng) {
    let number = as_u64(client);
    let day = world.now().timestamp().div_euclid(86_400).unsigned_abs();
    let second = world.now().timestamp().unsigned_abs();
    let sites = [
        (vec![site::RECEIVER, number, day / 3], 0.25),
        (vec![site::MESSAGE, number, leading_u64(message.as_bytes()), second], 0.2),
    ];
    for (site, probability) in sites {
        if let Some(mut rng) = world.faults.inject(&site, probability * world.scenario.actor_faults) {
            return (rng.one_of(&BEHAVIOURS), rng);
        }
    }
    (Behaviour::Normal, world.faults.rng(&[site::MESSAGE, number, second]))
}

/// A callback as a receiver parses it.
struct Callback {
    client: usize,
    test: bool,
    request_token: SecretString,
    redeem_by: Timestamp,
}

impl Callback {
    fn read(message: &CallbackMessage) -> Option<Self> {
        let host = message.url.as_str().strip_prefix("https://r")?;
        let client = host.split_once('.')?.0.parse().ok()?;
        let body: Value = serde_json::from_str(&message.body.0).ok()?;
        let data = &body["data"];
        let signed = message.secrets.iter().all(|secret| secret.expose().starts_with("whsec_"));
        let callback = Self {
            client,
            test: body["type"] == "apiAccessToken.test",
            request_token: parse_request_token(data["requestToken"].as_str()?)?,
            redeem_by: data["redeemBy"].as_str()?.parse().ok()?,
        };
        let addressed = data["tokenId"] == callback.request_token.id().to_string();
        (signed && addressed && !message.secrets.is_empty()).then_some(callback)
    }

    /// Accepts the request token and redeems it after a delay, once however often it arrives.
    fn keep(&self, world: &Arc<World>, wait_millis: i64, twice: bool, forgets: bool) {
        let (client, hash) = (self.client, *self.request_token.hash().as_bytes());
        let new = match lock(&world.actors).clients.get_mut(client) {
            Some(client) => client.received_request_tokens.insert(hash),
            None => false,
        };
        if !new {
            return;
        }
        let (request_token, redeem_by) = (self.request_token.clone(), self.redeem_by);
        let later = Arc::clone(world);
        if self.test {
            world.executor.spawn(async move { user::redeem_test(&later, client, &request_token).await });
            return;
        }
        let site = [site::CONCURRENT_ACTION, leading_u64(&hash)];
        if let Some(rng) = world.faults.inject(&site, world.scenario.actor_faults * 0.1) {
            // A user acts on the token at the moment of its redemption.
            let world = Arc::clone(world);
            let day = leading_u64(&hash);
            world.clone().executor.spawn(async move { user::take_action(&world, client, day, rng).await });
        }
        world.executor.spawn(async move {
            later.executor.wait_millis(wait_millis).await;
            if forgets {
                return client::redeem_and_forget(later, client, request_token).await;
            }
            client::redeem(Arc::clone(&later), client, request_token, redeem_by, twice).await;
        });
    }
}
