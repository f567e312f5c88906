//! One step of a token: decides, commits, and sends the callback if the step is one.

use keyturn_domain::Timestamp;
use keyturn_domain::backoff::Failures;
use keyturn_domain::change::Change;
use keyturn_domain::due::{self, Due};
use keyturn_domain::ids::TokenId;
use keyturn_domain::secret::SecretString;
use keyturn_domain::token::Token;
use keyturn_domain::{follow_up, lifecycle, limits, notices, pull, renewal};

use super::fair_queue::Call;
use super::follow_up::Successor;
use super::run::StepKind;
use super::{Summary, Sweep};
use crate::failure::Failure;
use crate::ports::{Commit, CommitError, OutboxEntry, PortError};
use crate::retry::{Attempt, until_committed};

/// The outcome of a decision.
#[derive(Default)]
pub(super) struct Decision {
    /// What to write.
    pub(super) change: Option<Change>,
    /// The request token that was created with it, in the clear.
    pub(super) request_token: Option<SecretString>,
    /// The successor whose receiver gets the request token, if it exists.
    pub(super) successor: Option<Successor>,
}

/// What a commit wrote.
pub(super) struct Committed {
    /// The token that was due, in its new state, if it was written.
    pub(super) token: Option<Token>,
    /// The entry to be delivered now.
    pub(super) entry: Option<OutboxEntry>,
}

/// What one step did.
#[derive(Default)]
pub(super) struct Stepped {
    /// The token in its new state, to be looked at again; none if it may have been changed by others.
    pub(super) token: Option<Token>,
    /// Entries to be delivered.
    pub(super) entries: Vec<OutboxEntry>,
    /// How the call of the receiver ended, if there was one.
    pub(super) call: Option<Call>,
    /// What to count.
    pub(super) summary: Summary,
}

/// One thing that was due and is done.
enum Turn {
    /// Nothing is due any more, or something that belongs into another lane.
    Other(Option<Box<Token>>),
    /// It was committed.
    Committed {
        due: Due,
        committed: Box<Committed>,
        /// The request token that was created, in the clear, so that its first delivery need not unseal it.
        request_token: Option<SecretString>,
        /// The successor whose receiver gets it, if it exists.
        successor: Option<Box<Successor>>,
        /// Whether the window of a request token that was redeemed has ended.
        ends_window: bool,
    },
}

impl Sweep {
    /// Does the next thing that is due for a token, if it's of this kind. `token` is the record if it was read just now: what
    /// was just read or written needs no reading, since a commit over a later version fails.
    pub(super) async fn step(
        &self,
        id: TokenId,
        token: Option<Token>,
        kind: StepKind,
    ) -> Result<Stepped, Failure> {
        let mut read = token;
        let mut stepped = Stepped::default();
        let turn = until_committed(|| self.turn(id, read.take(), kind)).await?;
        let (due, committed, request_token, successor, ends_window) = match turn {
            Turn::Other(token) => {
                stepped.token = token.map(|token| *token);
                return Ok(stepped);
            }
            Turn::Committed { due, committed, request_token, successor, ends_window } => {
                (due, *committed, request_token, successor, ends_window)
            }
        };
        let summary = &mut stepped.summary;
        summary.windows_ended += u64::from(ends_window);
        match due {
            Due::Issue => summary.requested += 1,
            Due::Renew => summary.renewed += 1,
            Due::FollowUp => summary.requested += u64::from(request_token.is_some()),
            Due::Lapse | Due::Unfetched => summary.unredeemed += 1,
            Due::Expiry => summary.expired += 1,
            Due::ExpiryNotice | Due::OverlapNotice => summary.notices += 1,
            Due::Try | Due::FollowUpTry | Due::LeakCheck | Due::DropString => {}
        }
        stepped.entries.extend(committed.entry);
        match (kind, committed.token) {
            (StepKind::Callback, Some(token)) if sends(due, &token, request_token.as_ref()) => {
                let successor = successor.as_ref().and_then(|successor| successor.token());
                self.send_callback(token, successor, request_token, &mut stepped).await?;
            }
            (_, token) => stepped.token = token,
        }
        Ok(stepped)
    }

    /// Decides and commits one thing that is due.
    async fn turn(&self, id: TokenId, read: Option<Token>, kind: StepKind) -> Result<Attempt<Turn>, Failure> {
        let Some(token) = self.tokens.token_unless_read(id, read).await? else {
            return Ok(Attempt::Done(Turn::Other(None)));
        };
        let due = match due::now(&token, self.context.now()) {
            Some(due) if StepKind::of(due) == kind => due,
            _ => return Ok(Attempt::Done(Turn::Other(Some(Box::new(token))))),
        };
        let ends_window = match due {
            Due::Lapse | Due::Unfetched => true,
            Due::FollowUp => follow_up::ends_window(&token),
            _ => false,
        };
        let Decision { change, request_token, successor } = self.decide(&token, due).await?;
        let committed = self.commit(change.ok_or(PortError::bare("what is due cannot be done"))?).await;
        let successor = successor.map(Box::new);
        Attempt::of(committed.map(|committed| {
            let committed = Box::new(committed);
            Turn::Committed { due, committed, request_token, successor, ends_window }
        }))
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
            Due::Try if keyturn_domain::mutations::Mutation::NewRequestTokenAtRetry.is_enabled() => {
                return self.issue(token, now).await;
            }
            Due::Try => renewal::take_up_try(token, now),
            Due::FollowUp => return self.decide_follow_up(token, now).await,
            Due::FollowUpTry => return self.decide_follow_up_try(token, now).await,
            Due::Unfetched => pull::announce_unfetched(token, now),
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
            Due::LeakCheck => self.decide_leak_check(token).await?,
            Due::DropString => Some(lifecycle::drop_string(token)),
        };
        Ok(Decision { change, ..Decision::default() })
    }

    pub(super) async fn issue(&self, token: &Token, now: Timestamp) -> Result<Decision, PortError> {
        let (request_token, new) = self.vault.request_token(token).await?;
        let change = Some(renewal::issue(token, new, now));
        Ok(Decision { change, request_token: Some(request_token), successor: None })
    }

    /// Commits a change of the sweep's own. Its entry is delivered right afterwards, so it becomes due for other sweeps
    /// only after this one must have died.
    pub(super) async fn commit(&self, change: Change) -> Result<Committed, CommitError> {
        let (id, now) = (self.context.fresh_id(), self.context.now());
        let commit = Commit {
            entry_id: id,
            entry_due: now + limits::ENTRY_LEASE,
            ..Commit::new(change, &self.context)
        };
        self.tokens.commit(&commit).await?;
        let Change { tokens, entry, .. } = commit.change;
        let entry = entry.filter(|entry| !entry.channels().is_empty()).map(|entry| OutboxEntry {
            key: self.due.entry_key(id, &entry),
            id,
            pending: entry.channels(),
            failures: Failures::default(),
            due_at: commit.entry_due,
            gathered: false,
            is_new: true,
            entry,
        });
        Ok(Committed { token: tokens.into_iter().next(), entry })
    }
}

/// Whether a step sends a callback. One for a successor may find that none is needed any more.
fn sends(due: Due, token: &Token, request_token: Option<&SecretString>) -> bool {
    match due {
        Due::FollowUp => request_token.is_some(),
        Due::FollowUpTry => token.in_delivery().is_some(),
        _ => true,
    }
}

impl Sweep {
    /// Makes a token that failed due later. Whether it's stuck.
    pub(super) async fn defer(&self, id: TokenId) -> Result<bool, PortError> {
        let [jitter] = self.context.random();
        let failures = self.due.token_failures(id).await?;
        let now = self.context.now();
        let failures = failures.with_another(now);
        let until = failures.retry_at(jitter, now);
        #[cfg(feature = "mutations")]
        let until = crate::mutations::deferred_until(until);
        self.due.defer_token(id, failures, now, until).await?;
        Ok(failures.is_stuck(now))
    }
}
