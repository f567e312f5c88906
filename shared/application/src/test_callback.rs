//! Sends a test callback, so that an integrator can rehearse a renewal.

use std::sync::Arc;

use keyturn_domain::caller::Caller;
use keyturn_domain::change::Change;
use keyturn_domain::history::HistoryEntry;
use keyturn_domain::ids::TokenId;
use keyturn_domain::outliving;
use keyturn_domain::refusal::{Conflict, Refusal};
use keyturn_domain::rules::Rules;
use keyturn_domain::test_callback;
use uuid::Uuid;

use crate::callback_message::{CallbackMessages, Occasion};
use crate::change::ChangeToken;
use crate::failure::Failure;
use crate::ports::{CallbackSender, Commit, CommitError, PortError};
use crate::secret_vault::SecretVault;

/// Sends test callbacks for tokens of the caller's company.
pub struct TestCallback {
    /// Reads and commits.
    pub change: ChangeToken,
    /// Creates and opens secrets.
    pub vault: SecretVault,
    /// Sends it.
    pub callbacks: Arc<dyn CallbackSender>,
    /// The deployment's parameters.
    pub rules: Rules,
}

impl TestCallback {
    /// The entry of the callback log. `base_url` is the address at which the caller reached the API.
    pub async fn run(
        &self,
        caller: &Caller,
        id: TokenId,
        base_url: String,
    ) -> Result<(Uuid, HistoryEntry), Failure> {
        let before = self.change.read(caller, id).await?;
        outliving::permit_string(caller, &before)?;
        if !self.rules.copyable {
            // Its request token would redeem to a string that isn't stored.
            return Err(Refusal::Conflict(Conflict::NotCopyable).into());
        }
        let (request_token, new) = self.vault.request_token(&before).await?;
        let actor = caller.actor();
        let decide = |token: &_, now| {
            test_callback::prepare(token, new.hash, actor.clone(), now).map(Some).map_err(Refusal::Conflict)
        };
        let token = self.change.run(caller, before, decide).await?;
        let occasion = Occasion::test(&token).ok_or(Refusal::Conflict(Conflict::NoCallback))?;
        let (vault, context) = (self.vault.clone(), self.change.context.clone());
        let messages = CallbackMessages { vault, context, base_url };
        let message = messages.write(&token, &request_token, &occasion).await?;
        let message = message.ok_or(Refusal::Conflict(Conflict::NoCallback))?;
        let report = self.callbacks.send(&message).await;
        self.record(test_callback::record(&token, report, actor, self.change.context.now())).await
    }

    async fn record(&self, change: Change) -> Result<(Uuid, HistoryEntry), Failure> {
        let commit = Commit::new(change, &self.change.context);
        match self.change.tokens.commit(&commit).await {
            Ok(()) => {}
            Err(CommitError::Failed(error)) => return Err(error.into()),
            Err(CommitError::Conflict) => {
                return Err(PortError::bare("the id of a new entry is in use").into());
            }
        }
        let entry = commit.change.entry.ok_or(PortError::bare("a test callback left no entry"))?;
        Ok((commit.entry_id, entry))
    }
}
