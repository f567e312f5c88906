//! The mutations that need code of their own; see `mutations.rs` of the domain.

use chrono::TimeDelta;
use keyturn_domain::Timestamp;
use keyturn_domain::change::Change;
use keyturn_domain::mutations::Mutation;

use crate::ports::{Commit, CommitError, TokenStore};

/// If the mutation is enabled, commits the change without its entry and returns the entry to be committed afterwards.
pub(crate) async fn commit_change_first(
    tokens: &dyn TokenStore,
    commit: Commit,
) -> Result<Commit, CommitError> {
    if !Mutation::OutboxAfterChange.is_enabled() {
        return Ok(commit);
    }
    let mut first = commit.clone();
    first.change.entry = None;
    tokens.commit(&first).await?;
    let change = Change { tokens: Vec::new(), replaced: Vec::new(), entry: commit.change.entry };
    Ok(Commit { change, ..commit })
}

/// When a token that failed is due again.
pub(crate) fn deferred_until(until: Timestamp) -> Timestamp {
    if Mutation::DeferredForgotten.is_enabled() { until + TimeDelta::days(4_000) } else { until }
}
