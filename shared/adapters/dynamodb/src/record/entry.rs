//! An entry of the history as it is stored. The state of its deliveries is stored beside it, see `outbox.rs`.

use keyturn_domain::delivery::Delivery;
use keyturn_domain::edited_field::EditedField;
use keyturn_domain::history::{Action, Handover, HistoryEntry, RenewalMethod};
use keyturn_domain::leak::{FoundAt, LeakReaction, LeakSource, LeakedString};
use keyturn_domain::owner::OwnerChange;
use keyturn_domain::provider::RefusedSignIn;
use keyturn_domain::settings::Name;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use uuid::Uuid;

use super::actor::ActorRecord;
use super::delivery::DeliveryRecord;
use super::mail::{MailRecord, TwoAddressesRecord};
use super::owner::OwnerChangeRecord;
use super::{Malformed, Seconds, bytes, company, hash, id, is_false, moment, reason, seconds, stored_reason};

/// The type of an action that gave out a string.
pub(crate) const HANDED_OVER: &str = "handedOver";

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EntryRecord {
    id: Uuid,
    at: Seconds,
    company: String,
    series: Uuid,
    token: Uuid,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    successor: Option<Uuid>,
    actor: ActorRecord,
    action: ActionRecord,
    /// Outside of the action, so that a query can filter by it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    request_token_hash: Option<ByteBuf>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    mail: Option<MailRecord>,
    /// Removed with the mail.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    addresses: Option<TwoAddressesRecord>,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
enum ActionRecord {
    Created,
    Updated {
        #[serde(skip_serializing_if = "Vec::is_empty", default)]
        fields: Vec<String>,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        owner: Option<OwnerChangeRecord>,
    },
    Copied,
    Deactivated,
    RenewedByRedemption,
    RenewedByPull,
    RenewedBySchedule,
    RenewedByHand,
    RenewalStarted,
    LeakSuspected,
    Leaked(LeakedRecord),
    SecretRotated,
    RenewalRequested {
        attempt: u32,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        reason: Option<String>,
    },
    RenewalUnredeemed {
        attempt: u32,
    },
    RenewalUnfetched {
        days: u32,
    },
    CallbackTried(DeliveryRecord),
    TestRequested,
    CallbackTested(DeliveryRecord),
    HandedOver {
        how: HandoverRecord,
        repeat: bool,
        #[serde(skip_serializing_if = "is_false", default)]
        elsewhere: bool,
    },
    ExpiryAnnounced {
        days: i64,
    },
    Expired,
    OverlapEnding,
    MailRefused,
    MailOverLimit,
    SignedIn {
        role: String,
    },
    SignInRefused {
        reason: String,
    },
    #[serde(other)]
    Unknown,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum HandoverRecord {
    Redemption,
    Pull,
    Test,
    #[serde(other)]
    Unknown,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct LeakedRecord {
    what: String,
    reaction: String,
    source: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    found_at: Option<String>,
}

impl EntryRecord {
    /// The record of an entry with this id.
    pub(crate) fn new(entry_id: Uuid, entry: &HistoryEntry) -> Self {
        Self {
            id: entry_id,
            at: seconds(entry.at),
            company: entry.company.to_string(),
            series: entry.series.uuid(),
            token: entry.token.uuid(),
            name: entry.name.as_str().to_owned(),
            successor: entry.successor.map(keyturn_domain::ids::TokenId::uuid),
            actor: ActorRecord::from(&entry.actor),
            action: ActionRecord::from(&entry.action),
            request_token_hash: entry.request_token.as_ref().map(bytes),
            mail: entry.mail.as_ref().map(MailRecord::from),
            addresses: entry.addresses.map(TwoAddressesRecord::from),
        }
    }
}

impl From<&Action> for ActionRecord {
    fn from(action: &Action) -> Self {
        match action {
            Action::Created => Self::Created,
            Action::Updated { fields, owner } => Self::Updated {
                fields: fields.iter().map(|field| field.path().to_owned()).collect(),
                owner: owner.as_ref().map(OwnerChangeRecord::from),
            },
            Action::Copied => Self::Copied,
            Action::RenewalStarted => Self::RenewalStarted,
            Action::LeakSuspected => Self::LeakSuspected,
            Action::Leaked { what, reaction, source, found_at } => Self::Leaked(LeakedRecord {
                what: what.as_str().to_owned(),
                reaction: reaction.as_str().to_owned(),
                source: source.as_str().to_owned(),
                found_at: found_at.as_ref().map(|found_at| found_at.as_str().to_owned()),
            }),
            Action::SecretRotated => Self::SecretRotated,
            Action::TestRequested => Self::TestRequested,
            Action::CallbackTested(delivery) => Self::CallbackTested(DeliveryRecord::from(delivery)),
            Action::HandedOver { how, repeat, elsewhere } => Self::HandedOver {
                how: match how {
                    Handover::Redemption => HandoverRecord::Redemption,
                    Handover::Pull => HandoverRecord::Pull,
                    Handover::Test => HandoverRecord::Test,
                },
                repeat: *repeat,
                elsewhere: *elsewhere,
            },
            Action::Renewed(RenewalMethod::Manual) => Self::RenewedByHand,
            Action::Deactivated => Self::Deactivated,
            Action::Renewed(RenewalMethod::Redemption) => Self::RenewedByRedemption,
            Action::Renewed(RenewalMethod::Schedule) => Self::RenewedBySchedule,
            Action::Renewed(RenewalMethod::Pull) => Self::RenewedByPull,
            Action::RenewalRequested { attempt, reason } => {
                Self::RenewalRequested { attempt: *attempt, reason: stored_reason(*reason) }
            }
            Action::RenewalUnfetched { days } => Self::RenewalUnfetched { days: *days },
            Action::RenewalUnredeemed { attempt } => Self::RenewalUnredeemed { attempt: *attempt },
            Action::CallbackTried(delivery) => Self::CallbackTried(DeliveryRecord::from(delivery)),
            Action::ExpiryAnnounced { days } => Self::ExpiryAnnounced { days: *days },
            Action::Expired => Self::Expired,
            Action::OverlapEnding => Self::OverlapEnding,
            Action::MailRefused => Self::MailRefused,
            Action::MailOverLimit => Self::MailOverLimit,
            Action::SignedIn { role } => Self::SignedIn { role: role.to_string() },
            Action::SignInRefused { reason } => Self::SignInRefused { reason: reason.as_str().to_owned() },
            Action::Unknown => Self::Unknown,
        }
    }
}

impl TryFrom<EntryRecord> for (Uuid, HistoryEntry) {
    type Error = Malformed;

    fn try_from(record: EntryRecord) -> Result<Self, Malformed> {
        let action = match record.action {
            ActionRecord::Created => Action::Created,
            // A field that only a later version knows is left out.
            ActionRecord::Updated { fields, owner } => {
                let known = |name: &String| EditedField::ALL.into_iter().find(|field| field.path() == *name);
                let fields = fields.iter().filter_map(known).collect();
                Action::Updated { fields, owner: owner.map(OwnerChange::from) }
            }
            ActionRecord::Copied => Action::Copied,
            ActionRecord::RenewalStarted => Action::RenewalStarted,
            ActionRecord::LeakSuspected => Action::LeakSuspected,
            ActionRecord::Leaked(leaked) => leaked.read(),
            ActionRecord::SecretRotated => Action::SecretRotated,
            ActionRecord::TestRequested => Action::TestRequested,
            ActionRecord::CallbackTested(delivery) => Action::CallbackTested(Delivery::try_from(delivery)?),
            ActionRecord::HandedOver { how: HandoverRecord::Redemption, repeat, elsewhere } => {
                Action::HandedOver { how: Handover::Redemption, repeat, elsewhere }
            }
            ActionRecord::HandedOver { how: HandoverRecord::Pull, repeat, elsewhere } => {
                Action::HandedOver { how: Handover::Pull, repeat, elsewhere }
            }
            ActionRecord::HandedOver { how: HandoverRecord::Test, repeat, elsewhere } => {
                Action::HandedOver { how: Handover::Test, repeat, elsewhere }
            }
            ActionRecord::HandedOver { how: HandoverRecord::Unknown, .. } => Action::Unknown,
            ActionRecord::RenewedByHand => Action::Renewed(RenewalMethod::Manual),
            ActionRecord::Deactivated => Action::Deactivated,
            ActionRecord::RenewedByRedemption => Action::Renewed(RenewalMethod::Redemption),
            ActionRecord::RenewedBySchedule => Action::Renewed(RenewalMethod::Schedule),
            ActionRecord::RenewedByPull => Action::Renewed(RenewalMethod::Pull),
            ActionRecord::RenewalRequested { attempt, reason: why } => {
                Action::RenewalRequested { attempt, reason: reason(why.as_deref()) }
            }
            ActionRecord::RenewalUnfetched { days } => Action::RenewalUnfetched { days },
            ActionRecord::RenewalUnredeemed { attempt } => Action::RenewalUnredeemed { attempt },
            ActionRecord::CallbackTried(delivery) => Action::CallbackTried(Delivery::try_from(delivery)?),
            ActionRecord::ExpiryAnnounced { days } => Action::ExpiryAnnounced { days },
            ActionRecord::Expired => Action::Expired,
            ActionRecord::OverlapEnding => Action::OverlapEnding,
            ActionRecord::MailRefused => Action::MailRefused,
            ActionRecord::MailOverLimit => Action::MailOverLimit,
            ActionRecord::SignedIn { role } => {
                role.parse().map_or(Action::Unknown, |role| Action::SignedIn { role })
            }
            ActionRecord::SignInRefused { reason } => {
                let known = RefusedSignIn::ALL.into_iter().find(|known| known.as_str() == reason);
                known.map_or(Action::Unknown, |reason| Action::SignInRefused { reason })
            }
            ActionRecord::Unknown => Action::Unknown,
        };
        let entry = HistoryEntry {
            at: moment(record.at)?,
            company: company(&record.company)?,
            series: id(record.series),
            token: id(record.token),
            name: Name::stored(record.name),
            successor: record.successor.map(id),
            actor: record.actor.into(),
            action,
            request_token: record.request_token_hash.as_ref().map(hash).transpose()?,
            // A mail with a notice that only a later version knows stays pending for that version.
            mail: record.mail.map(Option::try_from).transpose()?.flatten(),
            addresses: record.addresses.and_then(|two| two.read()),
        };
        Ok((record.id, entry))
    }
}

impl LeakedRecord {
    /// The action. One with words that only a later version knows is unknown.
    fn read(self) -> Action {
        let words = (
            LeakedString::of_word(&self.what),
            LeakReaction::of_word(&self.reaction),
            LeakSource::of_word(&self.source),
        );
        match words {
            (Some(what), Some(reaction), Some(source)) => {
                Action::Leaked { what, reaction, source, found_at: self.found_at.map(FoundAt::stored) }
            }
            _ => Action::Unknown,
        }
    }
}
