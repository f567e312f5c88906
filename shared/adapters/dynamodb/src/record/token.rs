//! The token as it is stored.

use keyturn_domain::leak::Leak;
use keyturn_domain::mass_renewal::MassRenewalId;
use keyturn_domain::owner::Owner;
use keyturn_domain::settings::{Applications, Description, MailAddress, Name};
use keyturn_domain::token::{
    AutoRenewal, FollowUp, NextRequest, Noticed, PendingRenewal, Redeemed, Renewed, TestRequestToken, Token,
};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use uuid::Uuid;

use super::auto_renewal::AutoRenewalRecord;
use super::leak::{LeakRecord, RedeemedRecord};
use super::owner::OwnerRecord;
use super::pending::PendingRecord;
use super::{
    Malformed, Seconds, bytes, company, hash, id, is_false, moment, moments, reason, renewal_method, rights,
    sealed, sealed_bytes, seconds, stored_reason,
};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TokenRecord {
    id: Uuid,
    company: String,
    series: Uuid,
    name: String,
    description: String,
    rights: String,
    applications: Vec<String>,
    hash: ByteBuf,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    sealed: Option<ByteBuf>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    sealed_until: Option<Seconds>,
    created_at: Seconds,
    changed_at: Seconds,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    expires_at: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    deactivated_at: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    auto_renewal: Option<AutoRenewalRecord>,
    /// The same of a token without a callback that pulls, under a name of its own: a version that knows no pull would renew
    /// it by schedule, and its client would never get the successor's string.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pull_renewal: Option<AutoRenewalRecord>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    mail_recipient: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    owner: Option<OwnerRecord>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pending: Option<PendingRecord>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    redeemed: Option<RedeemedRecord>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    follow_up: Option<FollowUpRecord>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    handover_addresses: Vec<String>,
    /// Unknown in records of versions before it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pulled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    leak: Option<LeakRecord>,
    #[serde(rename = "testKey", skip_serializing_if = "Option::is_none", default)]
    test_request_token: Option<RedeemedRecord>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    renewed_from: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    renewed_by: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    renewed_at: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    renewed_how: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    mass_renewal: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    noticed_expiry_days: Option<i64>,
    #[serde(default)]
    noticed_expired: bool,
    #[serde(default)]
    noticed_overlap: bool,
    version: u64,
}

/// Beside `pending`, which an earlier version would redeem for a second successor.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct FollowUpRecord {
    #[serde(skip_serializing_if = "is_false", default)]
    pull: bool,
    attempts: u32,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    next_at: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    next_reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pending: Option<PendingRecord>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    receiver: Option<String>,
}

impl From<&Token> for TokenRecord {
    fn from(token: &Token) -> Self {
        // Every field is named, so that a new one cannot be left unstored.
        let Token {
            id,
            company,
            series,
            name,
            description,
            rights,
            applications,
            hash,
            sealed,
            sealed_until,
            created_at,
            changed_at,
            expires_at,
            deactivated_at,
            auto_renewal,
            mail_recipient,
            owner,
            pending,
            redeemed,
            follow_up,
            handover_addresses,
            pulled,
            leak,
            test_request_token,
            renewed_from,
            renewed,
            renewed_how,
            mass_renewal,
            noticed,
            version,
        } = token;
        let Noticed { expiry_days, expired, overlap } = *noticed;
        let renewal = auto_renewal.as_ref();
        let pulls_alone = renewal.is_some_and(|renewal| renewal.pull && renewal.callback.is_none());
        Self {
            id: id.uuid(),
            company: company.to_string(),
            series: series.uuid(),
            name: name.as_str().to_owned(),
            description: description.as_str().to_owned(),
            rights: rights.as_str().to_owned(),
            applications: applications.names().map(str::to_owned).collect(),
            hash: bytes(hash),
            sealed: sealed.as_ref().map(sealed_bytes),
            sealed_until: sealed_until.map(seconds),
            created_at: seconds(*created_at),
            changed_at: seconds(*changed_at),
            expires_at: expires_at.map(seconds),
            deactivated_at: deactivated_at.map(seconds),
            auto_renewal: renewal.filter(|_| !pulls_alone).map(AutoRenewalRecord::from),
            pull_renewal: renewal.filter(|_| pulls_alone).map(AutoRenewalRecord::from),
            mail_recipient: mail_recipient.as_ref().map(|recipient| recipient.as_str().to_owned()),
            owner: owner.as_ref().map(OwnerRecord::from),
            pending: pending.as_ref().map(PendingRecord::from),
            redeemed: redeemed.as_ref().map(RedeemedRecord::from),
            follow_up: follow_up.as_ref().map(FollowUpRecord::from),
            handover_addresses: handover_addresses.iter().map(ToString::to_string).collect(),
            pulled: (*pulled || renewed.is_some() || follow_up.is_some()).then_some(*pulled),
            leak: leak.as_ref().map(LeakRecord::from),
            test_request_token: test_request_token
                .as_ref()
                .map(|key| RedeemedRecord { hash: bytes(&key.hash), redeem_by: seconds(key.redeem_by) }),
            renewed_from: renewed_from.map(keyturn_domain::ids::TokenId::uuid),
            renewed_by: renewed.map(|renewed| renewed.by.uuid()),
            renewed_at: renewed.map(|renewed| seconds(renewed.at)),
            renewed_how: renewed_how.map(|how| how.as_str().to_owned()),
            mass_renewal: mass_renewal.map(MassRenewalId::uuid),
            noticed_expiry_days: expiry_days,
            noticed_expired: expired,
            noticed_overlap: overlap,
            version: *version,
        }
    }
}

impl From<&FollowUp> for FollowUpRecord {
    fn from(follow_up: &FollowUp) -> Self {
        Self {
            pull: follow_up.pull,
            attempts: follow_up.attempts,
            next_at: follow_up.next.map(|next| seconds(next.at)),
            next_reason: follow_up.next.and_then(|next| stored_reason(next.reason)),
            pending: follow_up.pending.as_ref().map(PendingRecord::from),
            receiver: follow_up.receiver.clone(),
        }
    }
}

impl TryFrom<TokenRecord> for Token {
    type Error = Malformed;

    fn try_from(record: TokenRecord) -> Result<Self, Malformed> {
        Ok(Self {
            id: id(record.id),
            company: company(&record.company)?,
            series: id(record.series),
            name: Name::stored(record.name),
            description: Description::stored(record.description),
            rights: rights(&record.rights)?,
            applications: Applications::stored(record.applications),
            hash: hash(&record.hash)?,
            sealed: record.sealed.map(sealed),
            sealed_until: moments(record.sealed_until)?,
            created_at: moment(record.created_at)?,
            changed_at: moment(record.changed_at)?,
            expires_at: moments(record.expires_at)?,
            deactivated_at: moments(record.deactivated_at)?,
            auto_renewal: record
                .auto_renewal
                .or(record.pull_renewal)
                .map(AutoRenewal::try_from)
                .transpose()?,
            mail_recipient: record.mail_recipient.map(MailAddress::stored),
            owner: record.owner.map(Owner::from),
            pending: record.pending.map(PendingRenewal::try_from).transpose()?,
            redeemed: record.redeemed.map(Redeemed::try_from).transpose()?,
            // Whoever may pull may have done so.
            pulled: match (record.pulled, &record.follow_up) {
                (Some(pulled), _) => pulled,
                (None, follow_up) => follow_up.as_ref().is_some_and(|follow_up| follow_up.pull),
            },
            leak: record.leak.map(Leak::try_from).transpose()?,
            follow_up: record.follow_up.map(FollowUp::try_from).transpose()?,
            // An unreadable one is worth less than the token.
            handover_addresses: record.handover_addresses.iter().filter_map(|it| it.parse().ok()).collect(),
            test_request_token: match record.test_request_token {
                Some(key) => {
                    Some(TestRequestToken { hash: hash(&key.hash)?, redeem_by: moment(key.redeem_by)? })
                }
                None => None,
            },
            renewed_from: record.renewed_from.map(id),
            renewed: record
                .renewed_by
                .zip(moments(record.renewed_at)?)
                .map(|(by, at)| Renewed { by: id(by), at }),
            renewed_how: renewal_method(record.renewed_how.as_deref()),
            mass_renewal: record.mass_renewal.map(MassRenewalId::new),
            noticed: Noticed {
                expiry_days: record.noticed_expiry_days,
                expired: record.noticed_expired,
                overlap: record.noticed_overlap,
            },
            version: record.version,
        })
    }
}

impl TryFrom<FollowUpRecord> for FollowUp {
    type Error = Malformed;

    fn try_from(record: FollowUpRecord) -> Result<Self, Malformed> {
        let reason = reason(record.next_reason.as_deref());
        Ok(Self {
            pull: record.pull,
            attempts: record.attempts,
            next: moments(record.next_at)?.map(|at| NextRequest { at, reason }),
            pending: record.pending.map(PendingRenewal::try_from).transpose()?,
            receiver: record.receiver,
        })
    }
}
