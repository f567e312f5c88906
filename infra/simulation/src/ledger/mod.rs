//! Keeps account of what the contract promises, from nothing but the writes and the answers, and says when one is
//! broken. It's told of each write in the moment in which that takes effect.

mod answers;
mod end;
mod keys;
mod told;
mod writes;

use std::collections::BTreeMap;

use keyturn_application::ports::Commit;
use keyturn_domain::Timestamp;
use keyturn_domain::effect::HistoryEntry;
use keyturn_domain::ids::TokenId;
use keyturn_domain::secret::SecretHash;
use keyturn_domain::token::Token;
use uuid::Uuid;

use crate::memory::Memory;
use told::Told;

pub use answers::Redeemed;

/// What is known and what has been promised.
#[derive(Default)]
pub struct Ledger {
    violation: Option<(Timestamp, String)>,
    tokens: BTreeMap<TokenId, Known>,
    keys: BTreeMap<[u8; 32], Key>,
    owed: BTreeMap<Uuid, Owed>,
    told: BTreeMap<(TokenId, &'static str), Told>,
    /// What happened how often, for the report.
    pub counts: BTreeMap<&'static str, u64>,
}

/// A token as the ledger knows it.
struct Known {
    token: Token,
    /// The expiry that it was given at its creation.
    own_end: Option<Timestamp>,
    /// When the write that last moved its expiry took effect.
    end_written: Timestamp,
    /// When the write that deactivated it took effect.
    deactivation_written: Option<Timestamp>,
    /// Its request tokens, in the order of their issue.
    keys: Vec<[u8; 32]>,
    /// Renewed by the redemption of a request token.
    by_redemption: bool,
    /// Somebody was told that it's deactivated.
    deactivation_answered: bool,
    /// The string of it that somebody was given.
    given: Option<SecretHash>,
}

/// A request token.
struct Key {
    token: TokenId,
    issued_at: Timestamp,
    successor: Option<TokenId>,
    /// Somebody edited its renewal away or started another.
    called_off: bool,
    /// It was found dead.
    dead: bool,
    /// The string that it was redeemed for.
    given: Option<SecretHash>,
}

/// An entry and what was delivered of it.
struct Owed {
    entry: HistoryEntry,
    published: u32,
    mailed: u32,
}

impl Ledger {
    /// Something is not as it must be; the first such thing counts.
    pub fn violate(&mut self, now: Timestamp, what: impl Into<String>) {
        let what = what.into();
        self.violation.get_or_insert((now, what));
    }

    /// What is not as it must be.
    #[must_use]
    pub fn violation(&self) -> Option<(Timestamp, String)> {
        self.violation.clone()
    }

    /// A write took effect.
    pub fn observe(&mut self, store: &Memory, commit: &Commit, now: Timestamp) {
        if let Err(what) = self.judge_write(store, commit, now) {
            self.violate(now, what);
        }
    }

    /// Counts what happened.
    pub fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    /// The token's successor, if it was renewed.
    #[must_use]
    pub fn successor(&self, id: TokenId) -> Option<TokenId> {
        self.tokens.get(&id)?.token.renewed.map(|renewed| renewed.by)
    }

    /// The newest token of a series that begins with this one.
    #[must_use]
    pub fn newest(&self, first: TokenId) -> TokenId {
        let mut id = first;
        while let Some(next) = self.successor(id) {
            id = next;
        }
        id
    }

    /// The token as it was written last.
    #[must_use]
    pub fn token(&self, id: TokenId) -> Option<&Token> {
        self.tokens.get(&id).map(|known| &known.token)
    }
}

/// A write in words.
#[must_use]
pub fn words(commit: &Commit) -> String {
    let tokens: Vec<_> =
        commit.change.tokens.iter().map(|token| format!("{} v{}", short(token.id), token.version)).collect();
    match &commit.change.entry {
        Some(entry) => format!("writes {:?} of {} [{}]", entry.action, short(entry.token), tokens.join(", ")),
        None => format!("writes [{}]", tokens.join(", ")),
    }
}

/// The end of an id, which tells tokens apart.
#[must_use]
pub fn short(id: TokenId) -> String {
    id.to_string().split_off(28)
}

/// A violation unless it's so.
fn must(so: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if so { Ok(()) } else { Err(what()) }
}
