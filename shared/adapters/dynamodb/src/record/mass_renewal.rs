//! A mass renewal as it is stored.

use keyturn_domain::backoff::Failures;
use keyturn_domain::mass_renewal::{MassRenewal, MassRenewalId, Selection, StartedBy, State};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use uuid::Uuid;

use super::actor::ActorRecord;
use super::{Malformed, Seconds, company, id, moment, moments, seconds};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MassRenewalRecord {
    id: Uuid,
    company: String,
    started_by: ActorRecord,
    administers: bool,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    starter_expires_at: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    application: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    search: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    older_than_days: Option<u32>,
    /// The ids of the selected tokens, 16 bytes each.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    ids: Option<ByteBuf>,
    until: Uuid,
    over_hours: u16,
    created_at: Seconds,
    state: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    position: Option<Uuid>,
    selected: u64,
    unable: u64,
    started: u64,
    skipped: u64,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    running_since: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    paused_at: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    ended_at: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    fingerprint: Option<ByteBuf>,
    failed_steps: u32,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    failed_since: Option<Seconds>,
    /// Also the key of the due index.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    due_at: Option<Seconds>,
    version: u64,
}

const ID_BYTES: usize = 16;

impl From<&MassRenewal> for MassRenewalRecord {
    fn from(mass: &MassRenewal) -> Self {
        let (application, search, older_than_days, ids) = match &mass.selection {
            Selection::Matching { application, search, older_than_days } => {
                (application.clone(), search.clone(), *older_than_days, None)
            }
            Selection::Ids(ids) => {
                let bytes: Vec<_> = ids.iter().flat_map(|id| id.uuid().into_bytes()).collect();
                (None, None, None, Some(ByteBuf::from(bytes)))
            }
        };
        Self {
            id: mass.id.uuid(),
            company: mass.company.to_string(),
            started_by: ActorRecord::from(&mass.started_by.actor),
            administers: mass.started_by.administers,
            starter_expires_at: mass.started_by.expires_at.map(seconds),
            application,
            search,
            older_than_days,
            ids,
            until: mass.until.uuid(),
            over_hours: mass.over_hours,
            created_at: seconds(mass.created_at),
            state: mass.state.as_str().to_owned(),
            position: mass.position.map(keyturn_domain::ids::TokenId::uuid),
            selected: mass.selected,
            unable: mass.unable,
            started: mass.started,
            skipped: mass.skipped,
            running_since: mass.running_since.map(seconds),
            paused_at: mass.paused_at.map(seconds),
            ended_at: mass.ended_at.map(seconds),
            fingerprint: mass.fingerprint.map(|bytes| ByteBuf::from(bytes.to_vec())),
            failed_steps: mass.failures.count,
            failed_since: mass.failures.since.map(seconds),
            due_at: mass.due_at.map(seconds),
            version: mass.version,
        }
    }
}

impl TryFrom<MassRenewalRecord> for MassRenewal {
    type Error = Malformed;

    fn try_from(record: MassRenewalRecord) -> Result<Self, Malformed> {
        let selection = match record.ids {
            Some(bytes) => {
                let ids = bytes.chunks(ID_BYTES).map(|bytes| Uuid::from_slice(bytes).map(id));
                Selection::Ids(ids.collect::<Result<_, _>>().map_err(|_| Malformed("ids"))?)
            }
            None => Selection::Matching {
                application: record.application,
                search: record.search,
                older_than_days: record.older_than_days,
            },
        };
        let state = State::ALL.into_iter().find(|state| state.as_str() == record.state);
        let fingerprint = record.fingerprint.map(|bytes| bytes.into_vec().try_into());
        Ok(Self {
            id: MassRenewalId::new(record.id),
            company: company(&record.company)?,
            started_by: StartedBy {
                actor: record.started_by.into(),
                administers: record.administers,
                expires_at: moments(record.starter_expires_at)?,
            },
            selection,
            until: id(record.until),
            over_hours: record.over_hours,
            created_at: moment(record.created_at)?,
            state: state.ok_or(Malformed("state"))?,
            position: record.position.map(id),
            selected: record.selected,
            unable: record.unable,
            started: record.started,
            skipped: record.skipped,
            running_since: moments(record.running_since)?,
            paused_at: moments(record.paused_at)?,
            ended_at: moments(record.ended_at)?,
            due_at: moments(record.due_at)?,
            fingerprint: fingerprint.transpose().map_err(|_| Malformed("fingerprint"))?,
            failures: Failures { count: record.failed_steps, since: moments(record.failed_since)? },
            version: record.version,
        })
    }
}
