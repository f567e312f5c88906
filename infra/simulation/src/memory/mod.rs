//! An in-memory store that behaves like the DynamoDB adapter, item by item and condition by condition. The adapter's
//! model test runs random operations on both and compares the results.

mod commit;
mod due;
mod history;
mod leaks;
mod list;
mod mass_renewals;
mod ports;

use std::collections::{BTreeMap, BTreeSet};

use keyturn_application::ports::{AnswerKey, EntryKey, OutboxEntry, SavedAnswer};
use keyturn_domain::Timestamp;
use keyturn_domain::backoff::Failures;
use keyturn_domain::credential::Credential;
use keyturn_domain::history::{Action, HistoryEntry};
use keyturn_domain::ids::{CompanyId, TokenId};
use keyturn_domain::leak::LastUse;
use keyturn_domain::mass_renewal::{MassRenewal, MassRenewalId};
use keyturn_domain::token::Token;
use uuid::Uuid;

pub(crate) use commit::touches_credential;
pub use ports::MemoryTable;

/// Shards of the due index; by default as many as in the adapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shards(pub u8);

impl Default for Shards {
    fn default() -> Self {
        Self(8)
    }
}

impl Shards {
    /// The shard of a token's items.
    #[must_use]
    pub const fn of(self, token: TokenId) -> u8 {
        token.uuid().as_bytes()[15] % self.0
    }
}

/// Suffixes of a company's callback log, as in the adapter.
const SUFFIXES: u8 = 8;

/// All records.
#[derive(Debug, Default)]
pub struct Memory {
    tokens: BTreeMap<TokenId, Token>,
    credentials: BTreeMap<TokenId, Credential>,
    entries: BTreeMap<(String, String), StoredEntry>,
    answers: BTreeMap<(TokenId, [u8; 32]), SavedAnswer>,
    companies: BTreeSet<CompanyId>,
    reports: BTreeMap<Uuid, leaks::StoredReport>,
    mass_renewals: BTreeMap<(CompanyId, MassRenewalId), MassRenewal>,
    /// Failures of tokens since they were written, and when each is due again.
    failures: BTreeMap<TokenId, (Failures, Timestamp)>,
    /// Shards of the due index.
    pub shards: Shards,
    /// By shard, due time and key.
    due: BTreeSet<(u8, Timestamp, Place)>,
}

/// A stored entry.
#[derive(Clone, Debug)]
struct StoredEntry {
    owed: OutboxEntry,
    due: Option<Timestamp>,
}

/// The key of an item in the due index.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Token(TokenId),
    Entry(String, String),
    MassRenewal(CompanyId, MassRenewalId),
}

impl Memory {
    /// An empty store with this many shards of the due index.
    #[must_use]
    pub fn with_shards(shards: Shards) -> Self {
        Self { shards, ..Self::default() }
    }

    /// A token.
    #[must_use]
    pub fn token(&self, id: TokenId) -> Option<&Token> {
        self.tokens.get(&id)
    }

    /// All tokens, by id.
    pub fn tokens(&self) -> impl Iterator<Item = &Token> {
        self.tokens.values()
    }

    /// A credential.
    #[must_use]
    pub fn credential(&self, id: TokenId) -> Option<&Credential> {
        self.credentials.get(&id)
    }

    /// Records a use, unless a later one is stored.
    pub fn record_use(&mut self, id: TokenId, used: LastUse) {
        if let Some(credential) = self.credentials.get_mut(&id)
            && credential.last_used_at.is_none_or(|last| last < used.at)
        {
            credential.last_used_at = Some(used.at);
            credential.last_used_from = used.from;
        }
    }

    /// A saved response, even if it has expired.
    #[must_use]
    pub fn saved_answer(&self, key: &AnswerKey) -> Option<&SavedAnswer> {
        self.answers.get(&(key.caller, key.hash))
    }

    /// The key of an entry.
    #[must_use]
    pub fn entry_key(id: Uuid, entry: &HistoryEntry) -> EntryKey {
        let partition = match &entry.action {
            Action::CallbackTried(delivery) | Action::CallbackTested(delivery) => {
                callbacks_of(&entry.company, id.as_bytes()[15] % SUFFIXES, delivery.outcome.is_err())
            }
            _ => series_of(entry.series),
        };
        EntryKey { partition, sort: format!("ENTRY#{id}") }
    }
}

fn callbacks_of(company: &CompanyId, suffix: u8, failed: bool) -> String {
    let failed = if failed { "failed#" } else { "" };
    format!("CALLBACKS#{company}#{failed}{suffix}")
}

fn series_of(series: TokenId) -> String {
    format!("SERIES#{series}")
}
