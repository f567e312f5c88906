//! A delivery of a callback as it is stored.

use chrono::TimeDelta;
use keyturn_domain::delivery::{Delivery, Failure, FailureClass};
use serde::{Deserialize, Serialize};

use super::{Malformed, Seconds, moment, reason, seconds, stored_reason};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeliveryRecord {
    at: Seconds,
    attempt: u32,
    try_number: u32,
    duration_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    status_code: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    error_class: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    retry_after_seconds: Option<i64>,
    last_try: bool,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    reason: Option<String>,
}

impl From<&Delivery> for DeliveryRecord {
    fn from(delivery: &Delivery) -> Self {
        let failure = delivery.outcome.err();
        Self {
            at: seconds(delivery.at),
            attempt: delivery.attempt,
            try_number: delivery.try_number,
            duration_ms: delivery.duration_ms,
            status_code: delivery.outcome.map_or_else(|failure| failure.status, Some),
            error_class: failure.map(|failure| failure.class.as_str().to_owned()),
            retry_after_seconds: failure
                .and_then(|failure| failure.retry_after)
                .map(|delay| delay.num_seconds()),
            last_try: delivery.last_try,
            reason: stored_reason(delivery.reason),
        }
    }
}

impl TryFrom<DeliveryRecord> for Delivery {
    type Error = Malformed;

    fn try_from(record: DeliveryRecord) -> Result<Self, Malformed> {
        let outcome = match (record.error_class, record.status_code) {
            (Some(name), status) => {
                let known = FailureClass::ALL.into_iter().find(|class| class.as_str() == name);
                let class = known.unwrap_or(FailureClass::Unknown);
                let retry_after = record.retry_after_seconds.map(TimeDelta::seconds);
                Err(Failure { class, status, retry_after })
            }
            (None, status) => Ok(status.ok_or(Malformed("statusCode"))?),
        };
        Ok(Self {
            at: moment(record.at)?,
            attempt: record.attempt,
            try_number: record.try_number,
            duration_ms: record.duration_ms,
            outcome,
            last_try: record.last_try,
            reason: reason(record.reason.as_deref()),
        })
    }
}
