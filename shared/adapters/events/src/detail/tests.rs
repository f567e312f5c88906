//! The detail of every kind of event.

use keyturn_domain::delivery::{Failure, FailureClass};
use keyturn_domain::edited_field::EditedField;
use keyturn_domain::leak::{FoundAt, LeakReaction, LeakSource, LeakedString};
use keyturn_domain::mail::{Mail, Notice};
use keyturn_domain::secret::SecretHash;
use keyturn_domain::settings::{MailAddress, Name};
use keyturn_domain::source::TwoAddresses;
use keyturn_domain::token::RequestReason;

use super::*;

const TOKEN: &str = "0199a3c4-5b6d-7e8f-9012-3456789abcde";
const SERIES: &str = "0199a000-0000-7000-8000-000000000000";
const SUCCESSOR: &str = "0199b000-0000-7000-8000-000000000001";
const MANAGER: &str = "0199b000-0000-7000-8000-00000000000f";
const ENTRY: Uuid = Uuid::from_u128(7);

/// An entry with everything in it that an event may not tell.
fn entry(action: Action, actor: Actor) -> HistoryEntry {
    let at = "2026-12-11T09:00:00Z".parse().unwrap();
    HistoryEntry {
        at,
        company: "acme".parse().unwrap(),
        series: SERIES.parse().unwrap(),
        token: TOKEN.parse().unwrap(),
        name: Name::parse("Jane Doe").unwrap(),
        successor: None,
        actor,
        action,
        request_token: Some(SecretHash::from_bytes([0xab; 32])),
        mail: Some(Mail {
            recipient: MailAddress::parse("jane.doe@example.com").unwrap(),
            copy_to: None,
            notice: Notice::Expired { at },
        }),
        addresses: None,
    }
}

fn tried(outcome: Result<u16, Failure>) -> Action {
    let at = "2026-12-11T08:59:59Z".parse().unwrap();
    Action::CallbackTried(Delivery {
        at,
        attempt: 2,
        try_number: 3,
        reason: RequestReason::RenewalDue,
        duration_ms: 45,
        outcome,
        last_try: false,
    })
}

fn failed(class: FailureClass, status: Option<u16>) -> Action {
    tried(Err(Failure { class, status, retry_after: None }))
}

/// The members that every event has, and these.
fn expected(actor: &Value, particulars: Value) -> Value {
    let mut detail = json!({
        "id": ENTRY.to_string(),
        "companyId": "acme",
        "tokenId": TOKEN,
        "seriesId": SERIES,
        "at": "2026-12-11T09:00:00Z",
        "actor": actor,
    });
    let Value::Object(particulars) = particulars else { panic!("not an object: {particulars}") };
    detail.as_object_mut().unwrap().extend(particulars);
    detail
}

#[test]
fn every_action_has_exactly_its_members() {
    let owner = Owner { id: TOKEN.parse().unwrap(), name: "Ada Admin".to_owned() };
    let owners = OwnerChange { before: None, after: Some(owner) };
    let delivery = json!({
        "attempt": 2, "try": 3, "reason": "renewalDue", "durationMs": 45, "lastTry": false,
    });
    let with = |more: Value| {
        let mut all = delivery.clone();
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    };
    for (action, particulars) in [
        (Action::Created, json!({})),
        (Action::Deactivated, json!({})),
        (Action::Renewed(RenewalMethod::Redemption), json!({ "how": "REDEMPTION" })),
        (Action::Renewed(RenewalMethod::Schedule), json!({ "how": "SCHEDULE" })),
        (Action::Renewed(RenewalMethod::Pull), json!({ "how": "PULL" })),
        (
            Action::RenewalRequested { attempt: 2, reason: RequestReason::SuccessorUnused },
            json!({ "attempt": 2, "reason": "successorUnused" }),
        ),
        (Action::RenewalUnfetched { days: 3 }, json!({ "days": 3 })),
        (Action::RenewalUnredeemed { attempt: 7 }, json!({ "attempt": 7 })),
        (Action::TestRequested, json!({})),
        (
            Action::Updated { fields: vec![EditedField::EveryDays, EditedField::CallbackUrl], owner: None },
            json!({ "what": "SETTINGS", "fields": ["autoRenewal.everyDays", "autoRenewal.callback.url"] }),
        ),
        (Action::LeakSuspected, json!({ "what": "LEAK_SUSPECTED" })),
        (
            Action::Leaked {
                what: LeakedString::TokenString,
                reaction: LeakReaction::Renew,
                source: LeakSource::GitHub,
                found_at: FoundAt::parse("https://github.com/acme/shop"),
            },
            json!({
                "what": "TOKEN_STRING", "reaction": "RENEW", "reportedBy": "GITHUB",
                "foundAt": "https://github.com/acme/shop",
            }),
        ),
        (
            Action::Updated { fields: vec![EditedField::Owner], owner: Some(owners) },
            json!({ "what": "SETTINGS", "fields": ["owner"], "previousOwnerId": null, "newOwnerId": TOKEN }),
        ),
        (Action::Copied, json!({ "how": "COPY", "repeat": false })),
        (
            Action::HandedOver { how: Handover::Redemption, repeat: true, elsewhere: false },
            json!({ "how": "REDEMPTION", "repeat": true }),
        ),
        (
            Action::HandedOver { how: Handover::Test, repeat: false, elsewhere: false },
            json!({ "how": "TEST", "repeat": false }),
        ),
        (tried(Ok(204)), with(json!({ "statusCode": 204 }))),
        (failed(FailureClass::Timeout, None), with(json!({ "errorClass": "timeout" }))),
        (failed(FailureClass::Status, Some(503)), with(json!({ "errorClass": "status", "statusCode": 503 }))),
        (Action::ExpiryAnnounced { days: 7 }, json!({ "days": 7 })),
        (Action::Expired, json!({})),
        (Action::OverlapEnding, json!({})),
    ] {
        let detail = of(ENTRY, &entry(action.clone(), Actor::Schedule));
        assert_eq!(detail, expected(&json!({ "type": "schedule" }), particulars), "{action:?}");
        // No text that people write is in it, so ten entries stay far below the 256 KB of a call.
        assert!(detail.to_string().len() < 1_024, "{detail}");
    }
}

#[test]
fn actors() {
    for (actor, expected_actor) in [
        (Actor::Token(MANAGER.parse().unwrap()), json!({ "type": "token", "tokenId": MANAGER })),
        (Actor::Schedule, json!({ "type": "schedule" })),
        (Actor::Operator, json!({ "type": "operator" })),
    ] {
        assert_eq!(of(ENTRY, &entry(Action::Deactivated, actor)), expected(&expected_actor, json!({})));
    }
}

#[test]
fn both_addresses_of_a_string_that_went_to_two() {
    let addresses =
        Some(TwoAddresses { first: "192.0.2.1".parse().unwrap(), other: "2001:db8::7".parse().unwrap() });
    let action = Action::HandedOver { how: Handover::Pull, repeat: true, elsewhere: true };
    let entry = HistoryEntry { addresses, ..entry(action, Actor::Schedule) };
    let particulars =
        json!({ "how": "PULL", "repeat": true, "sourceAddresses": ["192.0.2.1", "2001:db8::7"] });
    assert_eq!(of(ENTRY, &entry), expected(&json!({ "type": "schedule" }), particulars));
}

#[test]
fn names_the_successor() {
    for (action, mut particulars) in [
        (Action::Renewed(RenewalMethod::Schedule), json!({ "how": "SCHEDULE" })),
        (Action::OverlapEnding, json!({})),
    ] {
        let entry =
            HistoryEntry { successor: Some(SUCCESSOR.parse().unwrap()), ..entry(action, Actor::Schedule) };
        particulars["successorId"] = json!(SUCCESSOR);
        assert_eq!(of(ENTRY, &entry), expected(&json!({ "type": "schedule" }), particulars));
    }
}
