//! Verifications: what they take of the processor, and how many there are in a second through the handler, next to the
//! bare `GetItem` that each of them is.

use std::future::Future;
use std::time::Duration;

use anyhow::{Context as _, Result};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::DateTime;
use futures::future::try_join_all;
use keyturn_domain::access::{permit_use, verify};
use keyturn_domain::credential::Credential;
use keyturn_domain::secret::{Kind, SecretString};
use keyturn_domain::settings::{Applications, Name, Rights};
use keyturn_functions::authorizer::{Authorizer, Event};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::api::{Api, text};
use crate::samples::{median, millis, percentile, rate, start};
use crate::units::event_text;
use crate::world::Services;

/// Rates and latencies with a number of clients; medians over rounds.
#[derive(Clone, Debug, Serialize)]
pub struct Verifications {
    /// Clients at once.
    pub clients: usize,
    /// Verifications per second through the handler.
    pub handler: Rate,
    /// Bare `GetItem` calls per second of the same client.
    pub bare: Rate,
    /// The first in units of the second, round by round.
    pub ratio: f64,
}

/// How much of something there is.
#[derive(Clone, Debug, Serialize)]
pub struct Rate {
    /// In a second.
    pub per_second: f64,
    /// Milliseconds that half of them took at most.
    pub p50_ms: f64,
    /// Milliseconds that 99 of 100 took at most.
    pub p99_ms: f64,
}

/// Nanoseconds of parsing, checking, hashing and deciding, without any input or output: the median of batches.
pub fn cpu_ns(batches: usize) -> Result<f64> {
    const BATCH: u32 = 20_000;
    let now = DateTime::UNIX_EPOCH;
    let string =
        SecretString::new(Kind::Token, keyturn_domain::ids::TokenId::new(Uuid::from_u128(7)), &[9; 32]);
    let credential = Credential {
        id: string.id(),
        company: "acme".parse()?,
        series: string.id(),
        name: Name::stored("partner".to_owned()),
        rights: Rights::Read,
        applications: Applications::stored(vec!["ORDERS".to_owned(), "PRODUCTS".to_owned()]),
        hash: string.hash(),
        created_at: now,
        expires_at: None,
        deactivated_at: None,
        renewed: None,
        last_used_at: Some(now),
    };
    let text = string.expose();
    let mut nanos = Vec::with_capacity(batches);
    for _ in 0..batches {
        // Copies are made beforehand: in the handler, too, the credential is handed over.
        let stored: Vec<_> = (0..BATCH).map(|_| Some(credential.clone())).collect();
        let mut kept = Vec::with_capacity(stored.len());
        let started = start();
        for credential in stored {
            let string = SecretString::parse(Kind::Token, std::hint::black_box(text))?;
            let caller = verify(credential, &string, now)?;
            permit_use(&caller, "ORDERS", Rights::Read)?;
            kept.push(caller);
        }
        nanos.push(started.elapsed().as_secs_f64() * 1e9 / f64::from(BATCH));
        drop(kept);
    }
    Ok(median(&nanos))
}

/// Rounds of the handler and of the bare call by turns, for each number of clients.
pub async fn measure(services: &Services, rounds: usize, round: Duration) -> Result<Vec<Verifications>> {
    let (environment, _) = services.environment(&services.dynamodb);
    let token = json!({"name": "partner", "rights": "READ", "applications": ["ORDERS"]});
    let created = Api::build(&environment).await?.create(&token).await?;
    let event = event_text(text(&created, "token")?);
    let key = format!("CREDENTIAL#{}", text(&created, "id")?);
    let authorizer = keyturn_functions::authorizer::build(&environment).await?;
    let client = Client::new(environment.sdk());
    let mut results = Vec::new();
    for clients in [1, 32] {
        let (mut handler, mut bare, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for number in 0..=rounds {
            let own = run(clients, round, || through_handler(&authorizer, &event)).await?;
            let limit = run(clients, round, || get_item(&client, &key)).await?;
            // The first round opens connections and fills caches.
            if number > 0 {
                ratios.push(own.per_second / limit.per_second);
                handler.push(own);
                bare.push(limit);
            }
        }
        let (handler, bare) = (Rate::median(&handler), Rate::median(&bare));
        results.push(Verifications { clients, handler, bare, ratio: median(&ratios) });
    }
    Ok(results)
}

/// What the function does with an event, from its text to the answer's.
async fn through_handler(authorizer: &Authorizer, event: &str) -> Result<()> {
    let event: Event = serde_json::from_str(event)?;
    let answer = serde_json::to_string(&authorizer.answer(&event).await?)?;
    anyhow::ensure!(answer.starts_with("{\"isAuthorized\":true"), "refused: {answer}");
    Ok(())
}

/// What no verification can do without.
async fn get_item(client: &Client, key: &str) -> Result<()> {
    let request = client.get_item().table_name("keyturn").consistent_read(true);
    let request = request.key("pk", AttributeValue::S(key.to_owned()));
    let output = request.key("sk", AttributeValue::S("CREDENTIAL".to_owned())).send().await?;
    output.item.context("no item")?;
    Ok(())
}

/// Some clients that call again and again for a while.
async fn run<F: Future<Output = Result<()>>>(
    clients: usize,
    time: Duration,
    call: impl Fn() -> F,
) -> Result<Rate> {
    let started = start();
    let client = || async {
        let mut taken = Vec::new();
        while started.elapsed() < time {
            let asked = start();
            call().await?;
            taken.push(millis(asked.elapsed()));
        }
        Ok::<_, anyhow::Error>(taken)
    };
    let taken = try_join_all((0..clients).map(|_| client())).await?.concat();
    Ok(Rate {
        per_second: rate(taken.len(), started.elapsed()),
        p50_ms: median(&taken),
        p99_ms: percentile(&taken, 99.0),
    })
}

impl Rate {
    fn median(rounds: &[Self]) -> Self {
        let of = |value: fn(&Self) -> f64| median(&rounds.iter().map(value).collect::<Vec<_>>());
        Self { per_second: of(|it| it.per_second), p50_ms: of(|it| it.p50_ms), p99_ms: of(|it| it.p99_ms) }
    }
}
