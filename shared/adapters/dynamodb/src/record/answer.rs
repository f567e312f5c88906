//! A saved answer as it is stored.

use keyturn_application::ports::{AnswerKey, SavedAnswer};
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
    sealed: ByteBuf,
    saved_at: Seconds,
    expires_at: Seconds,
}

impl From<&SavedAnswer> for AnswerRecord {
    fn from(answer: &SavedAnswer) -> Self {
        Self {
            caller: answer.key.caller.uuid(),
            hash: ByteBuf::from(answer.key.hash.to_vec()),
            fingerprint: ByteBuf::from(answer.fingerprint.to_vec()),
            sealed: ByteBuf::from(answer.sealed.as_bytes().to_vec()),
            saved_at: seconds(answer.saved_at),
            expires_at: seconds(answer.expires_at),
        }
    }
}

impl TryFrom<AnswerRecord> for SavedAnswer {
    type Error = Malformed;

    fn try_from(record: AnswerRecord) -> Result<Self, Malformed> {
        let digest = |bytes: ByteBuf| bytes.into_vec().try_into().map_err(|_| Malformed("a hash"));
        Ok(Self {
            key: AnswerKey { caller: id(record.caller), hash: digest(record.hash)? },
            fingerprint: digest(record.fingerprint)?,
            sealed: Sealed::new(record.sealed.into_vec()),
            saved_at: moment(record.saved_at)?,
            expires_at: moment(record.expires_at)?,
        })
    }
}
