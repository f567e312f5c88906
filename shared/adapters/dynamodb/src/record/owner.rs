//! Owners of tokens as they are stored.

use keyturn_domain::owner::{Owner, OwnerChange};
use keyturn_domain::person::PersonId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Serialize, Deserialize)]
pub(crate) struct OwnerRecord {
    id: Uuid,
    name: String,
}

impl From<&Owner> for OwnerRecord {
    fn from(owner: &Owner) -> Self {
        Self { id: owner.id.uuid(), name: owner.name.clone() }
    }
}

impl From<OwnerRecord> for Owner {
    fn from(record: OwnerRecord) -> Self {
        Self { id: PersonId::new(record.id), name: record.name }
    }
}

#[derive(Serialize, Deserialize)]
pub(crate) struct OwnerChangeRecord {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    before: Option<OwnerRecord>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    after: Option<OwnerRecord>,
}

impl From<&OwnerChange> for OwnerChangeRecord {
    fn from(change: &OwnerChange) -> Self {
        let OwnerChange { before, after } = change;
        Self { before: before.as_ref().map(OwnerRecord::from), after: after.as_ref().map(OwnerRecord::from) }
    }
}

impl From<OwnerChangeRecord> for OwnerChange {
    fn from(record: OwnerChangeRecord) -> Self {
        Self { before: record.before.map(Owner::from), after: record.after.map(Owner::from) }
    }
}
