//! Processes what is due for one token.

use keyturn_domain::Timestamp;
use keyturn_domain::change::Change;
use keyturn_domain::due::{self, Due};
use keyturn_domain::ids::TokenId;
use keyturn_domain::secret::SecretString;
use keyturn_domain::token::Token;
use keyturn_domain::{lifecycle, limits, notices, renewal};

use super::{Summary, Sweep};
use crate::failure::Failure;
use crate::ports::{Commit, CommitError, OutboxEntry, PortError};
use crate::retry::{Attempt, until_committed};

/// The outcome of a decision: what to write, and the request token that was created with it, in the clear.
type Decision = (Change, Option<SecretString>);

/// What a commit wrote.
pub(super) struct Committed {
    /// The token that was due, in its new state, if it was written.
    pub(super) token: Option<Token>,
    /// The entry to be delivered now.
    pub(super) entry: Option<OutboxEntry>,
}

/// One thing that was due and is done.
struct Turn {
    due: Due,
    committed: Committed,
    /// The request token that was created, in the clear, so that its first delivery need not unseal it.
    request_token: Option<SecretString>,
}

impl Sweep {
    /// Processes what is due for a token, one thing after another until nothing is.
    pub(super) async fn step_token(&self, id: TokenId, summary: &mut Summary) -> Result<(), Failure> {
        // Each turn moves the token's due time forward; a token that is long overdue needs a few turns. What was just
        // written needs no reading: a concurrent change makes the token due again.
        let mut written = None;
        while let Some(turn) = until_committed(|| self.turn(id, written.take())).await? {
            let Turn { due, committed, request_token } = turn;
            match due {
                Due::Issue => summary.requested += 1,
                Due::Renew => summary.renewed += 1,
                Due::Lapse => summary.unredeemed += 1,
                Due::Expiry => summary.expired += 1,
                Due::ExpiryNotice | Due::OverlapNotice => summary.notices += 1,
                Due::Try | Due::DropString => {}
            }
            if let Some(entry) = committed.entry {
                self.deliver(entry, summary).await?;
            }
            written = match (due, committed.token) {
                (Due::Issue | Due::Try, Some(token)) => {
                    self.send_callback(token, request_token, summary).await?
                }
                (_, token) => token,
            };
        }
        Ok(())
    }

    /// Decides and commits one thing that is due.
    async fn turn(&self, id: TokenId, written: Option<Token>) -> Result<Attempt<Option<Turn>>, Failure> {
        let token = match written {
            Some(token) => Some(token),
            None => self.tokens.token(id).await?,
        };
        let Some(token) = token else { return Ok(Attempt::Done(None)) };
        let Some(due) = due::now(&token, self.context.now()) else { return Ok(Attempt::Done(None)) };
        let (change, request_token) = self.decide(&token, due).await?;
        let committed = self.commit(change).await;
        Attempt::of(committed.map(|committed| Some(Turn { due, committed, request_token })))
    }

    async fn decide(&self, token: &Token, due: Due) -> Result<Decision, PortError> {
        let now = self.context.now();
        let change = match due {
            Due::Issue => return self.issue(token, now).await,
            Due::Renew => {
                let (_, new) = self.vault.token_string(&token.company).await?;
                Some(renewal::by_schedule(token, new, &self.rules, now))
            }
            #[cfg(feature = "mutations")]
            Due::Try if keyturn_domain::mutations::Mutation::NewKeyAtRetry.is_enabled() => {
                return self.issue(token, now).await;
            }
            Due::Try => renewal::take_up_try(token, now),
            Due::Lapse => renewal::lapse(token, now),
            Due::Expiry => token.expires_at.map(|end| lifecycle::expire(token, end, now)),
            Due::ExpiryNotice => notices::announce_expiry(token, now),
            Due::OverlapNotice => {
                let predecessor = self.credentials.credential(token.id).await?;
                let successor = match token.renewed {
                    Some(renewed) => self.credentials.credential(renewed.by).await?,
                    None => None,
                };
                Some(notices::look_at_overlap(token, predecessor.as_ref(), successor.as_ref(), now))
            }
            Due::DropString => Some(lifecycle::drop_string(token)),
        };
        Ok((change.ok_or(PortError::bare("what is due cannot be done"))?, None))
    }

    async fn issue(&self, token: &Token, now: Timestamp) -> Result<Decision, PortError> {
        let (request_token, new) = self.vault.request_token(token).await?;
        Ok((renewal::issue(token, new, now), Some(request_token)))
    }

    /// Commits a change of the sweep's own. Its entry is delivered right afterwards, so it becomes due for other sweeps
    /// only after this one must have died.
    pub(super) async fn commit(&self, change: Change) -> Result<Committed, CommitError> {
        let (id, now) = (self.context.fresh_id(), self.context.now());
        let commit =
            Commit { entry_id: id, entry_due: now + limits::TRY_LEASE, ..Commit::new(change, &self.context) };
        self.tokens.commit(&commit).await?;
        let Change { tokens, entry, .. } = commit.change;
        let entry = entry.map(|entry| OutboxEntry {
            key: self.due.entry_key(id, &entry),
            id,
            pending: entry.channels(),
            failures: 0,
            entry,
        });
        Ok(Committed { token: tokens.into_iter().next(), entry })
    }
}
