//! The due index: due items, found without a scan.

use async_trait::async_trait;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use futures::future::{try_join, try_join_all};
use keyturn_application::PortError;
use keyturn_application::ports::{
    DueCursor, DueItem, DuePage, DueStore, EntryKey, MassRenewalKey, OutboxEntry,
};
use keyturn_domain::Timestamp;
use keyturn_domain::backoff::Failures;
use keyturn_domain::history::HistoryEntry;
use keyturn_domain::ids::TokenId;
use uuid::Uuid;

use crate::{Item, Table, failures, keys, leaks, page_of, update_if};

/// Keys per page: few enough that a page is a fair share of a sweep.
const PAGE: i32 = 100;

/// Keys read to find one that is well-formed.
const MALFORMED_KEYS: i32 = 10;

#[async_trait]
impl DueStore for Table {
    fn shards(&self) -> u8 {
        self.shards.read
    }

    async fn due(&self, shard: u8, by: Timestamp, from: Option<DueCursor>) -> Result<DuePage, PortError> {
        let query = self.query_due(keys::shard_name(shard), "<=", by).limit(PAGE);
        let output = page_of(query.set_exclusive_start_key(from.and_then(start_key))).await?;
        let items: Vec<_> = output.items().iter().filter_map(read_parts).collect();
        let malformed = (output.items().len() - items.len()) as u64;
        // The cursor names the last key even if that is malformed: what comes after it has to be found.
        let next = output.last_evaluated_key.map(|key| DueCursor(Box::new(key)));
        Ok(DuePage { items, malformed, next })
    }

    async fn next_due_after(&self, after: Timestamp) -> Result<Option<Timestamp>, PortError> {
        let shards = (0..self.shards.read).map(|shard| async move {
            let query = self.query_due(keys::shard_name(shard), ">", after).limit(MALFORMED_KEYS);
            let output = page_of(query).await?;
            Ok(output.items().iter().find_map(read_parts).map(|(at, _)| at))
        });
        let reports = async {
            let query = self.query_due(keys::shard_of_reports(), ">", after).limit(MALFORMED_KEYS);
            let output = page_of(query).await?;
            Ok(output.items().iter().find_map(leaks::read_key).map(|(at, _)| at))
        };
        let (shards, report) = try_join(try_join_all(shards), reports).await?;
        Ok(shards.into_iter().flatten().chain(report).min())
    }

    async fn outbox_entry(&self, key: &EntryKey) -> Result<Option<OutboxEntry>, PortError> {
        self.read_outbox_entry(key).await
    }

    async fn outbox_entries(&self, keys: &[EntryKey]) -> Vec<Result<Option<OutboxEntry>, PortError>> {
        self.read_outbox_entries(keys).await
    }

    fn entry_key(&self, id: Uuid, entry: &HistoryEntry) -> EntryKey {
        keys::of_entry(id, entry)
    }

    async fn acknowledge(&self, entry: &OutboxEntry) -> Result<(), PortError> {
        self.write_acknowledged(entry).await
    }

    async fn acknowledge_new(&self, entries: &[OutboxEntry]) -> Result<(), PortError> {
        self.write_acknowledged_new(entries).await
    }

    async fn reschedule(&self, entry: &OutboxEntry, until: Timestamp) -> Result<(), PortError> {
        self.write_rescheduled(entry, until).await
    }

    async fn claim(&self, entry: &OutboxEntry, until: Timestamp) -> Result<bool, PortError> {
        self.write_claimed(entry, until).await
    }

    async fn token_failures(&self, id: TokenId) -> Result<Failures, PortError> {
        let request = self
            .client
            .get_item()
            .table_name(&self.name)
            .set_key(Some(keys::token(id)))
            .projection_expression(failures::NAMES.join(", "))
            .consistent_read(true);
        let output =
            request.send().await.map_err(|error| PortError::new("DynamoDB GetItem failed", error))?;
        failures::decode(&output.item.unwrap_or_default())
    }

    async fn defer_token(
        &self,
        id: TokenId,
        failures: Failures,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<(), PortError> {
        let update = self
            .deferring(keys::token(id), failures, until)
            // A token that was written since has its next due time, which must not be lost.
            .condition_expression("dueAt <= :now")
            .expression_attribute_values(":now", keys::moment(now));
        update_if(update).await.map(|_| ())
    }
}

impl Table {
    /// An update, without its condition, that makes an item due again then, with these failures.
    pub(crate) fn deferring(
        &self,
        key: Item,
        failures: Failures,
        until: Timestamp,
    ) -> UpdateItemFluentBuilder {
        let [count, since] = failures::encode(failures);
        self.update(key)
            .update_expression("SET dueAt = :until, failures = :failures, failingSince = :since")
            .expression_attribute_values(":until", keys::moment(until))
            .expression_attribute_values(":failures", count)
            .expression_attribute_values(":since", since)
    }

    /// What of a shard is due in this relation to a time: `<=` or `>`.
    pub(crate) fn query_due(
        &self,
        shard: AttributeValue,
        relation: &str,
        at: Timestamp,
    ) -> QueryFluentBuilder {
        self.query()
            .index_name(keys::DUE_INDEX)
            .key_condition_expression(format!("dueShard = :shard AND dueAt {relation} :at"))
            .expression_attribute_values(":shard", shard)
            .expression_attribute_values(":at", keys::moment(at))
    }
}

fn start_key(DueCursor(key): DueCursor) -> Option<Item> {
    key.downcast().ok().map(|key| *key)
}

fn read_parts(item: &Item) -> Option<(Timestamp, DueItem)> {
    let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok());
    let (partition, sort) = (text("pk")?, text("sk")?);
    let due = if let Some(id) = partition.strip_prefix("TOKEN#") {
        DueItem::Token(TokenId::new(id.parse().ok()?))
    } else if let Some(company) = partition.strip_prefix(keys::RENEWALS) {
        let id = sort.strip_prefix(keys::RENEWALS)?.parse().ok()?;
        DueItem::MassRenewal(MassRenewalKey { company: company.parse().ok()?, id })
    } else {
        DueItem::Entry(EntryKey { partition: partition.clone(), sort: sort.clone() })
    };
    Some((keys::due_at(item)?, due))
}
