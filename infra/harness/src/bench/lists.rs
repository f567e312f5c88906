//! Read units and time of searches and logs in a large company, whose records are written past the functions.

use anyhow::{Context as _, Result};
use dynoxide::{AttributeValue, Database, ImportOptions, Item};
use serde::Serialize;
use serde_json::json;
use tokio::net::TcpListener;
use uuid::Uuid;

use super::api::{Api, Call};
use super::meter::Meter;
use super::renewals::receive_request_tokens;
use super::services::Services;
use crate::http::text;
use crate::measure::{median_of, millis, now};

/// Items that one transaction of the engine imports.
const IMPORTED: usize = 50_000;

/// What a request reads, besides the caller's credential.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ListCost {
    pub(crate) name: &'static str,
    /// Tokens or deliveries of the company.
    pub(crate) of: usize,
    pub(crate) found: usize,
    pub(crate) read_units: f64,
    /// The median.
    pub(crate) ms: f64,
}

/// Writes so many tokens and deliveries, and measures each request several times.
pub(crate) async fn measure(
    services: &Services,
    tokens: usize,
    deliveries: usize,
    rounds: usize,
) -> Result<Vec<ListCost>> {
    // Its own engine in this process, into which records are imported without a call for each.
    let folder = tempfile::tempdir()?;
    let (database, _) = keyturn_engine::open(Some(&folder.path().join("keyturn.db")), "keyturn")?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let engine = format!("http://{}", listener.local_addr()?);
    tokio::spawn(dynoxide::server::serve_on(listener, database.clone()));
    let meter = Meter::start(&engine).await?;
    let (environment, _) = services.environment(&meter.url)?;
    let api = Api::build(&environment).await?;

    let (url, _request_tokens) = receive_request_tokens().await?;
    let token = json!({"name": "partner", "rights": "READ", "applications": ["ORDERS"],
        "autoRenewal": {"everyDays": 30, "callback": {"url": url}}});
    let created = api.create(&token).await?;
    let id = text(&created, "id")?;
    let tested = api.call("test-callback", Call::post(&json!({})).of(id)).await?;
    let pattern = item(&database, &format!("TOKEN#{id}"), "TOKEN")?;
    import(&database, tokens, |number| token_like(&pattern, number))?;
    let entry: Uuid = text(&tested, "id")?.parse()?;
    let partition = format!("CALLBACKS#acme#{}", entry.as_bytes()[15] % 8);
    let pattern = item(&database, &partition, &format!("ENTRY#{entry}"))?;
    import(&database, deliveries, |number| delivery_like(&pattern, number))?;

    let search = [("search", "nobody")];
    let of_token = [("tokenId", id)];
    let failed = [("errorOnly", "true")];
    let mut costs = Vec::new();
    for (name, function, of, query) in [
        ("a page of tokens", "list-tokens", tokens, &[][..]),
        ("a search without a match", "list-tokens", tokens, &search[..]),
        ("a page of the callback log", "callback-logs", deliveries, &[][..]),
        ("a token's callback log", "callback-logs", deliveries, &of_token[..]),
        ("a company's failures", "callback-logs", deliveries, &failed[..]),
    ] {
        let mut samples = Vec::new();
        for _ in 0..rounds.max(1) {
            meter.take();
            let started = now();
            let page = api.call(function, Call { query, ..Call::get() }).await?;
            let taken = millis(started.elapsed());
            samples.push((taken, meter.take().read - 1.0, page));
        }
        let (_, read_units, page) = samples.first().context("no sample")?;
        let found = page["items"].as_array().map_or(0, Vec::len);
        costs.push(ListCost {
            name,
            of,
            found,
            read_units: *read_units,
            ms: median_of(&samples, |(taken, ..)| *taken),
        });
    }
    Ok(costs)
}

fn item(database: &Database, partition: &str, sort: &str) -> Result<Item> {
    let key = json!({"pk": {"S": partition}, "sk": {"S": sort}});
    let request = serde_json::from_value(json!({"TableName": "keyturn", "Key": key}))?;
    database.get_item(request)?.item.context("no item")
}

/// Ids of records that are older than all others.
fn id(number: usize) -> Result<Uuid> {
    Ok(Uuid::from_u128((0x7 << 76) | u128::try_from(number)?))
}

fn like(pattern: &Item, texts: impl IntoIterator<Item = (&'static str, String)>) -> Item {
    let mut item = pattern.clone();
    // It's in no shard of the due index.
    item.remove("dueShard");
    item.extend(texts.into_iter().map(|(name, text)| (name.to_owned(), AttributeValue::S(text))));
    item
}

fn token_like(pattern: &Item, number: usize) -> Result<Item> {
    let id = id(number)?.to_string();
    Ok(like(pattern, [("pk", format!("TOKEN#{id}")), ("id", id.clone()), ("tokenId", id)]))
}

fn delivery_like(pattern: &Item, number: usize) -> Result<Item> {
    let (id, token) = (id(number)?, id(number / 10)?);
    let texts = [
        ("pk", format!("CALLBACKS#acme#{}", number % 8)),
        ("sk", format!("ENTRY#{id}")),
        ("id", id.to_string()),
        ("token", token.to_string()),
        ("deliveryOf", format!("acme#{token}")),
    ];
    Ok(like(pattern, texts))
}

fn import(database: &Database, count: usize, item: impl Fn(usize) -> Result<Item>) -> Result<()> {
    for first in (0..count).step_by(IMPORTED) {
        let items: Result<Vec<_>> = (first..count.min(first + IMPORTED)).map(&item).collect();
        database.import_items("keyturn", items?, ImportOptions::default())?;
        let done = count.min(first + IMPORTED);
        if done == count || done.is_multiple_of(1_000_000) {
            eprintln!("{done} of {count} records are written");
        }
    }
    Ok(())
}
