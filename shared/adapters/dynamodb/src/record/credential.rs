//! The credential as it is stored.

use keyturn_domain::credential::{Credential, RenewalPlan};
use keyturn_domain::settings::{Applications, Name};
use keyturn_domain::token::Renewed;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use uuid::Uuid;

use super::{Malformed, Seconds, bytes, company, hash, id, moment, moments, rights, seconds};

/// The attributes of the renewal. Credentials of earlier versions lack them, so a change of one writes all of them.
pub(crate) const RENEWAL: [&str; 3] = ["renewsAt", "renewsEveryDays", "pulls"];

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CredentialRecord {
    id: Uuid,
    company: String,
    series: Uuid,
    name: String,
    rights: String,
    applications: Vec<String>,
    hash: ByteBuf,
    created_at: Seconds,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    expires_at: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    deactivated_at: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    renewed_by: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    renewed_at: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    renews_at: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    renews_every_days: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pulls: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    last_used_at: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    last_used_from: Option<String>,
}

impl From<&Credential> for CredentialRecord {
    fn from(credential: &Credential) -> Self {
        let Credential {
            id,
            company,
            series,
            name,
            rights,
            applications,
            hash,
            created_at,
            expires_at,
            deactivated_at,
            renewed,
            renewal,
            last_used_at,
            last_used_from,
        } = credential;
        Self {
            id: id.uuid(),
            company: company.to_string(),
            series: series.uuid(),
            name: name.as_str().to_owned(),
            rights: rights.as_str().to_owned(),
            applications: applications.names().map(str::to_owned).collect(),
            hash: bytes(hash),
            created_at: seconds(*created_at),
            expires_at: expires_at.map(seconds),
            deactivated_at: deactivated_at.map(seconds),
            renewed_by: renewed.map(|renewed| renewed.by.uuid()),
            renewed_at: renewed.map(|renewed| seconds(renewed.at)),
            renews_at: renewal.map(|plan| seconds(plan.at)),
            renews_every_days: renewal.map(|plan| plan.every_days),
            pulls: renewal.map(|plan| plan.pull),
            last_used_at: last_used_at.map(seconds),
            last_used_from: last_used_from.map(|address| address.to_string()),
        }
    }
}

impl TryFrom<CredentialRecord> for Credential {
    type Error = Malformed;

    fn try_from(record: CredentialRecord) -> Result<Self, Malformed> {
        Ok(Self {
            id: id(record.id),
            company: company(&record.company)?,
            series: id(record.series),
            name: Name::stored(record.name),
            rights: rights(&record.rights)?,
            applications: Applications::stored(record.applications),
            hash: hash(&record.hash)?,
            created_at: moment(record.created_at)?,
            expires_at: moments(record.expires_at)?,
            deactivated_at: moments(record.deactivated_at)?,
            renewed: record
                .renewed_by
                .zip(moments(record.renewed_at)?)
                .map(|(by, at)| Renewed { by: id(by), at }),
            renewal: moments(record.renews_at)?.zip(record.renews_every_days).map(|(at, every_days)| {
                RenewalPlan { at, every_days, pull: record.pulls.unwrap_or_default() }
            }),
            last_used_at: moments(record.last_used_at)?,
            // An unreadable one is worth less than the credential.
            last_used_from: record.last_used_from.and_then(|address| address.parse().ok()),
        })
    }
}
