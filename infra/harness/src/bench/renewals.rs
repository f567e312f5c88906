//! Renewals per second with a receiver that redeems at once, compared with the rate of the transactions that a renewal needs,
//! for different numbers of tokens.

use keyturn_functions::sweep::Part;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, Put, PutRequest, TransactWriteItem, WriteRequest};
use futures::StreamExt as _;
use futures::stream;
use keyturn_environment::Environment;
use serde::Serialize;
use serde_json::json;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use uuid::Uuid;

use super::api::Api;
use super::services::Services;
use crate::http::{receive_callbacks, text};
use crate::measure::{median_of, now, rate};

/// Items of each transaction of a renewal: issue, log the delivery, redeem.
const TRANSACTIONS: [usize; 3] = [2, 2, 5];

/// Items are written in batches as large as DynamoDB allows, and so many batches at once.
const BATCH: usize = 25;
const AT_ONCE: usize = 16;

/// When tokens to renew are due: before all others.
const DUE: &str = "2020-01-01T00:00:00Z";

/// Renewals whose transactions alone are written before and after each round.
const BASELINE: usize = 60;

/// The sweep starts nothing in this time before its deadline, so the deadline is set this much later.
const RESERVE: Duration = Duration::from_secs(25);

type Item = HashMap<String, AttributeValue>;

/// A run's result; rates are medians over its rounds.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Renewals {
    pub(crate) due: usize,
    pub(crate) idle: usize,
    /// Renewals that were issued, delivered and redeemed.
    pub(crate) renewed: usize,
    pub(crate) per_second: f64,
    /// Transactional writes per second, three for each renewal, with nothing else around them.
    pub(crate) baseline_per_second: f64,
    /// The rate of renewals as a share of a third of the baseline.
    pub(crate) ratio: f64,
}

struct Bench {
    api: Arc<Api>,
    client: Client,
    request_tokens: UnboundedReceiver<String>,
    /// A token that renews itself, as it is stored.
    token: Item,
    credential: Item,
    /// How many were written like it.
    written: AtomicU64,
}

struct Round {
    renewed: usize,
    per_second: f64,
    baseline_per_second: f64,
}

/// Starts a receiver; returns its URL and the request tokens that it receives.
pub(crate) async fn receive_request_tokens() -> Result<(String, UnboundedReceiver<String>)> {
    let (sender, request_tokens) = unbounded_channel();
    let url = receive_callbacks(move |_, body| {
        let token = body["data"]["requestToken"].as_str();
        token.is_some_and(|token| sender.send(token.to_owned()).is_ok())
    });
    Ok((url.await?, request_tokens))
}

/// A store with tokens.
pub(crate) struct Store {
    pub(crate) services: Services,
    pub(crate) due: usize,
    pub(crate) idle: usize,
    /// Rounds whose median is taken, and how long each is.
    pub(crate) rounds: usize,
    pub(crate) time: Duration,
}

/// Renews in each store, by turns.
pub(crate) async fn measure(stores: &[Store]) -> Result<Vec<Renewals>> {
    let mut benches = Vec::new();
    for Store { services, due, idle, .. } in stores {
        let (environment, _) = services.environment(services.dynamodb()?)?;
        let bench = Bench::build(&environment).await?;
        bench.write(*idle, "2999-01-01T00:00:00Z", false).await?;
        bench.write(*due, DUE, true).await?;
        benches.push((bench, Vec::new()));
    }
    for number in 0..stores.iter().map(|store| store.rounds).max().unwrap_or_default() {
        for (store, (bench, done)) in stores.iter().zip(&mut benches) {
            if number < store.rounds {
                done.push(bench.round(store.time).await?);
            }
        }
    }
    let results = stores.iter().zip(benches).map(|(Store { due, idle, .. }, (_, rounds))| Renewals {
        due: *due,
        idle: *idle,
        renewed: rounds.iter().map(|round| round.renewed).sum(),
        per_second: median_of(&rounds, |round| round.per_second),
        baseline_per_second: median_of(&rounds, |round| round.baseline_per_second),
        ratio: median_of(&rounds, |round| {
            round.per_second * TRANSACTIONS.len() as f64 / round.baseline_per_second
        }),
    });
    Ok(results.collect())
}

impl Bench {
    async fn build(environment: &Environment) -> Result<Self> {
        let (api, (url, request_tokens)) = (Api::build(environment).await?, receive_request_tokens().await?);
        let client = Client::new(environment.sdk());
        let token = json!({"name": "partner", "rights": "READ", "applications": ["ORDERS"],
            "autoRenewal": {"everyDays": 3_650, "callback": {"url": url}}});
        let created = api.create(&token).await?;
        api.sweep.run(Part::ALL, None).await;
        let item = async |kind: &str| -> Result<Item> {
            let get = client.get_item().table_name("keyturn").key("sk", AttributeValue::S(kind.to_owned()));
            let get = get.key("pk", AttributeValue::S(format!("{kind}#{}", text(&created, "id")?)));
            get.consistent_read(true).send().await?.item.context("no item")
        };
        let (token, credential) = (item("TOKEN").await?, item("CREDENTIAL").await?);
        let written = AtomicU64::default();
        Ok(Self { api: Arc::new(api), request_tokens, token, credential, client, written })
    }

    /// Writes this many tokens directly into the table, due at this time. Tokens that are not renewed need no credential,
    /// since no sweep reads it.
    async fn write(&self, count: usize, due: &str, with_credential: bool) -> Result<()> {
        let due = due.parse::<chrono::DateTime<chrono::Utc>>()?.timestamp().to_string();
        let batches = (0..count.div_ceil(BATCH)).map(|batch| {
            let mut items = Vec::new();
            for _ in batch * BATCH..count.min((batch + 1) * BATCH) {
                let id = self.next_id();
                items.push(self.token(id, AttributeValue::N(due.clone())));
                items.extend(with_credential.then(|| Ok(self.credential(id))));
            }
            async move {
                for items in items.into_iter().collect::<Result<Vec<Item>>>()?.chunks(BATCH) {
                    let puts = items.iter().map(|item| put_request(item.clone())).collect::<Result<_>>()?;
                    let output = self.client.batch_write_item().request_items("keyturn", puts).send().await?;
                    let unprocessed = output.unprocessed_items.unwrap_or_default();
                    ensure!(unprocessed.is_empty(), "the engine is full");
                }
                Ok(())
            }
        });
        let written: Vec<Result<()>> = stream::iter(batches).buffer_unordered(AT_ONCE).collect().await;
        written.into_iter().collect()
    }

    fn next_id(&self) -> Uuid {
        let number = self.written.fetch_add(1, Ordering::Relaxed);
        Uuid::from_u128((u128::from(std::process::id()) << 96) | (0x7 << 76) | u128::from(number))
    }

    fn token(&self, id: Uuid, due: AttributeValue) -> Result<Item> {
        let mut item = with_id(&self.token, "TOKEN", id);
        item.insert("tokenId".to_owned(), AttributeValue::S(id.to_string()));
        item.insert("dueAt".to_owned(), due.clone());
        item.insert("dueShard".to_owned(), AttributeValue::S(format!("due#{}", id.as_bytes()[15] % 8)));
        let Some(AttributeValue::M(renewal)) = item.get_mut("autoRenewal") else {
            anyhow::bail!("the token has no autoRenewal")
        };
        renewal.insert("nextRenewalAt".to_owned(), due);
        Ok(item)
    }

    fn credential(&self, id: Uuid) -> Item {
        with_id(&self.credential, "CREDENTIAL", id)
    }

    /// Renews for this time between two runs of the baseline, because the machine's load varies. The baseline is the harmonic
    /// mean of both. As many tokens are due afterwards as before.
    async fn round(&mut self, time: Duration) -> Result<Round> {
        let before = self.baseline().await?;
        let (renewed, taken) = self.renew(time).await?;
        let after = self.baseline().await?;
        self.write(renewed, DUE, true).await?;
        let baseline_per_second = 2.0 / (before.recip() + after.recip());
        Ok(Round { renewed, per_second: rate(renewed, taken), baseline_per_second })
    }

    /// Runs the sweep while the receiver redeems; returns the completed renewals and the time they took.
    async fn renew(&mut self, time: Duration) -> Result<(usize, Duration)> {
        let started = now();
        let api = Arc::clone(&self.api);
        let sweeping =
            tokio::spawn(async move { api.sweep.run(Part::ALL, Some(started + time + RESERVE)).await });
        let (api, tokens) = (Arc::clone(&self.api), &mut self.request_tokens);
        let mut redeeming = tokio::task::JoinSet::new();
        while !(sweeping.is_finished() && tokens.is_empty()) {
            let Ok(Some(token)) = tokio::time::timeout(Duration::from_millis(5), tokens.recv()).await else {
                continue;
            };
            let api = Arc::clone(&api);
            redeeming.spawn(async move { api.redeem(&token).await.map(drop) });
        }
        let received = redeeming.len();
        let summary = sweeping.await?;
        for redeemed in redeeming.join_all().await {
            redeemed?;
        }
        ensure!(summary.failed == 0 && summary.undelivered == 0, "the sweep failed: {summary:?}");
        Ok((received, started.elapsed()))
    }

    /// Writes only the transactions of some renewals: conditional puts of new items with index attributes.
    async fn baseline(&self) -> Result<f64> {
        let started = now();
        let sizes = std::iter::repeat_n(TRANSACTIONS, BASELINE).flatten();
        let writes = sizes.map(|items| {
            let puts = (0..items).map(|_| self.conditional_put()).collect::<Result<Vec<_>>>();
            async move {
                self.client.transact_write_items().set_transact_items(Some(puts?)).send().await?;
                Ok(())
            }
        });
        let written: Vec<Result<()>> = stream::iter(writes).buffer_unordered(32).collect().await;
        let count = written.len();
        written.into_iter().collect::<Result<()>>()?;
        Ok(rate(count, started.elapsed()))
    }

    fn conditional_put(&self) -> Result<TransactWriteItem> {
        let mut item = with_id(&self.token, "BENCH", self.next_id());
        // In a shard that no sweep queries
        item.insert("dueShard".to_owned(), AttributeValue::S("bench".to_owned()));
        let put = Put::builder().table_name("keyturn").set_item(Some(item));
        let put = put.condition_expression("attribute_not_exists(pk)").build()?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}

fn with_id(pattern: &Item, kind: &str, id: Uuid) -> Item {
    let mut item = pattern.clone();
    item.insert("pk".to_owned(), AttributeValue::S(format!("{kind}#{id}")));
    item.insert("id".to_owned(), AttributeValue::S(id.to_string()));
    item
}

fn put_request(item: Item) -> Result<WriteRequest> {
    Ok(WriteRequest::builder().put_request(PutRequest::builder().set_item(Some(item)).build()?).build())
}
