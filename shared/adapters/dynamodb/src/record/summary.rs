//! What a list reads of a token and of its credential: the attributes that it shows, no sealed string and no hash.

use std::collections::HashMap;

use keyturn_domain::Timestamp;
use keyturn_domain::delivery::LastDelivery;
use keyturn_domain::ids::TokenId;
use keyturn_domain::mass_renewal::MassRenewalId;
use keyturn_domain::owner::Owner;
use keyturn_domain::settings::{Applications, CallbackUrl, Description, MailAddress, Name};
use keyturn_domain::summary::{LeakSummary, PendingSummary, RenewalSummary, TokenSummary};
use serde::Deserialize;
use uuid::Uuid;

use super::leak::LeakSummaryRecord;
use super::owner::OwnerRecord;
use super::{
    Malformed, Seconds, VERSION_ATTRIBUTE, company, id, moment, moments, reason, renewal_method, rights,
};

/// The attributes of a credential that a list reads.
pub(crate) const USE: &[&str] = &[VERSION_ATTRIBUTE, "id", "lastUsedAt"];

/// The attributes of a token that a list shows.
pub(crate) const SHOWN: &[&str] = &[
    VERSION_ATTRIBUTE,
    "id",
    "company",
    "series",
    "name",
    "description",
    "rights",
    "applications",
    "createdAt",
    "changedAt",
    "expiresAt",
    "deactivatedAt",
    "autoRenewal.everyDays",
    "autoRenewal.nextRenewalAt",
    "autoRenewal.callback.url",
    "autoRenewal.pull",
    "pullRenewal.everyDays",
    "pullRenewal.nextRenewalAt",
    "pullRenewal.pull",
    "mailRecipient",
    "owner",
    "pending.attempt",
    "pending.requestedAt",
    "pending.lastDeliveryAt",
    "pending.lastDeliverySuccess",
    "pending.lapsed",
    "pending.reason",
    "leak.reportedAt",
    "leak.source",
    "leak.lastUsedAt",
    "leak.lastUsedFrom",
    "leak.beingReplaced",
    "renewedFrom",
    "renewedBy",
    "renewedAt",
    "renewedHow",
    "massRenewal",
    "version",
];

/// The projection expression of these paths. Each name has a placeholder, since many are reserved words.
pub(crate) fn expression(paths: &[&str]) -> String {
    let path = |path: &&str| path.split('.').map(|name| format!("#{name}")).collect::<Vec<_>>().join(".");
    paths.iter().map(path).collect::<Vec<_>>().join(", ")
}

/// The placeholders of the expression.
pub(crate) fn names(paths: &[&str]) -> HashMap<String, String> {
    let names = paths.iter().flat_map(|path| path.split('.'));
    names.map(|name| (format!("#{name}"), name.to_owned())).collect()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SummaryRecord {
    id: Uuid,
    company: String,
    series: Uuid,
    name: String,
    description: String,
    rights: String,
    applications: Vec<String>,
    created_at: Seconds,
    changed_at: Seconds,
    expires_at: Option<Seconds>,
    deactivated_at: Option<Seconds>,
    auto_renewal: Option<RenewalRecord>,
    pull_renewal: Option<RenewalRecord>,
    mail_recipient: Option<String>,
    owner: Option<OwnerRecord>,
    pending: Option<PendingRecord>,
    leak: Option<LeakSummaryRecord>,
    renewed_from: Option<Uuid>,
    renewed_by: Option<Uuid>,
    renewed_at: Option<Seconds>,
    renewed_how: Option<String>,
    mass_renewal: Option<Uuid>,
    version: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RenewalRecord {
    every_days: u16,
    next_renewal_at: Seconds,
    callback: Option<CallbackRecord>,
    #[serde(default)]
    pull: bool,
}

#[derive(Deserialize)]
struct CallbackRecord {
    url: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PendingRecord {
    attempt: u32,
    requested_at: Seconds,
    last_delivery_at: Option<Seconds>,
    last_delivery_success: Option<bool>,
    #[serde(default)]
    lapsed: bool,
    reason: Option<String>,
}

/// When a token was last used, from its credential.
pub(crate) struct LastUse {
    pub(crate) id: TokenId,
    pub(crate) at: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LastUseRecord {
    id: Uuid,
    last_used_at: Option<Seconds>,
}

impl TryFrom<SummaryRecord> for TokenSummary {
    type Error = Malformed;

    fn try_from(record: SummaryRecord) -> Result<Self, Malformed> {
        let renewal = record.auto_renewal.or(record.pull_renewal);
        Ok(Self {
            id: id(record.id),
            company: company(&record.company)?,
            series: id(record.series),
            name: Name::stored(record.name),
            description: Description::stored(record.description),
            rights: rights(&record.rights)?,
            applications: Applications::stored(record.applications),
            created_at: moment(record.created_at)?,
            changed_at: moment(record.changed_at)?,
            expires_at: moments(record.expires_at)?,
            deactivated_at: moments(record.deactivated_at)?,
            auto_renewal: renewal.map(RenewalSummary::try_from).transpose()?,
            mail_recipient: record.mail_recipient.map(MailAddress::stored),
            owner: record.owner.map(Owner::from),
            pending: record.pending.map(PendingSummary::try_from).transpose()?,
            leak: record.leak.map(LeakSummary::try_from).transpose()?,
            renewed_from: record.renewed_from.map(id),
            renewed_by: record.renewed_by.map(id),
            renewed_at: moments(record.renewed_at)?,
            renewed_how: renewal_method(record.renewed_how.as_deref()),
            mass_renewal: record.mass_renewal.map(MassRenewalId::new),
            version: record.version,
        })
    }
}

impl TryFrom<RenewalRecord> for RenewalSummary {
    type Error = Malformed;

    fn try_from(record: RenewalRecord) -> Result<Self, Malformed> {
        Ok(Self {
            every_days: record.every_days,
            next_renewal_at: moment(record.next_renewal_at)?,
            callback: record.callback.map(|callback| CallbackUrl::stored(callback.url)),
            pull: record.pull,
        })
    }
}

impl TryFrom<PendingRecord> for PendingSummary {
    type Error = Malformed;

    fn try_from(record: PendingRecord) -> Result<Self, Malformed> {
        let delivery = record.last_delivery_success.zip(moments(record.last_delivery_at)?);
        Ok(Self {
            attempt: record.attempt,
            requested_at: moment(record.requested_at)?,
            last_delivery: delivery.map(|(success, at)| LastDelivery { success, at }),
            lapsed: record.lapsed,
            reason: reason(record.reason.as_deref()),
        })
    }
}

impl TryFrom<LastUseRecord> for LastUse {
    type Error = Malformed;

    fn try_from(record: LastUseRecord) -> Result<Self, Malformed> {
        Ok(Self { id: id(record.id), at: moments(record.last_used_at)? })
    }
}
