//! Changes: the outcome of a decision, written in one transaction.

use crate::history::HistoryEntry;
use crate::token::Token;

/// The outcome of a decision: records to write, and an entry for the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Records in their new state. Each replaces only the version it was derived from.
    pub tokens: Vec<Token>,
    /// The records that they replace, as they were when the decision was made.
    pub replaced: Vec<Token>,
    /// The entry for the token's history, if there is one.
    pub entry: Option<HistoryEntry>,
}

impl Change {
    /// An entry alone, without a change of any record.
    #[must_use]
    pub const fn noting(entry: HistoryEntry) -> Self {
        Self { tokens: Vec::new(), replaced: Vec::new(), entry: Some(entry) }
    }

    /// A record that replaces another, and what happened.
    #[must_use]
    pub(crate) fn replacing(before: &Token, after: Token, entry: Option<HistoryEntry>) -> Self {
        Self { tokens: vec![after], replaced: vec![before.clone()], entry }
    }

    /// A predecessor that gets a successor.
    #[must_use]
    pub(crate) fn succession(before: &Token, old: Token, successor: Token, mut entry: HistoryEntry) -> Self {
        entry.successor = Some(successor.id);
        Self { tokens: vec![old, successor], replaced: vec![before.clone()], entry: Some(entry) }
    }

    /// The record that a new state replaces; `None` for a new token.
    #[must_use]
    pub fn before(&self, token: &Token) -> Option<&Token> {
        self.replaced.iter().find(|before| before.id == token.id)
    }
}
