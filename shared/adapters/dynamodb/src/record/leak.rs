//! What a token's record knows of the leak of its string.

use keyturn_domain::leak::{LastUse, Leak, Replacement};
use keyturn_domain::summary::LeakSummary;
use keyturn_domain::token::Redeemed;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::{Malformed, Seconds, bytes, hash, is_false, moment, moments, seconds};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RedeemedRecord {
    pub(super) hash: ByteBuf,
    pub(super) redeem_by: Seconds,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LeakRecord {
    reported_at: Seconds,
    source: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    last_used_at: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    last_used_from: Option<String>,
    /// Whether there is a replacement, for lists, which don't read the hashes in it.
    #[serde(skip_serializing_if = "is_false", default)]
    being_replaced: bool,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    replacement: Option<ReplacementRecord>,
}

/// What a list reads of it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LeakSummaryRecord {
    reported_at: Seconds,
    source: String,
    last_used_at: Option<Seconds>,
    last_used_from: Option<String>,
    #[serde(default)]
    being_replaced: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReplacementRecord {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    agreed_expiry: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    next_check: Option<Seconds>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    repeatable: Vec<RedeemedRecord>,
}

impl From<&Redeemed> for RedeemedRecord {
    fn from(redeemed: &Redeemed) -> Self {
        Self { hash: bytes(&redeemed.hash), redeem_by: seconds(redeemed.redeem_by) }
    }
}

impl TryFrom<RedeemedRecord> for Redeemed {
    type Error = Malformed;

    fn try_from(record: RedeemedRecord) -> Result<Self, Malformed> {
        Ok(Self { hash: hash(&record.hash)?, redeem_by: moment(record.redeem_by)? })
    }
}

impl From<&Leak> for LeakRecord {
    fn from(leak: &Leak) -> Self {
        let replacement = leak.replacement.as_ref().map(|replacement| ReplacementRecord {
            agreed_expiry: replacement.agreed_expiry.map(seconds),
            next_check: replacement.next_check.map(seconds),
            repeatable: replacement.repeatable.iter().map(RedeemedRecord::from).collect(),
        });
        Self {
            reported_at: seconds(leak.reported_at),
            source: leak.source.as_str().to_owned(),
            last_used_at: leak.last_use.map(|last| seconds(last.at)),
            last_used_from: leak.last_use.and_then(|last| last.from).map(|from| from.to_string()),
            being_replaced: leak.replacement.is_some(),
            replacement,
        }
    }
}

impl TryFrom<LeakRecord> for Leak {
    type Error = Malformed;

    fn try_from(record: LeakRecord) -> Result<Self, Malformed> {
        let replacement = |record: ReplacementRecord| {
            Ok(Replacement {
                agreed_expiry: moments(record.agreed_expiry)?,
                next_check: moments(record.next_check)?,
                repeatable: record
                    .repeatable
                    .into_iter()
                    .map(Redeemed::try_from)
                    .collect::<Result<_, Malformed>>()?,
            })
        };
        Ok(Self {
            reported_at: moment(record.reported_at)?,
            source: super::leak_source(&record.source),
            last_use: last_use(record.last_used_at, record.last_used_from)?,
            replacement: record.replacement.map(replacement).transpose()?,
        })
    }
}

impl TryFrom<LeakSummaryRecord> for LeakSummary {
    type Error = Malformed;

    fn try_from(record: LeakSummaryRecord) -> Result<Self, Malformed> {
        Ok(Self {
            reported_at: moment(record.reported_at)?,
            source: super::leak_source(&record.source),
            last_use: last_use(record.last_used_at, record.last_used_from)?,
            being_replaced: record.being_replaced,
        })
    }
}

fn last_use(at: Option<Seconds>, from: Option<String>) -> Result<Option<LastUse>, Malformed> {
    Ok(moments(at)?.map(|at| LastUse { at, from: from.and_then(|from| from.parse().ok()) }))
}
