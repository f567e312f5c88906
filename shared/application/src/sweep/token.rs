//! Everything that is due for one token.

use keyturn_domain::due::{self, Due};
use keyturn_domain::effect::Change;
use keyturn_domain::ids::TokenId;
use keyturn_domain::token::Token;
use keyturn_domain::{lifecycle, limits, notices, renewal};

use super::{Summary, Sweep};
use crate::failure::Failure;
use crate::ports::{Commit, CommitError, OutboxEntry, PortError};
use crate::retry::{Attempt, until_committed};

impl Sweep {
    /// Does what is due for a token, one thing after another until nothing is.
    pub(super) async fn step_token(&self, id: TokenId, summary: &mut Summary) -> Result<(), Failure> {
        // Each turn moves the token's next due moment forward; a token that is long overdue needs a few turns. What was
        // just written needs no reading: whoever changed it meanwhile made it due anew.
        let mut written = None;
        while let Some((due, committed)) = until_committed(|| self.turn(id, written.take())).await? {
            match due {
                Due::Issue => summary.requested += 1,
                Due::Renew => summary.renewed += 1,
                Due::Lapse => summary.unredeemed += 1,
                Due::Expiry => summary.expired += 1,
                Due::ExpiryNotice | Due::OverlapNotice => summary.notices += 1,
                Due::Try | Due::DropString => {}
            }
            if let Some(owed) = committed.owed {
                self.deliver_owed(owed, summary).await?;
            }
            written = match (due, committed.token) {
                (Due::Issue | Due::Try, Some(token)) => self.call_back(token, summary).await?,
                (_, token) => token,
            };
        }
        Ok(())
    }

    /// One thing that is due, decided and committed.
    async fn turn(
        &self,
        id: TokenId,
        written: Option<Token>,
    ) -> Result<Attempt<Option<(Due, Committed)>>, Failure> {
        let token = match written {
            Some(token) => Some(token),
            None => self.tokens.token(id).await?,
        };
        let Some(token) = token else { return Ok(Attempt::Done(None)) };
        let Some(due) = due::now(&token, self.context.now()) else { return Ok(Attempt::Done(None)) };
        let change = self.decide(&token, due).await?;
        Ok(match self.commit(change).await {
            Ok(committed) => Attempt::Done(Some((due, committed))),
            Err(CommitError::Conflict) => Attempt::LostRace,
            Err(CommitError::Failed(error)) => return Err(error.into()),
        })
    }

    async fn decide(&self, token: &Token, due: Due) -> Result<Change, PortError> {
        let now = self.context.now();
        let change = match due {
            Due::Issue => Some(renewal::issue(token, self.vault.request_token(token).await?.1, now)),
            Due::Renew => {
                let fresh = self.vault.token_string(&token.company).await?.1;
                Some(renewal::by_schedule(token, fresh, &self.rules, now))
            }
            #[cfg(feature = "mutations")]
            Due::Try if keyturn_domain::mutations::Mutation::NewKeyAtRetry.is_enabled() => {
                Some(renewal::issue(token, self.vault.request_token(token).await?.1, now))
            }
            Due::Try => renewal::take_up_try(token, now),
            Due::Lapse => renewal::lapse(token, now),
            Due::Expiry => token.expires_at.map(|end| lifecycle::expire(token, end, now)),
            Due::ExpiryNotice => notices::announce_expiry(token, now),
            Due::OverlapNotice => {
                let old = self.credentials.credential(token.id).await?;
                let new = match token.renewed {
                    Some(renewed) => self.credentials.credential(renewed.by).await?,
                    None => None,
                };
                Some(notices::look_at_overlap(token, old.as_ref(), new.as_ref(), now))
            }
            Due::DropString => Some(lifecycle::drop_string(token)),
        };
        change.ok_or(PortError::bare("what is due cannot be done"))
    }

    /// Commits a change of the sweep's own. What the entry owes is delivered right afterwards, so it becomes due for
    /// other sweeps only when this one must have died.
    pub(super) async fn commit(&self, change: Change) -> Result<Committed, CommitError> {
        let (id, now) = (self.context.fresh_id(), self.context.now());
        let commit =
            Commit { entry_id: id, entry_due: now + limits::TRY_LEASE, ..Commit::new(change, &self.context) };
        self.tokens.commit(&commit).await?;
        let Change { mut tokens, entry, .. } = commit.change;
        let owed = entry.map(|entry| OutboxEntry {
            key: self.due.entry_key(id, &entry),
            id,
            owes_event: entry.action.event().is_some(),
            owes_mail: entry.mail.is_some(),
            failures: 0,
            entry,
        });
        Ok(Committed { token: if tokens.is_empty() { None } else { Some(tokens.swap_remove(0)) }, owed })
    }
}

/// What a commit wrote.
pub(super) struct Committed {
    /// The token that was due, in its new state, if it was written.
    pub(super) token: Option<Token>,
    /// What is to be delivered now.
    pub(super) owed: Option<OutboxEntry>,
}
