//! How a token renews itself, as it is stored.

use keyturn_domain::settings::CallbackUrl;
use keyturn_domain::token::{AutoRenewal, Callback};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::{Malformed, Seconds, is_false, moment, sealed, sealed_bytes, seconds};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AutoRenewalRecord {
    every_days: u16,
    next_renewal_at: Seconds,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    callback: Option<CallbackRecord>,
    #[serde(skip_serializing_if = "is_false", default)]
    pull: bool,
    #[serde(skip_serializing_if = "is_zero", default)]
    unfetched_days: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CallbackRecord {
    url: String,
    secret: ByteBuf,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    previous: Vec<PreviousSecretRecord>,
}

#[derive(Serialize, Deserialize)]
struct PreviousSecretRecord {
    secret: ByteBuf,
    until: Seconds,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(value: &u32) -> bool {
    *value == 0
}

impl From<&AutoRenewal> for AutoRenewalRecord {
    fn from(renewal: &AutoRenewal) -> Self {
        Self {
            every_days: renewal.every_days,
            next_renewal_at: seconds(renewal.next_renewal_at),
            callback: renewal.callback.as_ref().map(|callback| CallbackRecord {
                url: callback.url.as_str().to_owned(),
                secret: sealed_bytes(&callback.secret),
                previous: callback
                    .previous
                    .iter()
                    .map(|(secret, until)| PreviousSecretRecord {
                        secret: sealed_bytes(secret),
                        until: seconds(*until),
                    })
                    .collect(),
            }),
            pull: renewal.pull,
            unfetched_days: renewal.unfetched_days,
        }
    }
}

impl TryFrom<AutoRenewalRecord> for AutoRenewal {
    type Error = Malformed;

    fn try_from(record: AutoRenewalRecord) -> Result<Self, Malformed> {
        let callback = match record.callback {
            Some(callback) => Some(Callback {
                url: CallbackUrl::stored(callback.url),
                secret: sealed(callback.secret),
                previous: callback
                    .previous
                    .into_iter()
                    .map(|previous| Ok((sealed(previous.secret), moment(previous.until)?)))
                    .collect::<Result<_, _>>()?,
            }),
            None => None,
        };
        Ok(Self {
            every_days: record.every_days,
            next_renewal_at: moment(record.next_renewal_at)?,
            callback,
            pull: record.pull,
            unfetched_days: record.unfetched_days,
        })
    }
}
