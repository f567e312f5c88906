//! Requests that may be repeated: the same key and request give the same answer for a day.
//!
//! The answer is sealed and written in the transaction of the change itself, so there is no moment at which the change
//! stands and the answer is lost.

use std::sync::Arc;

use chrono::TimeDelta;
use keyturn_domain::credential::Credential;
use keyturn_domain::effect::Change;
use keyturn_domain::refusal::Refusal;

use crate::context::Context;
use crate::failure::Failure;
use crate::ports::{AnswerKey, AnswerStore, PortError, SavedAnswer};
use crate::secret_vault::SecretVault;

/// How long an answer is kept.
const KEPT: TimeDelta = TimeDelta::hours(24);

/// Gives answers again.
#[derive(Clone)]
pub struct Idempotency {
    /// Where answers are kept.
    pub answers: Arc<dyn AnswerStore>,
    /// Seals and opens them.
    pub vault: SecretVault,
    /// The time.
    pub context: Context,
}

/// A request that came with an idempotency key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestKey {
    /// SHA-256 of the key.
    pub hash: [u8; 32],
    /// SHA-256 of the request.
    pub fingerprint: [u8; 32],
}

/// Writes the answer that a change leads to.
pub type Render<'a> = dyn Fn(&Change) -> Result<String, PortError> + Send + Sync + 'a;

/// A request whose answer is to be kept.
pub(crate) struct Idempotent<'a> {
    idempotency: &'a Idempotency,
    caller: &'a Credential,
    request: RequestKey,
    render: &'a Render<'a>,
}

impl Idempotency {
    /// The answer that was given before, if the request is a repetition.
    pub(crate) async fn previous_answer(
        &self,
        caller: &Credential,
        request: Option<RequestKey>,
    ) -> Result<Option<String>, Failure> {
        let Some(request) = request else { return Ok(None) };
        let key = AnswerKey { caller: caller.id, hash: request.hash };
        let saved = self.answers.saved_answer(&key).await?;
        match saved.filter(|saved| self.context.now() < saved.expires_at) {
            None => Ok(None),
            Some(saved) if saved.fingerprint != request.fingerprint => Err(Refusal::KeyReused.into()),
            Some(saved) => Ok(Some(self.vault.open_answer(caller, &saved.sealed).await?)),
        }
    }

    /// A request whose answer is to be kept, if it came with a key.
    pub(crate) fn keep<'a>(
        &'a self,
        caller: &'a Credential,
        request: Option<RequestKey>,
        render: &'a Render<'a>,
    ) -> Option<Idempotent<'a>> {
        request.map(|request| Idempotent { idempotency: self, caller, request, render })
    }
}

impl Idempotent<'_> {
    /// The answer to a change that is about to be committed.
    pub(crate) async fn answer_to(&self, change: &Change) -> Result<SavedAnswer, PortError> {
        let Idempotency { vault, context, .. } = self.idempotency;
        Ok(SavedAnswer {
            key: AnswerKey { caller: self.caller.id, hash: self.request.hash },
            fingerprint: self.request.fingerprint,
            sealed: vault.seal_answer(self.caller, &(self.render)(change)?).await?,
            saved_at: context.now(),
            expires_at: context.now() + KEPT,
        })
    }
}
