//! A request token as it is stored.

use keyturn_domain::delivery::LastDelivery;
use keyturn_domain::token::PendingRenewal;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::{
    Malformed, Seconds, bytes, hash, moment, moments, reason, sealed, sealed_bytes, seconds, stored_reason,
};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PendingRecord {
    attempt: u32,
    hash: ByteBuf,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    sealed: Option<ByteBuf>,
    requested_at: Seconds,
    tries: u32,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    next_try_at: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    last_delivery_at: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    last_delivery_success: Option<bool>,
    #[serde(default)]
    lapsed: bool,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    reason: Option<String>,
}

impl From<&PendingRenewal> for PendingRecord {
    fn from(pending: &PendingRenewal) -> Self {
        Self {
            attempt: pending.attempt,
            hash: bytes(&pending.hash),
            sealed: pending.sealed.as_ref().map(sealed_bytes),
            requested_at: seconds(pending.requested_at),
            tries: pending.tries,
            next_try_at: pending.next_try_at.map(seconds),
            last_delivery_at: pending.last_delivery.map(|last| seconds(last.at)),
            last_delivery_success: pending.last_delivery.map(|last| last.success),
            lapsed: pending.lapsed,
            reason: stored_reason(pending.reason),
        }
    }
}

impl TryFrom<PendingRecord> for PendingRenewal {
    type Error = Malformed;

    fn try_from(record: PendingRecord) -> Result<Self, Malformed> {
        Ok(Self {
            attempt: record.attempt,
            hash: hash(&record.hash)?,
            sealed: record.sealed.map(sealed),
            requested_at: moment(record.requested_at)?,
            tries: record.tries,
            next_try_at: moments(record.next_try_at)?,
            last_delivery: record
                .last_delivery_success
                .zip(moments(record.last_delivery_at)?)
                .map(|(success, at)| LastDelivery { success, at }),
            lapsed: record.lapsed,
            reason: reason(record.reason.as_deref()),
        })
    }
}
