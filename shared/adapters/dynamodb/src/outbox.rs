//! The outbox: which deliveries of an entry are pending. The attributes stand beside the entry's own: `owesEvent`,
//! `owesMail` (one per channel), `failures`, `failingSince`, `gathered` (its mail waits for a digest), `dueShard` and `dueAt`.
//!
//! An entry with pending deliveries has no time to live, so that DynamoDB never deletes what has not been delivered.

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use futures::future::try_join_all;
use keyturn_application::PortError;
use keyturn_application::ports::{EntryKey, OutboxEntry};
use keyturn_domain::Timestamp;
use keyturn_domain::channel::{Channel, Channels};
use keyturn_domain::history::HistoryEntry;

use crate::commit::entry_item;
use crate::record::entry::EntryRecord;
use crate::{Item, Table, failures, keys, record, update_if};

/// The attribute that says whether the delivery through a channel is pending.
fn attribute(channel: Channel) -> String {
    format!("owes{}", channel.name())
}

/// Whether the mail of an entry goes out in a digest. Versions before digests ignore it and send the mail alone.
const GATHERED: &str = "gathered";

/// Writes the state of an entry that has not been delivered yet.
pub(crate) fn encode(item: &mut Item, pending: Channels) {
    for channel in Channel::ALL {
        item.insert(attribute(channel), AttributeValue::Bool(pending.contains(channel)));
    }
    // The first version reads this from every entry.
    item.insert("failures".to_owned(), AttributeValue::N("0".to_owned()));
}

/// The channels that are pending, and when the entry is due.
fn decode(item: &Item) -> Result<(Channels, Timestamp), PortError> {
    const MALFORMED: PortError = PortError::bare("the outbox attributes of an entry are malformed");
    let mut pending = Vec::new();
    for channel in Channel::ALL {
        match item.get(&attribute(channel)) {
            Some(AttributeValue::Bool(true)) => pending.push(channel),
            Some(AttributeValue::Bool(false)) | None => {}
            Some(_) => return Err(MALFORMED),
        }
    }
    Ok((pending.into_iter().collect(), keys::due_at(item).unwrap_or_default()))
}

/// The entry of an item, if any of its deliveries is pending.
fn read(key: &EntryKey, item: Option<Item>) -> Result<Option<OutboxEntry>, PortError> {
    let Some(item) = item else { return Ok(None) };
    let (pending, due_at) = decode(&item)?;
    let failures = failures::decode(&item)?;
    let gathered = matches!(item.get(GATHERED), Some(AttributeValue::Bool(true)));
    let (id, entry) = record::decode::<EntryRecord, _>(item)?;
    let entry =
        OutboxEntry { key: key.clone(), id, entry, pending, failures, due_at, gathered, is_new: false };
    Ok(Some(entry).filter(|entry| !entry.pending.is_empty()))
}

impl Table {
    pub(crate) async fn read_outbox_entry(&self, key: &EntryKey) -> Result<Option<OutboxEntry>, PortError> {
        read(key, self.get(keys::entry(key)).await?)
    }

    pub(crate) async fn read_outbox_entries(
        &self,
        keys: &[EntryKey],
    ) -> Vec<Result<Option<OutboxEntry>, PortError>> {
        let items = self.get_all(keys.iter().map(keys::entry).collect()).await;
        keys.iter().zip(items).map(|(key, item)| read(key, item?)).collect()
    }

    /// Takes an entry out of the due index, with the mail, its address and source addresses. What happened stays as history, for the
    /// retention time.
    pub(crate) async fn write_acknowledged(&self, entry: &OutboxEntry) -> Result<(), PortError> {
        let pending = Channel::ALL.map(attribute).join(", ");
        let failures = failures::NAMES.join(", ");
        let change = format!(
            "SET #ttl = :ttl REMOVE dueShard, dueAt, {pending}, {failures}, {GATHERED}, mail, addresses"
        );
        let end = keys::moment(entry.entry.at + self.retention);
        self.update_entry(&entry.key, change, |update| update.expression_attribute_values(":ttl", end)).await
    }

    /// Does the same to new entries in one call: writes each as it is without its outbox attributes. That is right whoever else
    /// has taken one up since, because it was delivered. What a busy partition did not take is acknowledged alone, with the pauses
    /// that the SDK makes.
    pub(crate) async fn write_acknowledged_new(&self, entries: &[OutboxEntry]) -> Result<(), PortError> {
        let puts = entries.iter().map(|OutboxEntry { id, entry, .. }| {
            let history = HistoryEntry { mail: None, addresses: None, ..entry.clone() };
            let mut item = entry_item(*id, &history)?;
            item.insert(keys::TTL.to_owned(), keys::moment(entry.at + self.retention));
            Ok(item)
        });
        let left = self.batch_put(puts.collect::<Result<_, PortError>>()?).await?;
        let is_left = |entry: &&OutboxEntry| left.contains(&keys::name(&keys::entry(&entry.key)));
        let alone = entries.iter().filter(is_left).map(|entry| self.write_acknowledged(entry));
        try_join_all(alone).await.map(|_| ())
    }

    pub(crate) async fn write_rescheduled(
        &self,
        entry: &OutboxEntry,
        until: Timestamp,
    ) -> Result<(), PortError> {
        let pending = Channel::ALL.map(attribute).map(|name| format!("{name} = :{name}")).join(", ");
        // An earlier version wrote the time to live with the entry.
        let mail = entry.entry.mail.as_ref().filter(|_| entry.gathered);
        let digest = mail.map(|mail| keys::shard_of_digest(&mail.recipient, self.shards.written));
        let gathered =
            digest.map_or_else(String::new, |_| format!(", {GATHERED} = :gathered, dueShard = :shard"));
        let change = format!(
            "SET {pending}, failures = :failures, failingSince = :since, dueAt = :at{gathered} REMOVE #ttl"
        );
        let [count, since] = failures::encode(entry.failures);
        self.update_entry(&entry.key, change, |update| {
            let update = update
                .expression_attribute_values(":failures", count)
                .expression_attribute_values(":since", since)
                .expression_attribute_values(":at", keys::moment(until));
            let update = match digest {
                Some(shard) => update
                    .expression_attribute_values(":gathered", AttributeValue::Bool(true))
                    .expression_attribute_values(":shard", keys::shard_name(shard)),
                None => update,
            };
            Channel::ALL.into_iter().fold(update, |update, channel| {
                let is_pending = AttributeValue::Bool(entry.pending.contains(channel));
                update.expression_attribute_values(format!(":{}", attribute(channel)), is_pending)
            })
        })
        .await
    }

    /// Makes an entry due later, if it's still due when it was.
    pub(crate) async fn write_claimed(
        &self,
        entry: &OutboxEntry,
        until: Timestamp,
    ) -> Result<bool, PortError> {
        let update = self
            .update(keys::entry(&entry.key))
            .update_expression("SET dueAt = :until")
            .condition_expression("dueAt = :seen")
            .expression_attribute_values(":until", keys::moment(until))
            .expression_attribute_values(":seen", keys::moment(entry.due_at));
        update_if(update).await
    }

    /// Changes an entry that is still due. One that isn't was acknowledged by another sweep.
    async fn update_entry(
        &self,
        key: &EntryKey,
        change: String,
        values: impl FnOnce(UpdateItemFluentBuilder) -> UpdateItemFluentBuilder,
    ) -> Result<(), PortError> {
        let update = self
            .update(keys::entry(key))
            .update_expression(change)
            .expression_attribute_names("#ttl", keys::TTL)
            .condition_expression("attribute_exists(dueAt)");
        update_if(values(update)).await.map(|_| ())
    }
}
