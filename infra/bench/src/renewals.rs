//! Renewals: how many the sweep does in a second with receivers that redeem at once, next to the transactions that no
//! renewal can do without; and whether it matters how many tokens there are.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, Put, PutRequest, TransactWriteItem, WriteRequest};
use chrono::TimeDelta;
use futures::StreamExt as _;
use futures::stream;
use keyturn_environment::Environment;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::api::{Api, text};
use crate::receiver::Receiver;
use crate::samples::{rate, start};
use crate::world::{Services, SetClock};

/// Items of each transaction of one renewal: issue, note the delivery, redeem.
const TRANSACTIONS: [usize; 3] = [2, 2, 5];

/// Items that are written directly go in batches as large as DynamoDB allows, and so many batches at once.
const BATCH: usize = 25;
const AT_ONCE: usize = 16;

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
    clock: Arc<SetClock>,
    receiver: Receiver,
    /// A token that renews itself, as it is stored.
    token: Item,
    /// Its credential.
    credential: Item,
    /// How many were written like it.
    written: AtomicU64,
}

/// Renews until everything is done or the time is over, in a store with so many due tokens and so many idle ones.
pub async fn measure(services: &Services, due: usize, idle: usize, time: Duration) -> Result<Renewals> {
    let (environment, clock) = services.environment(&services.dynamodb);
    let mut bench = Bench::build(&environment, clock).await?;
    bench.write(idle, "2999-01-01T00:00:00Z", false).await?;
    bench.write(due, "2020-01-01T00:00:00Z", true).await?;
    // Before and after, since the machine may be busier at one time than at another, and the engine grows slower. The
    // mean is that of the time that one takes.
    let before = bench.bare(200).await?;
    let (renewed, taken) = bench.renew(due, time).await?;
    let after = bench.bare(200).await?;
    let (per_second, bare_per_second) = (rate(renewed, taken), 2.0 / (before.recip() + after.recip()));
    let ratio = per_second * TRANSACTIONS.len() as f64 / bare_per_second;
    Ok(Renewals { due, idle, renewed, per_second, bare_per_second, ratio })
}

impl Bench {
    async fn build(environment: &Environment, clock: Arc<SetClock>) -> Result<Self> {
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
        Ok(Self {
            api: Arc::new(api),
            clock,
            receiver,
            token,
            credential,
            client,
            written: AtomicU64::default(),
        })
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

    /// Runs the sweep while the receiver's side redeems what comes; how many renewals were whole, and how long it took.
    async fn renew(&mut self, due: usize, time: Duration) -> Result<(usize, Duration)> {
        let started = start();
        let api = Arc::clone(&self.api);
        let sweeping = tokio::spawn(async move { api.sweep.run(Some(started + time + RESERVE)).await });
        let (api, tokens) = (Arc::clone(&self.api), &mut self.receiver.request_tokens);
        let mut redeeming = tokio::task::JoinSet::new();
        let mut received = 0;
        while received < due && !(sweeping.is_finished() && tokens.is_empty()) {
            let Ok(Some(token)) = tokio::time::timeout(Duration::from_millis(20), tokens.recv()).await else {
                continue;
            };
            received += 1;
            let api = Arc::clone(&api);
            redeeming.spawn(async move { api.redeem(&token).await.map(drop) });
        }
        let summary = sweeping.await??;
        for redeemed in redeeming.join_all().await {
            redeemed?;
        }
        ensure!(summary.failed == 0 && summary.undelivered == 0, "the sweep failed: {summary:?}");
        // The clock goes on, so that what the sweep left is taken up by the next one and not by a repetition.
        self.clock.advance(TimeDelta::seconds(1));
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
