//! The due index: due items, found without a scan.

use async_trait::async_trait;
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::DateTime;
use futures::future::try_join_all;
use keyturn_application::PortError;
use keyturn_application::ports::{DueCursor, DueItem, DuePage, DueStore, EntryKey, OutboxEntry};
use keyturn_domain::Timestamp;
use keyturn_domain::history::HistoryEntry;
use keyturn_domain::ids::TokenId;
use uuid::Uuid;

use crate::{Item, Table, keys};

/// Keys per page: few enough that a page is a fair share of a sweep.
const PAGE: i32 = 100;

#[async_trait]
impl DueStore for Table {
    fn shards(&self) -> u8 {
        keys::SHARDS
    }

    async fn due(&self, shard: u8, by: Timestamp, from: Option<DueCursor>) -> Result<DuePage, PortError> {
        let output = self
            .query_due(shard, "dueShard = :shard AND dueAt <= :at", by)
            .limit(PAGE)
            .set_exclusive_start_key(from.map(|cursor| start_key(shard, &cursor)))
            .send()
            .await
            .map_err(|error| PortError::new("DynamoDB Query failed", error))?;
        let items: Vec<_> = output.items().iter().map(read_key).collect::<Result<_, _>>()?;
        let more = output.last_evaluated_key.is_some();
        let next = items.last().filter(|_| more).map(|(at, item)| DueCursor(item.clone(), *at));
        Ok(DuePage { items, next })
    }

    async fn next_due_after(&self, after: Timestamp) -> Result<Option<Timestamp>, PortError> {
        let shards = (0..keys::SHARDS).map(|shard| async move {
            let query = self.query_due(shard, "dueShard = :shard AND dueAt > :at", after).limit(1);
            let output =
                query.send().await.map_err(|error| PortError::new("DynamoDB Query failed", error))?;
            output.items().first().map(|item| read_key(item).map(|(at, _)| at)).transpose()
        });
        Ok(try_join_all(shards).await?.into_iter().flatten().min())
    }

    async fn outbox_entry(&self, key: &EntryKey) -> Result<Option<OutboxEntry>, PortError> {
        self.read_outbox_entry(key).await
    }

    fn entry_key(&self, id: Uuid, entry: &HistoryEntry) -> EntryKey {
        keys::of_entry(id, entry)
    }

    async fn acknowledge(&self, entry: &OutboxEntry) -> Result<(), PortError> {
        self.write_acknowledged(entry).await
    }

    async fn reschedule(&self, entry: &OutboxEntry, until: Timestamp) -> Result<(), PortError> {
        self.write_rescheduled(entry, until).await
    }
}

impl Table {
    fn query_due(
        &self,
        shard: u8,
        condition: &str,
        at: Timestamp,
    ) -> aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.name)
            .index_name(keys::DUE_INDEX)
            .key_condition_expression(condition)
            .expression_attribute_values(":shard", keys::shard_name(shard))
            .expression_attribute_values(":at", keys::moment(at))
    }
}

fn start_key(shard: u8, DueCursor(item, at): &DueCursor) -> Item {
    let mut key = match item {
        DueItem::Token(id) => keys::token(*id),
        DueItem::Entry(entry) => keys::entry(entry),
    };
    key.insert("dueShard".to_owned(), keys::shard_name(shard));
    key.insert("dueAt".to_owned(), keys::moment(*at));
    key
}

fn read_key(item: &Item) -> Result<(Timestamp, DueItem), PortError> {
    read_parts(item).ok_or(PortError::bare("an item of the due index is malformed"))
}

fn read_parts(item: &Item) -> Option<(Timestamp, DueItem)> {
    let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok());
    let at = item.get("dueAt").and_then(|value: &AttributeValue| value.as_n().ok())?.parse().ok()?;
    let (partition, sort) = (text("pk")?, text("sk")?);
    let due = match partition.strip_prefix("TOKEN#") {
        Some(id) => DueItem::Token(TokenId::new(id.parse().ok()?)),
        None => DueItem::Entry(EntryKey { partition: partition.clone(), sort: sort.clone() }),
    };
    Some((DateTime::from_timestamp(at, 0)?, due))
}
