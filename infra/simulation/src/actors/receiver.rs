//! A receiver of callbacks: up, down, slow, lying, late, eager or twice as eager.

use std::sync::Arc;

use chrono::TimeDelta;
use keyturn_application::ports::CallbackMessage;
use keyturn_domain::Timestamp;
use keyturn_domain::delivery::{Failure, FailureClass};
use keyturn_domain::secret::SecretString;
use serde_json::Value;

use super::client::{self, parse_key};
use super::{number, place, user};
use crate::lock;
use crate::rng::Rng;
use crate::world::World;

/// How a receiver behaves on one day.
#[derive(Clone, Copy, Debug)]
enum Mood {
    /// Keeps the request token, answers, and redeems at once.
    Good,
    /// Is not there.
    Down,
    /// Keeps it, but answers too late.
    Slow,
    /// Answers an error and keeps nothing, or everything.
    Failing { keeps: bool },
    /// Does not want to be asked again.
    Gone,
    /// Says yes and forgets it.
    Lying,
    /// Redeems minutes or hours later.
    Late,
    /// Redeems twice at once.
    Twice,
}

const MOODS: [Mood; 9] = [
    Mood::Down,
    Mood::Slow,
    Mood::Failing { keeps: true },
    Mood::Failing { keeps: false },
    Mood::Gone,
    Mood::Lying,
    Mood::Late,
    Mood::Twice,
    Mood::Good,
];

/// A callback arrives. What is answered, and how many milliseconds that takes.
pub(crate) fn receive(world: &Arc<World>, message: &CallbackMessage) -> (Result<u16, Failure>, i64) {
    let Some(callback) = Callback::read(message) else {
        world.violated("a callback that no receiver can read");
        return (Ok(200), 0);
    };
    let (mood, mut rng) = mood(world, callback.client, &message.id);
    world.note(13, || format!("receiver {} gets a callback and is {mood:?}", callback.client));
    let failed = |class, status, retry_after| Err(Failure { class, status, retry_after });
    let keep = |wait: i64, twice: bool| callback.keep(world, wait, twice);
    match mood {
        Mood::Good => keep(0, false),
        Mood::Down => return (failed(FailureClass::Connection, None, None), 0),
        Mood::Slow => {
            keep(rng.within(0, 60_000), false);
            return (failed(FailureClass::Timeout, None, None), 10_000);
        }
        Mood::Failing { keeps } => {
            if keeps {
                keep(rng.within(0, 60_000), false);
            }
            let retry_after = rng.happens(0.3).then(|| TimeDelta::seconds(rng.within(0, 10_000)));
            return (failed(FailureClass::Status, Some(503), retry_after), 20);
        }
        Mood::Gone => return (failed(FailureClass::Status, Some(410), None), 20),
        Mood::Lying => {}
        Mood::Late => keep(rng.within(0, 150 * 60_000), false),
        Mood::Twice => keep(0, true),
    }
    // Some redeem before they answer, some meanwhile, some afterwards.
    (Ok(200), rng.within(0, 3_000))
}

/// A mood lasts for a day; once in a while a single callback meets another one.
fn mood(world: &World, client: usize, message: &str) -> (Mood, Rng) {
    let own = u64::try_from(client).unwrap_or_default();
    let day = world.now().timestamp().div_euclid(86_400).unsigned_abs();
    let second = world.now().timestamp().unsigned_abs();
    let places = [
        (vec![place::RECEIVER, own, day / 3], 0.25),
        (vec![place::MESSAGE, own, number(message.as_bytes()), second], 0.2),
    ];
    for (place, probability) in places {
        if let Some(mut rng) = world.chance.quirk(&place, probability * world.scenario.mischief) {
            return (rng.one_of(&MOODS), rng);
        }
    }
    (Mood::Good, world.chance.rng(&[place::MESSAGE, own, second]))
}

/// A callback as a receiver reads it.
struct Callback {
    client: usize,
    test: bool,
    key: SecretString,
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
            key: parse_key(data["requestToken"].as_str()?)?,
            redeem_by: data["redeemBy"].as_str()?.parse().ok()?,
        };
        let addressed = data["tokenId"] == callback.key.id().to_string();
        (signed && addressed && !message.secrets.is_empty()).then_some(callback)
    }

    /// Keeps the request token and redeems it after a while, once however often it arrives.
    fn keep(&self, world: &Arc<World>, wait_millis: i64, twice: bool) {
        let (client, hash) = (self.client, *self.key.hash().as_bytes());
        let new = match lock(&world.people).clients.get_mut(client) {
            Some(client) => client.taken.insert(hash),
            None => false,
        };
        if !new {
            return;
        }
        let (key, redeem_by) = (self.key.clone(), self.redeem_by);
        let after = Arc::clone(world);
        if self.test {
            world.executor.spawn(async move { user::redeem_test(&after, client, &key).await });
            return;
        }
        let own = [place::COINCIDENCE, number(&hash)];
        if let Some(rng) = world.chance.quirk(&own, world.scenario.mischief * 0.1) {
            // Somebody does something with the token at the very moment of its redemption.
            let world = Arc::clone(world);
            let day = number(&hash);
            world.clone().executor.spawn(async move { user::act(&world, client, day, rng).await });
        }
        world.executor.spawn(async move {
            after.executor.pause(wait_millis).await;
            client::redeem(Arc::clone(&after), client, key, redeem_by, twice).await;
        });
    }
}
