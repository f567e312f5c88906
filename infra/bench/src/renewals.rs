//! Renewals: how many the sweep does in a second with receivers that redeem at once, next to the transactions that no
//! renewal can do without; and whether it matters how many tokens there are.

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
use uuid::Uuid;

use crate::api::{Api, text};
use crate::receiver::Receiver;
use crate::samples::{median, rate, start};
use crate::world::Services;

/// Items of each transaction of one renewal: issue, note the delivery, redeem.
const TRANSACTIONS: [usize; 3] = [2, 2, 5];

/// Items that are written directly go in batches as large as DynamoDB allows, and so many batches at once.
const BATCH: usize = 25;
const AT_ONCE: usize = 16;

/// When tokens are due that are to be renewed: before whatever else is.
const DUE: &str = "2020-01-01T00:00:00Z";

/// Renewals whose bare transactions are counted before and after each round.
const BARE: usize = 60;

/// Longer than this before its time limit, the sweep begins nothing new; so a limit this much later than wanted ends
/// the sweep as wanted.
const RESERVE: Duration = Duration::from_secs(25);

type Item = HashMap<String, AttributeValue>;

/// What a run found.
#[derive(Clone, Debug, Serialize)]
pub struct Renewals {
    /// Tokens due at the beginning.
    pub due: usize,
    /// Tokens that were not due.
    pub idle: usize,
    /// Renewals done: issued, delivered, redeemed.
    pub renewed: usize,
    /// In a second.
    pub per_second: f64,
    /// Transactional writes per second, three for each renewal, with nothing else around them.
    pub bare_per_second: f64,
    /// Renewals in units of a third of the bare rate.
    pub ratio: f64,
}

/// A store and the functions over it.
struct Bench {
    api: Arc<Api>,
    client: Client,
    receiver: Receiver,
    /// A token that renews itself, as it is stored.
    token: Item,
    /// Its credential.
    credential: Item,
    /// How many were written like it.
    written: AtomicU64,
}

/// A round: renewals a second, bare transactions a second, and the first in units of a third of the second.
type Round = [f64; 3];

/// Renews for so long in each store, by turns, round after round: one store for each pair of due and idle tokens.
pub async fn measure(
    stores: &[(Services, usize, usize)],
    rounds: usize,
    time: Duration,
) -> Result<Vec<Renewals>> {
    let mut benches = Vec::new();
    for (services, due, idle) in stores {
        let (environment, _) = services.environment(&services.dynamodb);
        let bench = Bench::build(&environment).await?;
        bench.write(*idle, "2999-01-01T00:00:00Z", false).await?;
        bench.write(*due, DUE, true).await?;
        benches.push((bench, Vec::<Round>::new(), 0));
    }
    for _ in 0..rounds {
        for (bench, done, renewed) in &mut benches {
            let (round, count) = bench.round(time).await?;
            done.push(round);
            *renewed += count;
        }
    }
    let median =
        |rounds: &[Round], index: usize| median(&rounds.iter().map(|round| round[index]).collect::<Vec<_>>());
    let results = stores.iter().zip(benches).map(|((_, due, idle), (_, rounds, renewed))| Renewals {
        due: *due,
        idle: *idle,
        renewed,
        per_second: median(&rounds, 0),
        bare_per_second: median(&rounds, 1),
        ratio: median(&rounds, 2),
    });
    Ok(results.collect())
}

impl Bench {
    async fn build(environment: &Environment) -> Result<Self> {
        let (api, receiver) = (Api::build(environment).await?, Receiver::start().await?);
        let client = Client::new(environment.sdk());
        let token = json!({"name": "partner", "rights": "READ", "applications": ["ORDERS"],
            "autoRenewal": {"everyDays": 3_650, "callback": {"url": receiver.url}}});
        let created = api.create(&token).await?;
        api.sweep.run(None).await?;
        let item = async |kind: &str| -> Result<Item> {
            let get = client.get_item().table_name("keyturn").key("sk", AttributeValue::S(kind.to_owned()));
            let get = get.key("pk", AttributeValue::S(format!("{kind}#{}", text(&created, "id")?)));
            get.consistent_read(true).send().await?.item.context("no item")
        };
        let (token, credential) = (item("TOKEN").await?, item("CREDENTIAL").await?);
        Ok(Self { api: Arc::new(api), receiver, token, credential, client, written: AtomicU64::default() })
    }

    /// Writes so many tokens past the functions, to be renewed at this moment. One that isn't renewed here needs no
    /// credential: no sweep ever reads it.
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
                    let puts: Result<Vec<_>, _> =
                        items.iter().map(|item| put_request(item.clone())).collect();
                    let output =
                        self.client.batch_write_item().request_items("keyturn", puts?).send().await?;
                    ensure!(
                        output.unprocessed_items.is_none_or(|left| left.is_empty()),
                        "the engine is full"
                    );
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

    /// Renews for so long between two bare runs, since the machine may be busier at one time than at another. The mean is
    /// that of the time that one takes. As many tokens are due afterwards as before.
    async fn round(&mut self, time: Duration) -> Result<(Round, usize)> {
        let before = self.bare(BARE).await?;
        let (renewed, taken) = self.renew(time).await?;
        let after = self.bare(BARE).await?;
        self.write(renewed, DUE, true).await?;
        let (per_second, bare) = (rate(renewed, taken), 2.0 / (before.recip() + after.recip()));
        Ok(([per_second, bare, per_second * TRANSACTIONS.len() as f64 / bare], renewed))
    }

    /// Runs the sweep while the receiver's side redeems what comes; how many renewals were whole, and how long it took.
    async fn renew(&mut self, time: Duration) -> Result<(usize, Duration)> {
        let started = start();
        let api = Arc::clone(&self.api);
        let sweeping = tokio::spawn(async move { api.sweep.run(Some(started + time + RESERVE)).await });
        let (api, tokens) = (Arc::clone(&self.api), &mut self.receiver.request_tokens);
        let mut redeeming = tokio::task::JoinSet::new();
        while !(sweeping.is_finished() && tokens.is_empty()) {
            let Ok(Some(token)) = tokio::time::timeout(Duration::from_millis(5), tokens.recv()).await else {
                continue;
            };
            let api = Arc::clone(&api);
            redeeming.spawn(async move { api.redeem(&token).await.map(drop) });
        }
        let received = redeeming.len();
        let summary = sweeping.await??;
        for redeemed in redeeming.join_all().await {
            redeemed?;
        }
        ensure!(summary.failed == 0 && summary.undelivered == 0, "the sweep failed: {summary:?}");
        Ok((received, started.elapsed()))
    }

    /// The transactions that so many renewals need: new items with what the indexes hold of them, under a condition.
    async fn bare(&self, renewals: usize) -> Result<f64> {
        let started = start();
        let sizes = std::iter::repeat_n(TRANSACTIONS, renewals).flatten();
        let writes = sizes.map(|items| {
            let puts = (0..items).map(|_| self.bare_put()).collect::<Result<Vec<_>>>();
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

    fn bare_put(&self) -> Result<TransactWriteItem> {
        let mut item = with_id(&self.token, "BENCH", self.next_id());
        // In a shard that no sweep looks into.
        item.insert("dueShard".to_owned(), AttributeValue::S("bench".to_owned()));
        let put = Put::builder().table_name("keyturn").set_item(Some(item));
        let put = put.condition_expression("attribute_not_exists(pk)").build()?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}

/// The same item under another id.
fn with_id(pattern: &Item, kind: &str, id: Uuid) -> Item {
    let mut item = pattern.clone();
    item.insert("pk".to_owned(), AttributeValue::S(format!("{kind}#{id}")));
    item.insert("id".to_owned(), AttributeValue::S(id.to_string()));
    item
}

fn put_request(item: Item) -> Result<WriteRequest> {
    Ok(WriteRequest::builder().put_request(PutRequest::builder().set_item(Some(item)).build()?).build())
}
