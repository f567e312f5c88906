//! The ports: what use cases need from outside, in the domain's terms.

mod leaks;
mod mass_renewals;
mod outbox;
mod people;
mod sealing;
mod summaries;

use std::error::Error;

use async_trait::async_trait;
use keyturn_domain::Timestamp;
use keyturn_domain::change::Change;
use keyturn_domain::credential::Credential;
use keyturn_domain::delivery::DeliveryReport;
use keyturn_domain::history::HistoryEntry;
use keyturn_domain::ids::{CompanyId, TokenId};
use keyturn_domain::leak::LastUse;
use keyturn_domain::secret::{Sealed, SecretHash, SigningSecret};
use keyturn_domain::settings::CallbackUrl;
use keyturn_domain::summary::TokenSummary;
use keyturn_domain::token::{Status, Token};
use uuid::Uuid;
use zeroize::Zeroize as _;

pub use leaks::{LeakReport, LeakReports, ReportedString};
pub use people::{
    AuthorizationRequest, BeginSession, CodeExchange, IdentityError, IdentityProvider, LogoutToken,
    PersonStore, ProviderClient, ProviderSecret, ProviderStore, RefreshToken, Refreshed, SessionStore,
    Vouched,
};

pub use mass_renewals::{MassRenewalKey, MassRenewals, SelectedPage};
pub use outbox::{
    ACKNOWLEDGED_AT_ONCE, Deliver, DeliveryOutcome, DueCursor, DueItem, DuePage, DueStore, ENTRIES_AT_ONCE,
    EntryKey, MailCount, MailCounter, OutboxEntry,
};
pub use sealing::{Purpose, SEALABLE_BYTES, SealContext, Sealer};
pub use summaries::{Seen, SummaryFilter, TokenSummaries};

use crate::context::Context;

/// A failure of something outside. Holds the cause for the one log line; its text holds no secret.
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

    /// A failure without a further cause.
    #[must_use]
    pub const fn bare(what: &'static str) -> Self {
        Self { what, source: None }
    }
}

/// A commit that failed.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// A record has changed since it was read. Nothing was written.
    #[error("the record changed meanwhile")]
    Conflict,
    /// The store failed; whether anything was written is unknown, but it was all or nothing.
    #[error(transparent)]
    Failed(#[from] PortError),
}

/// What one transaction writes: all of it, or nothing.
#[derive(Clone, Debug)]
pub struct Commit {
    /// The new records and what happened.
    pub change: Change,
    /// The entry's id, a new one.
    pub entry_id: Uuid,
    /// From when on the sweep delivers the entry.
    pub entry_due: Timestamp,
    /// What must hold for a company.
    pub company: Option<CompanyCheck>,
    /// The response to the request behind this commit, for repeats of the request.
    pub answer: Option<SavedAnswer>,
}

/// What must hold for a company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CompanyCheck {
    /// It does not exist yet; the commit creates it.
    New(CompanyId),
    /// It exists.
    Exists(CompanyId),
}

impl Commit {
    /// A change whose entry the next run of the sweep delivers.
    #[must_use]
    pub fn new(change: Change, context: &Context) -> Self {
        Self { change, entry_id: context.fresh_id(), entry_due: context.now(), company: None, answer: None }
    }
}

/// The response to a request with an idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedAnswer {
    /// The caller, and the hash of the key.
    pub key: AnswerKey,
    /// SHA-256 of the request.
    pub fingerprint: [u8; 32],
    /// The response.
    pub body: SavedBody,
    /// When it was given.
    pub saved_at: Timestamp,
    /// From when on the key can be used again.
    pub expires_at: Timestamp,
}

/// A saved response. It holds a token string and perhaps a signing secret, so these are sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SavedBody {
    /// The whole response, sealed: the only form that versions before the other one can read.
    Whole(Sealed),
    /// The response without its secrets, and the secrets: for responses that are too long to be sealed, and for secrets that
    /// must go before the rest.
    Apart {
        /// What is no secret.
        text: String,
        /// The secrets with their places, unless they are gone.
        secrets: Option<Sealed>,
        /// From when on nobody needs the secrets.
        until: Timestamp,
    },
}

/// The key of a saved answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerKey {
    /// The token of the caller.
    pub caller: TokenId,
    /// SHA-256 of the idempotency key.
    pub hash: [u8; 32],
}

/// Reads responses to requests with an idempotency key. Commits write them.
#[async_trait]
pub trait AnswerStore: Send + Sync {
    /// The answer under this key, even an expired one.
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
    /// Where the page starts or ends; the beginning of the list by default.
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

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// What is on it, in the order of the list. Fewer items than asked for if there are no more, or if the store has read as
    /// much for them as one request may read.
    pub items: Vec<T>,
    /// The bound of the next page in the direction of reading, if more may follow.
    pub next: Option<Bound>,
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
    /// A page of tokens with their last use.
    async fn list(
        &self,
        company: &CompanyId,
        filter: &TokenFilter,
        paging: Paging,
        now: Timestamp,
    ) -> Result<Page<(TokenSummary, Option<Timestamp>)>, PortError>;
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

/// Reads the history.
#[async_trait]
pub trait History: Send + Sync {
    /// A page of a token's activities.
    async fn activities(
        &self,
        token: &Token,
        paging: Paging,
    ) -> Result<Page<(Uuid, HistoryEntry)>, PortError>;

    /// A page of a company's callback log.
    async fn deliveries(
        &self,
        company: &CompanyId,
        filter: &DeliveryFilter,
        paging: Paging,
    ) -> Result<Page<(Uuid, HistoryEntry)>, PortError>;

    /// One entry of a company's callback log.
    async fn delivery(&self, company: &CompanyId, id: Uuid) -> Result<Option<HistoryEntry>, PortError>;
}

/// Reads credentials: all that authentication needs.
#[async_trait]
pub trait CredentialStore: Send + Sync {
    /// One strongly consistent read.
    async fn credential(&self, id: TokenId) -> Result<Option<Credential>, PortError>;

    /// Records a use, unless a later one is recorded.
    async fn record_use(&self, id: TokenId, last: LastUse) -> Result<(), PortError>;
}

/// Reads and writes tokens.
#[async_trait]
pub trait TokenStore: Send + Sync {
    /// One strongly consistent read.
    async fn token(&self, id: TokenId) -> Result<Option<Token>, PortError>;

    /// The token as it was `read` just now; if it was not, as [`TokenStore::token`] reads it.
    async fn token_unless_read(&self, id: TokenId, read: Option<Token>) -> Result<Option<Token>, PortError> {
        match read {
            Some(token) => Ok(Some(token)),
            None => self.token(id).await,
        }
    }

    /// A token and a credential, of the same token or of another: two strongly consistent reads in one call.
    async fn token_and_credential(
        &self,
        token: TokenId,
        credential: TokenId,
    ) -> Result<(Option<Token>, Option<Credential>), PortError>;

    /// A token with its credential, and the credential of a caller: one call where the store has one.
    async fn token_and_caller(
        &self,
        token: TokenId,
        caller: TokenId,
    ) -> Result<((Option<Token>, Option<Credential>), Option<Credential>), PortError> {
        let stored = self.token_and_credential(token, token).await?;
        let (_, caller) = self.token_and_credential(caller, caller).await?;
        Ok((stored, caller))
    }

    /// Writes the records over their previous versions, their credentials and the entry in one transaction.
    async fn commit(&self, commit: &Commit) -> Result<(), CommitError>;
}

/// Looks up earlier request tokens.
#[async_trait]
pub trait RequestTokenHistory: Send + Sync {
    /// Whether this was ever a request token of the series.
    async fn was_issued(&self, series: TokenId, hash: &SecretHash) -> Result<bool, PortError>;

    /// Whether the request token of a test callback has been redeemed.
    async fn was_handed_over(&self, series: TokenId, hash: &SecretHash) -> Result<bool, PortError>;
}

/// A callback ready to be sent.
#[derive(Clone, Debug)]
pub struct CallbackMessage {
    /// Whose callback it is.
    pub company: CompanyId,
    /// The receiver.
    pub url: CallbackUrl,
    /// The `webhook-id`.
    pub id: String,
    /// When it's sent, by the clock of the rules.
    pub timestamp: Timestamp,
    /// The secrets that sign, the current one first.
    pub secrets: Vec<SigningSecret>,
    /// The JSON body. Holds a request token.
    pub body: Body,
}

/// A body that holds a request token: its `Debug` is `***`, and it's wiped from memory on drop.
#[derive(Clone)]
pub struct Body(pub String);

impl Drop for Body {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// Sends callbacks. A failure of the receiver is an outcome, not an error.
#[async_trait]
pub trait CallbackSender: Send + Sync {
    /// Signs and sends, once.
    async fn send(&self, message: &CallbackMessage) -> DeliveryReport;
}
