//! Idempotent requests: the same key and request give the same answer for 24 hours.
//!
//! The answer is written in the transaction of the change itself, so a committed change never lacks its answer. Its secrets
//! are sealed: with the rest, if it can be sealed as a whole, or alone. Where token strings can't be copied, the secrets go
//! with the redemption window, and later repetitions are refused.

use std::sync::Arc;

use chrono::TimeDelta;
use keyturn_domain::caller::Caller;
use keyturn_domain::change::Change;
use keyturn_domain::limits;
use keyturn_domain::refusal::{Conflict, Refusal};

use crate::context::Context;
use crate::created::{Created, CreatedEncoder};
use crate::cut_out;
use crate::failure::Failure;
use crate::ports::{AnswerKey, AnswerStore, PortError, SEALABLE_BYTES, SavedAnswer, SavedBody};
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
    /// Whether token strings can be copied later.
    pub copyable: bool,
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
    caller: &'a Caller,
    key: RequestKey,
    created: &'a CreatedBy<'a>,
}

impl Idempotency {
    /// The answer that was given before, if the request is a repetition.
    pub(crate) async fn previous_answer(
        &self,
        caller: &Caller,
        key: Option<RequestKey>,
    ) -> Result<Option<String>, Failure> {
        let Some(key) = key else { return Ok(None) };
        let saved =
            self.answers.saved_answer(&AnswerKey { caller: caller.answers_id(), hash: key.hash }).await?;
        match saved.filter(|saved| self.context.now() < saved.expires_at) {
            None => Ok(None),
            Some(saved) if saved.fingerprint != key.fingerprint => Err(Refusal::KeyReused.into()),
            Some(saved) => self.open(caller, saved).await.map(Some),
        }
    }

    /// How long the secrets of an answer are given out again.
    const fn secrets_kept(&self) -> TimeDelta {
        if self.copyable { KEPT } else { limits::REDEMPTION_WINDOW }
    }

    async fn open(&self, caller: &Caller, saved: SavedAnswer) -> Result<String, Failure> {
        const GONE: Refusal = Refusal::Conflict(Conflict::NotCopyable);
        if self.context.now() >= saved.saved_at + self.secrets_kept() {
            return Err(GONE.into());
        }
        match saved.body {
            SavedBody::Whole(sealed) => Ok(self.vault.open_answer(caller, &sealed).await?),
            SavedBody::Apart { text, secrets, .. } => {
                let secrets = self.vault.open_answer(caller, &secrets.ok_or(GONE)?).await?;
                Ok(cut_out::restore(&text, &secrets)?)
            }
        }
    }

    /// A request whose answer is to be saved, if it came with a key.
    pub(crate) fn keep<'a>(
        &'a self,
        caller: &'a Caller,
        key: Option<RequestKey>,
        created: &'a CreatedBy<'a>,
    ) -> Option<Idempotent<'a>> {
        key.map(|key| Idempotent { idempotency: self, caller, key, created })
    }
}

impl Idempotent<'_> {
    /// The answer to a change that is about to be committed.
    pub(crate) async fn answer_to(&self, change: &Change) -> Result<SavedAnswer, PortError> {
        let Idempotency { vault, context, encoder, copyable, .. } = self.idempotency;
        let created = (self.created)(change)?;
        let (answer, now) = (encoder.encode(&created)?, context.now());
        let body = if *copyable && answer.len() <= SEALABLE_BYTES {
            SavedBody::Whole(vault.seal_answer(self.caller, &answer).await?)
        } else {
            let (text, secrets) = cut_out::cut(&answer, &created.secrets())?;
            let secrets = Some(vault.seal_answer(self.caller, &secrets).await?);
            SavedBody::Apart { text, secrets, until: now + self.idempotency.secrets_kept() }
        };
        Ok(SavedAnswer {
            key: AnswerKey { caller: self.caller.answers_id(), hash: self.key.hash },
            fingerprint: self.key.fingerprint,
            body,
            saved_at: now,
            expires_at: now + KEPT,
        })
    }
}
