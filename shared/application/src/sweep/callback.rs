//! One delivery of a request token: the callback, and what came of it.

use keyturn_domain::delivery;
use keyturn_domain::token::{PendingRenewal, Token};

use super::token::Committed;
use super::{Summary, Sweep};
use crate::callback_message::Occasion;
use crate::failure::Failure;
use crate::ports::{CallbackMessage, CommitError, PortError};
use crate::retry::{Attempt, until_committed};

impl Sweep {
    /// Sends the request token that was just issued or taken up, and notes the outcome: the token as it was written with
    /// it. Should the process die before the note, the lease on the try runs out and the same request token goes out again.
    pub(super) async fn call_back(
        &self,
        token: Token,
        summary: &mut Summary,
    ) -> Result<Option<Token>, Failure> {
        let Some(pending) = &token.pending else { return Ok(None) };
        let Some(message) = self.message(&token).await? else { return Ok(None) };
        let report = self.callbacks.send(&message).await;
        if report.outcome.is_ok() {
            summary.delivered += 1;
        } else {
            summary.undelivered += 1;
        }
        let [jitter] = self.context.random();
        let Some(noted) = until_committed(|| self.note(&token, pending, report, jitter)).await? else {
            return Ok(None);
        };
        if let Some(owed) = noted.owed {
            self.deliver_owed(owed, summary).await?;
        }
        Ok(noted.token)
    }

    async fn note(
        &self,
        token: &Token,
        tried: &PendingRenewal,
        report: delivery::DeliveryReport,
        jitter: u8,
    ) -> Result<Attempt<Option<Committed>>, Failure> {
        let Some(current) = self.tokens.token(token.id).await? else { return Ok(Attempt::Done(None)) };
        let change = delivery::record(&current, tried, report, jitter, self.context.now());
        match self.commit(change).await {
            Ok(committed) => Ok(Attempt::Done(Some(committed))),
            Err(CommitError::Conflict) => Ok(Attempt::LostRace),
            Err(CommitError::Failed(error)) => Err(Failure::Broken(error)),
        }
    }

    async fn message(&self, token: &Token) -> Result<Option<CallbackMessage>, PortError> {
        let Some(key) = self.messages.vault.open_request_token(token).await? else { return Ok(None) };
        match Occasion::renewal(token) {
            Some(occasion) => self.messages.write(token, &key, &occasion).await,
            None => Ok(None),
        }
    }
}
