//! A store for one test: the embedded engine in memory, on a port of its own, and the SDK's own client.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_dynamodb::{Client, Config};
use chrono::TimeDelta;
use dynoxide::Database;
use keyturn_application::ports::{Commit, DueItem, DueStore as _, EntryKey, TokenStore as _};
use keyturn_domain::Timestamp;
use keyturn_domain::change::Change;
use keyturn_domain::history::HistoryEntry;
use keyturn_dynamodb::Table;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use uuid::Uuid;

use super::Meter;

/// An item as the SDK has it.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// How long records of what ended are kept here.
pub(crate) const RETENTION: TimeDelta = TimeDelta::days(123);

/// A key that an error might give away.
pub(crate) const AWS_SECRET: &str = "aws-secret-access-key";

/// A table, and a client that looks behind it.
pub(crate) struct Store {
    pub(crate) table: Table,
    pub(crate) client: Client,
    ids: AtomicU32,
    /// The engine, if it runs in this process.
    database: Option<Database>,
}

impl Store {
    pub(crate) const NAME: &str = "table-under-test";

    /// An engine with an empty table.
    pub(crate) async fn start() -> Self {
        Self::holding(&[]).await
    }

    /// An engine whose table holds these items, each in DynamoDB's own JSON.
    pub(crate) async fn holding(items: &[Value]) -> Self {
        let database = Database::memory().unwrap();
        keyturn_engine::create_table(&database, Self::NAME).unwrap();
        for item in items {
            let request = json!({"TableName": Self::NAME, "Item": item});
            database.put_item(serde_json::from_value(request).unwrap()).unwrap();
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(dynoxide::server::serve_on(listener, database.clone()));
        Self { database: Some(database), ..Self::at(address) }
    }

    /// Turns the table's stream on; where it begins.
    pub(crate) fn enable_stream(&self) -> String {
        let database = self.database.as_ref().unwrap();
        let stream = json!({"StreamEnabled": true, "StreamViewType": "KEYS_ONLY"});
        let request = json!({"TableName": Self::NAME, "StreamSpecification": stream});
        let table = database.update_table(serde_json::from_value(request).unwrap()).unwrap();
        let table = serde_json::to_value(table).unwrap();
        let arn = &table["TableDescription"]["LatestStreamArn"];
        let stream =
            database.describe_stream(serde_json::from_value(json!({"StreamArn": arn})).unwrap()).unwrap();
        let stream = serde_json::to_value(stream).unwrap();
        let shard = &stream["StreamDescription"]["Shards"][0]["ShardId"];
        let request = json!({"StreamArn": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"});
        let iterator = database.get_shard_iterator(serde_json::from_value(request).unwrap()).unwrap();
        iterator.shard_iterator.unwrap()
    }

    /// The records of the stream, in the JSON of Lambda's events.
    pub(crate) fn stream_records(&self, from: &str) -> Value {
        let request = serde_json::from_value(json!({"ShardIterator": from})).unwrap();
        let records = self.database.as_ref().unwrap().get_records(request).unwrap();
        serde_json::to_value(records).unwrap()["Records"].clone()
    }

    /// The store at this address, without retries.
    pub(crate) fn at(address: SocketAddr) -> Self {
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(format!("http://{address}"))
            .region(Region::new("eu-central-1"))
            .credentials_provider(Credentials::new("id", AWS_SECRET, None, None, "test"))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .retry_config(RetryConfig::disabled())
            .build();
        let client = Client::from_conf(config);
        let table = Table::new(client.clone(), Self::NAME.to_owned(), RETENTION);
        Self { table, client, ids: AtomicU32::new(0), database: None }
    }

    /// The table as a list with this budget reads it, through a meter.
    pub(crate) fn metered(&self, budget: usize) -> (Table, Meter) {
        let meter = Meter::default();
        let config = self.client.config().to_builder().interceptor(meter.clone()).build();
        let table = Table::new(Client::from_conf(config), Self::NAME.to_owned(), RETENTION);
        (table.with_budget(budget), meter)
    }

    /// A commit of this change whose entry is due from then on.
    pub(crate) fn commit(&self, change: Change, entry_due: Timestamp) -> Commit {
        let number = self.ids.fetch_add(1, Ordering::Relaxed);
        let entry_id = Uuid::from_u128((0xe << 32) | u128::from(number));
        Commit { change, entry_id, entry_due, company: None, answer: None }
    }

    /// Commits a change whose entry is due at once.
    pub(crate) async fn write(&self, change: Change) -> Commit {
        let due = change.entry.as_ref().map_or(Timestamp::UNIX_EPOCH, |entry| entry.at);
        let commit = self.commit(change, due);
        self.table.commit(&commit).await.unwrap();
        commit
    }

    /// Commits an entry alone, due from then on, and returns its key.
    pub(crate) async fn write_entry(&self, entry: HistoryEntry, due: Timestamp) -> EntryKey {
        let change = Change { tokens: Vec::new(), replaced: Vec::new(), entry: Some(entry) };
        let commit = self.commit(change, due);
        self.table.commit(&commit).await.unwrap();
        self.key(&commit)
    }

    /// Acknowledges all deliveries of an entry.
    pub(crate) async fn acknowledge(&self, key: &EntryKey) {
        let entry = self.table.outbox_entry(key).await.unwrap().unwrap();
        self.table.acknowledge(&entry).await.unwrap();
    }

    /// The key of a commit's entry.
    pub(crate) fn key(&self, commit: &Commit) -> EntryKey {
        self.table.entry_key(commit.entry_id, commit.change.entry.as_ref().unwrap())
    }

    /// All that is due by then, in all shards.
    pub(crate) async fn due(&self, by: Timestamp) -> Vec<(Timestamp, DueItem)> {
        let mut due = Vec::new();
        for shard in 0..self.table.shards() {
            let page = self.table.due(shard, by, None).await.unwrap();
            assert!(page.next.is_none(), "more than a page");
            due.extend(page.items);
        }
        due
    }

    /// One stored item.
    pub(crate) async fn item(&self, partition: impl Into<String>, sort: impl Into<String>) -> Option<Item> {
        let get = self.client.get_item().table_name(Self::NAME).consistent_read(true);
        let get =
            get.key("pk", AttributeValue::S(partition.into())).key("sk", AttributeValue::S(sort.into()));
        get.send().await.unwrap().item
    }

    /// The item of an entry.
    pub(crate) async fn entry(&self, key: &EntryKey) -> Option<Item> {
        self.item(&key.partition, &key.sort).await
    }

    /// Writes an item past the adapter.
    pub(crate) async fn put(&self, item: Item) {
        self.client.put_item().table_name(Self::NAME).set_item(Some(item)).send().await.unwrap();
    }

    /// The whole table, by key.
    pub(crate) async fn dump(&self) -> BTreeMap<(String, String), Item> {
        self.scan(None).await
    }

    /// All items of the due index, by key.
    pub(crate) async fn due_index(&self) -> BTreeMap<(String, String), Item> {
        self.scan(Some(keyturn_dynamodb::DUE_INDEX)).await
    }

    async fn scan(&self, index: Option<&str>) -> BTreeMap<(String, String), Item> {
        let scan = self.client.scan().table_name(Self::NAME).set_index_name(index.map(str::to_owned));
        let items = scan.into_paginator().items().send().collect::<Result<Vec<Item>, _>>().await.unwrap();
        let text = |item: &Item, name: &str| item[name].as_s().unwrap().clone();
        items.into_iter().map(|item| ((text(&item, "pk"), text(&item, "sk")), item)).collect()
    }
}
