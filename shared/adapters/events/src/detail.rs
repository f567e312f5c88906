//! The detail of an event: ids, times and outcomes. No names, which may be personal data, and no hash of a secret. Source
//! addresses only where two of them got the same string.

use keyturn_domain::Timestamp;
use keyturn_domain::delivery::Delivery;
use keyturn_domain::history::{Action, Actor, Handover, HistoryEntry, RenewalMethod};
use keyturn_domain::owner::{Owner, OwnerChange};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// The event's detail. `id` is the entry's: a duplicate has the same.
pub(crate) fn of(id: Uuid, entry: &HistoryEntry) -> Value {
    let mut detail = particulars(&entry.action);
    let mut put = |name: &str, value: Value| detail.insert(name.to_owned(), value);
    put("id", json!(id.to_string()));
    put("companyId", json!(entry.company.as_str()));
    match entry.action {
        // The id of the sign-in, which is about no token.
        Action::SignedIn { .. } | Action::SignInRefused { .. } => {
            put("signInId", json!(entry.token.to_string()));
        }
        _ => {
            put("tokenId", json!(entry.token.to_string()));
            put("seriesId", json!(entry.series.to_string()));
        }
    }
    put("at", json!(time(entry.at)));
    put("actor", actor(&entry.actor));
    if let Some(successor) = entry.successor {
        put("successorId", json!(successor.to_string()));
    }
    if let Some(two) = entry.addresses {
        put("sourceAddresses", json!([two.first.to_string(), two.other.to_string()]));
    }
    Value::Object(detail)
}

fn time(at: Timestamp) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn actor(actor: &Actor) -> Value {
    match actor {
        Actor::Token(id) => json!({ "type": "token", "tokenId": id.to_string() }),
        // By id only: the event bus is not for personal data.
        Actor::Person(person) => json!({ "type": "person", "personId": person.id().to_string() }),
        Actor::Schedule => json!({ "type": "schedule" }),
        Actor::Operator => json!({ "type": "operator" }),
        Actor::Unknown => json!({ "type": "unknown" }),
    }
}

/// The members that only this kind of action has.
fn particulars(action: &Action) -> Map<String, Value> {
    let facts = match action {
        Action::Created
        | Action::Deactivated
        | Action::TestRequested
        | Action::Expired
        | Action::OverlapEnding
        | Action::MailRefused
        | Action::MailOverLimit
        | Action::Unknown => vec![],
        Action::Updated { fields, owner } => {
            let names: Vec<_> = fields.iter().map(|field| field.path()).collect();
            let mut facts = vec![("what", json!("SETTINGS")), ("fields", json!(names))];
            if let Some(OwnerChange { before, after }) = owner {
                let id = |owner: Option<&Owner>| json!(owner.map(|owner| owner.id.to_string()));
                facts.extend([("previousOwnerId", id(before.as_ref())), ("newOwnerId", id(after.as_ref()))]);
            }
            facts
        }
        Action::RenewalStarted => vec![("what", json!("RENEWAL_STARTED"))],
        Action::LeakSuspected => vec![("what", json!("LEAK_SUSPECTED"))],
        Action::Leaked { what, reaction, source, found_at } => {
            let mut facts = vec![
                ("what", json!(what.as_str())),
                ("reaction", json!(reaction.as_str())),
                ("reportedBy", json!(source.as_str())),
            ];
            facts.extend(found_at.as_ref().map(|found_at| ("foundAt", json!(found_at.as_str()))));
            facts
        }
        Action::SecretRotated => vec![("what", json!("SIGNING_SECRET"))],
        Action::Renewed(how) => vec![("how", json!(word(*how)))],
        Action::Copied => handover("COPY", false),
        Action::HandedOver { how: Handover::Redemption, repeat, .. } => handover("REDEMPTION", *repeat),
        Action::HandedOver { how: Handover::Pull, repeat, .. } => handover("PULL", *repeat),
        Action::HandedOver { how: Handover::Test, repeat, .. } => handover("TEST", *repeat),
        Action::RenewalRequested { attempt, reason } => {
            vec![("attempt", json!(attempt)), ("reason", json!(reason.as_str()))]
        }
        Action::RenewalUnredeemed { attempt } => vec![("attempt", json!(attempt))],
        Action::RenewalUnfetched { days } => vec![("days", json!(days))],
        Action::CallbackTried(delivery) | Action::CallbackTested(delivery) => outcome(delivery),
        Action::ExpiryAnnounced { days } => vec![("days", json!(days))],
        Action::SignedIn { role } => vec![("role", json!(role.as_str()))],
        Action::SignInRefused { reason } => vec![("reason", json!(reason.as_str()))],
    };
    facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

const fn word(how: RenewalMethod) -> &'static str {
    match how {
        RenewalMethod::Redemption => "REDEMPTION",
        RenewalMethod::Pull => "PULL",
        RenewalMethod::Schedule => "SCHEDULE",
        RenewalMethod::Manual => "HAND",
    }
}

fn handover(how: &str, repeat: bool) -> Vec<(&'static str, Value)> {
    vec![("how", json!(how)), ("repeat", json!(repeat))]
}

fn outcome(delivery: &Delivery) -> Vec<(&'static str, Value)> {
    let mut facts = vec![
        ("attempt", json!(delivery.attempt)),
        ("try", json!(delivery.try_number)),
        ("reason", json!(delivery.reason.as_str())),
        ("durationMs", json!(delivery.duration_ms)),
        ("lastTry", json!(delivery.last_try)),
    ];
    match delivery.outcome {
        Ok(status) => facts.push(("statusCode", json!(status))),
        Err(failure) => {
            facts.push(("errorClass", json!(failure.class.as_str())));
            facts.extend(failure.status.map(|status| ("statusCode", json!(status))));
        }
    }
    facts
}

#[cfg(test)]
mod tests;
