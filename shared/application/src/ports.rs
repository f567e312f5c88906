//! The ports: what use cases ask of the world, in the domain's words.

use std::error::Error;

use async_trait::async_trait;
use keyturn_domain::Timestamp;
use keyturn_domain::credential::Credential;
use keyturn_domain::delivery::DeliveryReport;
use keyturn_domain::effect::{Change, HistoryEntry};
use keyturn_domain::ids::{CompanyId, TokenId};
use keyturn_domain::secret::{Sealed, SecretHash, SigningSecret};
use keyturn_domain::settings::CallbackUrl;
use keyturn_domain::token::{Status, Token};
use uuid::Uuid;

use crate::context::Context;

/// Something outside did not do its part. Holds the cause for the one log line; its text holds no secret.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct PortError {
    what: &'static str,
    #[source]
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl PortError {
    /// A failure with its cause.
    pub fn new(what: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { what, source: Some(source.into()) }
    }

    /// A failure that has no cause but itself.
    #[must_use]
    pub const fn bare(what: &'static str) -> Self {
        Self { what, source: None }
    }
}

/// A commit that was not made.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// A record is no longer the one that was decided upon. Nothing was written.
    #[error("the record changed meanwhile")]
    Conflict,
    /// The store failed; whether anything was written is unknown, but it was all or nothing.
    #[error(transparent)]
    Failed(#[from] PortError),
}

/// What is written at once, or not at all.
#[derive(Clone, Debug)]
pub struct Commit {
    /// The new records and what happened.
    pub change: Change,
    /// The entry's id, fresh.
    pub entry_id: Uuid,
    /// From when on the schedule delivers what the entry owes.
    pub entry_due: Timestamp,
    /// A company that must not exist before.
    pub founding: Option<CompanyId>,
    /// The answer to the request that asked for this, to be given again when it's repeated.
    pub answer: Option<SavedAnswer>,
}

impl Commit {
    /// A change whose effects the next run of the schedule delivers.
    #[must_use]
    pub fn new(change: Change, context: &Context) -> Self {
        Self { change, entry_id: context.fresh_id(), entry_due: context.now(), founding: None, answer: None }
    }
}

/// The answer to a request with an idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedAnswer {
    /// Whose request it was, and the hash of its key.
    pub key: AnswerKey,
    /// SHA-256 of the request.
    pub fingerprint: [u8; 32],
    /// The answer, sealed, since it holds a token string.
    pub sealed: Sealed,
    /// When it was given.
    pub saved_at: Timestamp,
    /// From when on the key is free again.
    pub expires_at: Timestamp,
}

/// What a saved answer is found by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerKey {
    /// Who asked.
    pub caller: TokenId,
    /// SHA-256 of the idempotency key.
    pub hash: [u8; 32],
}

/// Keeps answers to requests with an idempotency key. They are written by commits.
#[async_trait]
pub trait AnswerStore: Send + Sync {
    /// The answer under this key, also one whose time is over.
    async fn saved_answer(&self, key: &AnswerKey) -> Result<Option<SavedAnswer>, PortError>;
}

/// The order of a list; ids sort by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The oldest first.
    Ascending,
    /// The newest first.
    Descending,
}

/// Which page of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paging {
    /// Items on the page.
    pub size: usize,
    /// The order of the list.
    pub order: Order,
    /// Where the page starts or ends; at the list's beginning without.
    pub bound: Option<Bound>,
}

/// An end of a page, by the id of the item next to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// The page starts after this item.
    StartingAfter(Uuid),
    /// The page ends before this item.
    EndingBefore(Uuid),
}

/// Which tokens of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenFilter {
    /// Only of this status.
    pub status: Option<Status>,
    /// Only for this application.
    pub application: Option<String>,
    /// Only with this in the name, whatever its case.
    pub search: Option<String>,
}

/// Lists a company's tokens.
#[async_trait]
pub trait TokenList: Send + Sync {
    /// A page of tokens, full while there are more.
    async fn list(
        &self,
        company: &CompanyId,
        filter: &TokenFilter,
        paging: Paging,
        now: Timestamp,
    ) -> Result<Vec<(Token, Option<Timestamp>)>, PortError>;
}

/// Which deliveries of the callback log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    /// Only of this token.
    pub token: Option<TokenId>,
    /// Only those that failed.
    pub error_only: bool,
    /// Only from then on.
    pub start: Option<Timestamp>,
    /// Only until then.
    pub end: Option<Timestamp>,
}

/// Reads what happened.
#[async_trait]
pub trait History: Send + Sync {
    /// A page of what happened to a token, full while there is more.
    async fn activities(&self, token: &Token, paging: Paging)
    -> Result<Vec<(Uuid, HistoryEntry)>, PortError>;

    /// A page of a company's callback log, full while there is more.
    async fn deliveries(
        &self,
        company: &CompanyId,
        filter: &DeliveryFilter,
        paging: Paging,
    ) -> Result<Vec<(Uuid, HistoryEntry)>, PortError>;

    /// One entry of a company's callback log.
    async fn delivery(&self, company: &CompanyId, id: Uuid) -> Result<Option<HistoryEntry>, PortError>;
}

/// Reads credentials: all that authentication needs.
#[async_trait]
pub trait CredentialStore: Send + Sync {
    /// One strongly consistent read.
    async fn credential(&self, id: TokenId) -> Result<Option<Credential>, PortError>;

    /// Notes a use, unless a later one is known.
    async fn record_use(&self, id: TokenId, at: Timestamp) -> Result<(), PortError>;
}

/// Reads and writes tokens.
#[async_trait]
pub trait TokenStore: Send + Sync {
    /// One strongly consistent read.
    async fn token(&self, id: TokenId) -> Result<Option<Token>, PortError>;

    /// Writes records over the versions before them, credentials to match, and the entry, in one transaction.
    async fn commit(&self, commit: &Commit) -> Result<(), CommitError>;
}

/// Knows the request tokens of the past.
#[async_trait]
pub trait RequestTokenHistory: Send + Sync {
    /// Whether this was ever a request token of the series.
    async fn was_issued(&self, series: TokenId, hash: &SecretHash) -> Result<bool, PortError>;
}

/// Where an entry stands in the store.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EntryKey {
    /// Its partition.
    pub partition: String,
    /// Its place there.
    pub sort: String,
}

/// Something due.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum DueItem {
    /// A token.
    Token(TokenId),
    /// An entry that owes an event or a mail.
    Entry(EntryKey),
}

/// A page of due work.
#[derive(Clone, Debug, Default)]
pub struct DuePage {
    /// What is due and since when, the longest due first.
    pub items: Vec<(Timestamp, DueItem)>,
    /// Where the next page starts, if there may be one.
    pub next: Option<DueCursor>,
}

/// Where a page of due work ended. Only the store that gave it can read it.
#[derive(Clone, Debug)]
pub struct DueCursor(pub DueItem, pub Timestamp);

/// An entry with what it still owes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxEntry {
    /// Where it stands.
    pub key: EntryKey,
    /// Its id: the event's id too, by which doubled deliveries can be told.
    pub id: Uuid,
    /// What happened.
    pub entry: HistoryEntry,
    /// Whether its event has not been published.
    pub owes_event: bool,
    /// Whether its mail has not been sent.
    pub owes_mail: bool,
    /// How often delivery failed.
    pub failures: u32,
}

/// Finds due work and keeps account of what entries owe.
#[async_trait]
pub trait DueStore: Send + Sync {
    /// How many shards the due index has.
    fn shards(&self) -> u8;

    /// A page of what is due by then in one shard.
    async fn due(&self, shard: u8, by: Timestamp, from: Option<DueCursor>) -> Result<DuePage, PortError>;

    /// The earliest due moment after this one.
    async fn next_due_after(&self, after: Timestamp) -> Result<Option<Timestamp>, PortError>;

    /// An entry, if it still owes anything.
    async fn owed(&self, key: &EntryKey) -> Result<Option<OutboxEntry>, PortError>;

    /// The key that an entry is stored under.
    fn entry_key(&self, id: Uuid, entry: &HistoryEntry) -> EntryKey;

    /// Everything was delivered.
    async fn settle(&self, key: &EntryKey) -> Result<(), PortError>;

    /// Something was not delivered; the entry is due again then.
    async fn postpone(&self, owed: &OutboxEntry, until: Timestamp) -> Result<(), PortError>;
}

/// What a sealed string is bound to: it opens for nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealContext {
    /// Whose it is.
    pub company: CompanyId,
    /// Which token's (for a signing secret: which series').
    pub token: TokenId,
    /// What it's for.
    pub purpose: Purpose,
}

/// What a sealed string is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A token string.
    TokenString,
    /// A request token.
    RequestToken,
    /// A callback's signing secret.
    SigningSecret,
    /// The answer to a request with an idempotency key.
    SavedAnswer,
}

impl Purpose {
    /// The word that goes into the encryption context.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TokenString => "token-string",
            Self::RequestToken => "request-token",
            Self::SigningSecret => "signing-secret",
            Self::SavedAnswer => "saved-answer",
        }
    }
}

/// Seals strings with authenticated encryption, and opens them.
#[async_trait]
pub trait Sealer: Send + Sync {
    /// Encrypts a string for its context.
    async fn seal(&self, context: &SealContext, text: &str) -> Result<Sealed, PortError>;

    /// Decrypts a string that was sealed for the same context; anything else is an error.
    async fn open(&self, context: &SealContext, sealed: &Sealed) -> Result<String, PortError>;
}

/// A callback ready to be sent.
#[derive(Clone, Debug)]
pub struct CallbackMessage {
    /// The receiver.
    pub url: CallbackUrl,
    /// The `webhook-id`.
    pub id: String,
    /// When it's sent, by the clock that rules go by.
    pub timestamp: Timestamp,
    /// The secrets that sign, the current one first.
    pub secrets: Vec<SigningSecret>,
    /// The JSON body. Holds a request token.
    pub body: Body,
}

/// A body that shows as `***`, since it holds a request token.
#[derive(Clone)]
pub struct Body(pub String);

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// Sends callbacks. A receiver's fault is an outcome, not an error.
#[async_trait]
pub trait CallbackSender: Send + Sync {
    /// Signs and sends, once.
    async fn send(&self, message: &CallbackMessage) -> DeliveryReport;
}

/// Sends the mail that an entry owes.
#[async_trait]
pub trait MailSender: Send + Sync {
    /// Sends it, once. `id` is the entry's.
    async fn send(&self, id: Uuid, entry: &HistoryEntry) -> Result<(), PortError>;
}

/// Publishes the event that an entry owes.
#[async_trait]
pub trait EventPublisher: Send + Sync {
    /// Publishes it, once. `id` is the entry's.
    async fn publish(&self, id: Uuid, entry: &HistoryEntry) -> Result<(), PortError>;
}
