//! Idempotent requests: the same key and request give the same answer for 24 hours.
//!
//! The answer is sealed and written in the transaction of the change itself, so a committed change never lacks its
//! answer.

use std::sync::Arc;

use chrono::TimeDelta;
use keyturn_domain::change::Change;
use keyturn_domain::credential::Credential;
use keyturn_domain::refusal::Refusal;

use crate::context::Context;
use crate::created::{Created, CreatedEncoder};
use crate::failure::Failure;
use crate::ports::{AnswerKey, AnswerStore, PortError, SavedAnswer};
use crate::secret_vault::SecretVault;

/// How long an answer is saved.
const KEPT: TimeDelta = TimeDelta::hours(24);

/// Saves and replays answers.
#[derive(Clone)]
pub struct Idempotency {
    /// Where answers are stored.
    pub answers: Arc<dyn AnswerStore>,
    /// Seals and opens them.
    pub vault: SecretVault,
    /// The time.
    pub context: Context,
    /// Encodes an answer to be saved.
    pub encoder: Arc<dyn CreatedEncoder>,
}

/// A request that came with an idempotency key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestKey {
    /// SHA-256 of the key.
    pub hash: [u8; 32],
    /// SHA-256 of the request.
    pub fingerprint: [u8; 32],
}

/// The token that a change creates.
pub(crate) type CreatedBy<'a> = dyn Fn(&Change) -> Result<Created, PortError> + Send + Sync + 'a;

/// A request whose answer is to be saved.
pub(crate) struct Idempotent<'a> {
    idempotency: &'a Idempotency,
    caller: &'a Credential,
    key: RequestKey,
    created: &'a CreatedBy<'a>,
}

impl Idempotency {
    /// The answer that was given before, if the request is a repetition.
    pub(crate) async fn previous_answer(
        &self,
        caller: &Credential,
        key: Option<RequestKey>,
    ) -> Result<Option<String>, Failure> {
        let Some(key) = key else { return Ok(None) };
        let saved = self.answers.saved_answer(&AnswerKey { caller: caller.id, hash: key.hash }).await?;
        match saved.filter(|saved| self.context.now() < saved.expires_at) {
            None => Ok(None),
            Some(saved) if saved.fingerprint != key.fingerprint => Err(Refusal::KeyReused.into()),
            Some(saved) => Ok(Some(self.vault.open_answer(caller, &saved.sealed).await?)),
        }
    }

    /// A request whose answer is to be saved, if it came with a key.
    pub(crate) fn keep<'a>(
        &'a self,
        caller: &'a Credential,
        key: Option<RequestKey>,
        created: &'a CreatedBy<'a>,
    ) -> Option<Idempotent<'a>> {
        key.map(|key| Idempotent { idempotency: self, caller, key, created })
    }
}

impl Idempotent<'_> {
    /// The answer to a change that is about to be committed.
    pub(crate) async fn answer_to(&self, change: &Change) -> Result<SavedAnswer, PortError> {
        let Idempotency { vault, context, encoder, .. } = self.idempotency;
        let body = encoder.encode(&(self.created)(change)?)?;
        Ok(SavedAnswer {
            key: AnswerKey { caller: self.caller.id, hash: self.key.hash },
            fingerprint: self.key.fingerprint,
            sealed: vault.seal_answer(self.caller, &body).await?,
            saved_at: context.now(),
            expires_at: context.now() + KEPT,
        })
    }
}
