//! Verifications: processor time, and rates of the handler compared with those of the one `GetItem` that it makes.

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

use super::api::Api;
use super::services::Services;
use super::units::event_text;
use crate::http::text;
use crate::measure::{median, median_of, millis, now, percentile, rate};

/// Rates and latencies with a number of clients; medians over rounds.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Verifications {
    pub(crate) clients: usize,
    pub(crate) handler: Rate,
    pub(crate) baseline: Rate,
    /// The handler's rate as a share of the baseline's, round by round.
    pub(crate) ratio: f64,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Rate {
    pub(crate) per_second: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
}

/// Nanoseconds of parsing, checking, hashing and deciding, without any input or output: the median of batches.
pub(crate) fn cpu_ns(batches: usize) -> Result<f64> {
    const BATCH: u32 = 20_000;
    let epoch = DateTime::UNIX_EPOCH;
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
        created_at: epoch,
        expires_at: None,
        deactivated_at: None,
        renewed: None,
        renewal: None,
        last_used_at: Some(epoch),
        last_used_from: None,
    };
    let text = string.expose();
    let mut nanos = Vec::with_capacity(batches);
    for _ in 0..batches {
        // The handler owns the credential too, so the copies are not measured.
        let stored: Vec<_> = (0..BATCH).map(|_| Some(credential.clone())).collect();
        let mut kept = Vec::with_capacity(stored.len());
        let started = now();
        for credential in stored {
            let string = SecretString::parse(Kind::Token, std::hint::black_box(text))?;
            let caller = verify(credential, &string, epoch)?;
            permit_use(&caller, "ORDERS", Rights::Read)?;
            kept.push(caller);
        }
        nanos.push(started.elapsed().as_secs_f64() * 1e9 / f64::from(BATCH));
        drop(kept);
    }
    Ok(median(&nanos))
}

/// Rounds of the handler and of the baseline in turns, for each number of clients.
pub(crate) async fn measure(
    services: &Services,
    rounds: usize,
    round: Duration,
) -> Result<Vec<Verifications>> {
    let (environment, _) = services.environment(services.dynamodb()?)?;
    let token = json!({"name": "partner", "rights": "READ", "applications": ["ORDERS"]});
    let created = Api::build(&environment).await?.create(&token).await?;
    let event = event_text(text(&created, "token")?);
    let key = format!("CREDENTIAL#{}", text(&created, "id")?);
    let authorizer = keyturn_functions::authorizer::build(&environment).await?;
    let client = Client::new(environment.sdk());
    let mut results = Vec::new();
    for clients in [1, 32] {
        let mut done = Vec::new();
        for number in 0..=rounds {
            let handler = run(clients, round, || through_handler(&authorizer, &event)).await?;
            let baseline = run(clients, round, || get_item(&client, &key)).await?;
            // The first round opens connections and fills caches.
            if number > 0 {
                done.push((handler, baseline));
            }
        }
        let rate = |of: fn(&(Rate, Rate)) -> &Rate| Rate {
            per_second: median_of(&done, |round| of(round).per_second),
            p50_ms: median_of(&done, |round| of(round).p50_ms),
            p99_ms: median_of(&done, |round| of(round).p99_ms),
        };
        results.push(Verifications {
            clients,
            handler: rate(|(handler, _)| handler),
            baseline: rate(|(_, baseline)| baseline),
            ratio: median_of(&done, |(handler, baseline)| handler.per_second / baseline.per_second),
        });
    }
    Ok(results)
}

/// What the function does with an event, from its text to the answer's.
async fn through_handler(authorizer: &Authorizer, event: &str) -> Result<()> {
    let event: Event = serde_json::from_str(event)?;
    let answer = serde_json::to_string(&authorizer.answer(&event).await?)?;
    anyhow::ensure!(answer.starts_with("{\"isAuthorized\":true"), "denied: {answer}");
    Ok(())
}

/// The one read that a verification needs.
async fn get_item(client: &Client, key: &str) -> Result<()> {
    let request = client.get_item().table_name("keyturn").consistent_read(true);
    let request = request.key("pk", AttributeValue::S(key.to_owned()));
    let output = request.key("sk", AttributeValue::S("CREDENTIAL".to_owned())).send().await?;
    output.item.context("no item")?;
    Ok(())
}

/// Clients that call one after the other for this long.
async fn run<F: Future<Output = Result<()>>>(
    clients: usize,
    time: Duration,
    call: impl Fn() -> F,
) -> Result<Rate> {
    let started = now();
    let client = || async {
        let mut taken = Vec::new();
        while started.elapsed() < time {
            let called = now();
            call().await?;
            taken.push(millis(called.elapsed()));
        }
        Ok::<_, anyhow::Error>(taken)
    };
    let taken = try_join_all((0..clients).map(|_| client())).await?.concat();
    let (per_second, p50_ms) = (rate(taken.len(), started.elapsed()), median(&taken));
    Ok(Rate { per_second, p50_ms, p99_ms: percentile(&taken, 99.0) })
}
