//! The due index and the outbox: what is due, and the deliveries of entries.

use std::any::Any;

use async_trait::async_trait;
use chrono::NaiveDate;
use keyturn_domain::Timestamp;
use keyturn_domain::backoff::Failures;
use keyturn_domain::channel::Channels;
use keyturn_domain::history::HistoryEntry;
use keyturn_domain::ids::{CompanyId, TokenId};
use keyturn_domain::settings::MailAddress;
use uuid::Uuid;

use super::{MassRenewalKey, PortError};

/// The key of an entry in the store.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EntryKey {
    /// The partition key.
    pub partition: String,
    /// The sort key.
    pub sort: String,
}

/// A due item.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum DueItem {
    /// A token.
    Token(TokenId),
    /// An entry with pending deliveries.
    Entry(EntryKey),
    /// A mass renewal.
    MassRenewal(MassRenewalKey),
}

/// A page of due work.
#[derive(Debug, Default)]
pub struct DuePage {
    /// What is due and since when, the longest due first.
    pub items: Vec<(Timestamp, DueItem)>,
    /// Keys of the index that are malformed. They name nothing that could be processed.
    pub malformed: u64,
    /// Where the next page starts, if there may be one.
    pub next: Option<DueCursor>,
}

/// Where a page of due work ended. Only the store that gave it can read it.
#[derive(Debug)]
pub struct DueCursor(pub Box<dyn Any + Send + Sync>);

/// An entry with its pending deliveries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxEntry {
    /// Its key in the store.
    pub key: EntryKey,
    /// Its id: the event's id too, by which receivers recognise a duplicate.
    pub id: Uuid,
    /// What happened.
    pub entry: HistoryEntry,
    /// The channels through which it has not been delivered.
    pub pending: Channels,
    /// How often its delivery failed.
    pub failures: Failures,
    /// When it is due. In the future while somebody else is delivering it, or while it waits after a failure.
    pub due_at: Timestamp,
    /// Whether its mail goes out in the next digest of its recipient.
    pub gathered: bool,
}

/// Entries that a store reads in one call: what
/// [DynamoDB](https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html) takes.
pub const ENTRIES_AT_ONCE: usize = 100;

/// Finds due work, and keeps track of the deliveries of entries.
#[async_trait]
pub trait DueStore: Send + Sync {
    /// How many shards of the due index are read.
    fn shards(&self) -> u8;

    /// A page of what is due by then in one shard.
    async fn due(&self, shard: u8, by: Timestamp, from: Option<DueCursor>) -> Result<DuePage, PortError>;

    /// The earliest due time after this one.
    async fn next_due_after(&self, after: Timestamp) -> Result<Option<Timestamp>, PortError>;

    /// An entry, if any of its deliveries is pending.
    async fn outbox_entry(&self, key: &EntryKey) -> Result<Option<OutboxEntry>, PortError>;

    /// At most [`ENTRIES_AT_ONCE`] entries, each as [`DueStore::outbox_entry`] gives it. One that is malformed fails alone.
    async fn outbox_entries(&self, keys: &[EntryKey]) -> Vec<Result<Option<OutboxEntry>, PortError>> {
        let mut entries = Vec::with_capacity(keys.len());
        for key in keys {
            entries.push(self.outbox_entry(key).await);
        }
        entries
    }

    /// The key that an entry is stored under.
    fn entry_key(&self, id: Uuid, entry: &HistoryEntry) -> EntryKey;

    /// Takes an entry out of the outbox: nothing is pending any more.
    async fn acknowledge(&self, entry: &OutboxEntry) -> Result<(), PortError>;

    /// Makes an entry due again then, for the deliveries that are still pending. Gathered entries of a company with the same
    /// recipient stand in the same shard.
    async fn reschedule(&self, entry: &OutboxEntry, until: Timestamp) -> Result<(), PortError>;

    /// Takes up an entry for this process: makes it due then, unless it's no longer due when it was. Whether it did.
    async fn claim(&self, entry: &OutboxEntry, until: Timestamp) -> Result<bool, PortError>;

    /// How often processing a token failed since it was last written.
    async fn token_failures(&self, id: TokenId) -> Result<Failures, PortError>;

    /// Makes a token that is due by `now` due again then, with these failures. The next commit of the token forgets both.
    async fn defer_token(
        &self,
        id: TokenId,
        failures: Failures,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<(), PortError>;
}

/// The end of a delivery that is not to be repeated.
#[derive(Debug)]
pub enum DeliveryOutcome {
    /// It was accepted.
    Delivered,
    /// It is refused for good, for this reason; trying again is useless.
    Refused(PortError),
}

/// Delivers entries through one channel.
#[async_trait]
pub trait Deliver: Send + Sync {
    /// Delivers an entry, once. An error means that it must be tried again.
    async fn deliver(&self, entry: &OutboxEntry) -> Result<DeliveryOutcome, PortError>;

    /// Delivers entries of one company to one recipient together, once. Only mails can be.
    async fn deliver_together(&self, _entries: &[OutboxEntry]) -> Result<DeliveryOutcome, PortError> {
        Err(PortError::bare("nothing is delivered together through this channel"))
    }
}

/// Where mails of a day are counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailCount {
    /// Of which company.
    pub company: CompanyId,
    /// On which day, in UTC.
    pub day: NaiveDate,
    /// To whom; to anybody if not given.
    pub recipient: Option<MailAddress>,
}

/// Counts mails.
#[async_trait]
pub trait MailCounter: Send + Sync {
    /// Counts one more, unless so many are counted. Whether it did.
    async fn count(&self, of: &MailCount, most: u32) -> Result<bool, PortError>;

    /// Counts one less.
    async fn uncount(&self, of: &MailCount) -> Result<(), PortError>;
}
