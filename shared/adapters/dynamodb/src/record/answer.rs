//! A saved answer as it is stored.

use keyturn_application::ports::{AnswerKey, SavedAnswer, SavedBody};
use keyturn_domain::secret::Sealed;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use uuid::Uuid;

use super::{Malformed, Seconds, id, moment, seconds};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AnswerRecord {
    caller: Uuid,
    hash: ByteBuf,
    fingerprint: ByteBuf,
    /// The whole answer; empty if its secrets are apart.
    sealed: ByteBuf,
    /// The answer without its secrets, and until when these are in an item of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    secrets_until: Option<Seconds>,
    saved_at: Seconds,
    expires_at: Seconds,
}

/// The secrets of an answer.
#[derive(Serialize, Deserialize)]
pub(crate) struct AnswerSecretsRecord {
    sealed: ByteBuf,
}

impl From<&SavedAnswer> for AnswerRecord {
    fn from(answer: &SavedAnswer) -> Self {
        let (sealed, text, until) = match &answer.body {
            SavedBody::Whole(sealed) => (sealed.as_bytes().to_vec(), None, None),
            SavedBody::Apart { text, until, .. } => (Vec::new(), Some(text.clone()), Some(*until)),
        };
        Self {
            caller: answer.key.caller.uuid(),
            hash: ByteBuf::from(answer.key.hash.to_vec()),
            fingerprint: ByteBuf::from(answer.fingerprint.to_vec()),
            sealed: ByteBuf::from(sealed),
            text,
            secrets_until: until.map(seconds),
            saved_at: seconds(answer.saved_at),
            expires_at: seconds(answer.expires_at),
        }
    }
}

impl TryFrom<AnswerRecord> for SavedAnswer {
    type Error = Malformed;

    /// Without the secrets that are apart.
    fn try_from(record: AnswerRecord) -> Result<Self, Malformed> {
        let digest = |bytes: ByteBuf| bytes.into_vec().try_into().map_err(|_| Malformed("a hash"));
        let body = match record.text {
            None => SavedBody::Whole(Sealed::new(record.sealed.into_vec())),
            Some(text) => {
                let until = moment(record.secrets_until.ok_or(Malformed("secretsUntil"))?)?;
                SavedBody::Apart { text, secrets: None, until }
            }
        };
        Ok(Self {
            key: AnswerKey { caller: id(record.caller), hash: digest(record.hash)? },
            fingerprint: digest(record.fingerprint)?,
            body,
            saved_at: moment(record.saved_at)?,
            expires_at: moment(record.expires_at)?,
        })
    }
}

impl From<&Sealed> for AnswerSecretsRecord {
    fn from(sealed: &Sealed) -> Self {
        Self { sealed: ByteBuf::from(sealed.as_bytes().to_vec()) }
    }
}

impl TryFrom<AnswerSecretsRecord> for Sealed {
    type Error = Malformed;

    fn try_from(record: AnswerSecretsRecord) -> Result<Self, Malformed> {
        Ok(Self::new(record.sealed.into_vec()))
    }
}
