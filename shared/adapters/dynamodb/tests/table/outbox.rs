//! The outbox: entries whose deliveries are acknowledged or rescheduled.

use std::net::{Ipv4Addr, Ipv6Addr};

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::TimeDelta;
use keyturn_application::ports::{DueItem, DueStore as _, EntryKey, OutboxEntry};
use keyturn_domain::backoff::Failures;
use keyturn_domain::channel::Channel;
use keyturn_domain::delivery::Delivery;
use keyturn_domain::history::{Action, HistoryEntry};
use keyturn_domain::mail::{Mail, Notice};
use keyturn_domain::settings::MailAddress;
use keyturn_domain::source::TwoAddresses;
use keyturn_domain::token::RequestReason;
use uuid::Uuid;

use crate::support::Store;
use crate::support::make::{birth, entry, hash, hours};

/// An entry with an event and a mail.
fn with_event_and_mail() -> HistoryEntry {
    let recipient = MailAddress::parse("ops@example.com").unwrap();
    let mail = Some(Mail { recipient, copy_to: None, notice: Notice::Expired { at: birth() } });
    HistoryEntry {
        mail,
        addresses: Some(TwoAddresses {
            first: Ipv4Addr::LOCALHOST.into(),
            other: Ipv6Addr::LOCALHOST.into(),
        }),
        ..entry(Action::RenewalRequested { attempt: 1, reason: RequestReason::RenewalDue })
            .of_request_token(hash(1))
    }
}

/// An entry of the callback log.
fn callback() -> HistoryEntry {
    entry(Action::CallbackTried(Delivery {
        at: birth(),
        attempt: 1,
        try_number: 1,
        reason: RequestReason::RenewalDue,
        duration_ms: 12,
        outcome: Ok(204),
        last_try: false,
    }))
}

fn failures(count: u32) -> Failures {
    Failures { count, since: Some(birth()) }
}

async fn written(store: &Store) -> (EntryKey, OutboxEntry) {
    let key = store.write_entry(with_event_and_mail(), birth()).await;
    let pending = store.table.outbox_entry(&key).await.unwrap().unwrap();
    assert_eq!(pending.pending.iter().collect::<Vec<_>>(), Channel::ALL);
    (key, pending)
}

#[tokio::test]
async fn a_rescheduled_entry_is_due_later_for_the_channels_that_are_left() {
    let store = Store::start().await;
    let (key, entry) = written(&store).await;
    let later = OutboxEntry {
        pending: entry.pending.without(Channel::Event),
        failures: failures(3),
        due_at: birth() + hours(1),
        ..entry
    };
    store.table.reschedule(&later, birth() + hours(1)).await.unwrap();

    assert_eq!(store.due(birth() + hours(1) - TimeDelta::seconds(1)).await, []);
    let expected = [(birth() + hours(1), DueItem::Entry(key.clone()))];
    assert_eq!(store.due(birth() + hours(1)).await, expected);
    assert_eq!(store.table.outbox_entry(&key).await.unwrap(), Some(later));
}

#[tokio::test]
async fn an_acknowledged_entry_stays_in_the_history_without_the_address() {
    let store = Store::start().await;
    let (key, entry) = written(&store).await;
    let mut history = store.entry(&key).await.unwrap();
    let rescheduled =
        OutboxEntry { pending: entry.pending.without(Channel::Mail), failures: failures(1), ..entry };
    store.table.reschedule(&rescheduled, birth() + hours(1)).await.unwrap();
    store.table.acknowledge(&rescheduled).await.unwrap();

    assert!(store.due_index().await.is_empty());
    assert_eq!(store.table.outbox_entry(&key).await.unwrap(), None);
    let mut item = store.entry(&key).await.unwrap();
    assert!(!format!("{item:?}").contains("ops@example.com"));
    assert!(!format!("{item:?}").contains("127.0.0.1"));
    assert!(item.remove("ttl").is_some());
    for attribute in ["dueShard", "dueAt", "owesEvent", "owesMail", "failures", "mail", "addresses"] {
        assert!(history.remove(attribute).is_some(), "{attribute}");
    }
    assert_eq!(item, history);
    for kept in ["id", "at", "company", "series", "token", "name", "actor", "action", "requestTokenHash"] {
        assert!(item.contains_key(kept), "{kept}");
    }
}

#[tokio::test]
async fn an_acknowledged_entry_is_not_changed_again() {
    let store = Store::start().await;
    let (_, entry) = written(&store).await;
    store.table.acknowledge(&entry).await.unwrap();
    let before = store.dump().await;
    store.table.acknowledge(&entry).await.unwrap();
    store.table.reschedule(&entry, birth() + hours(1)).await.unwrap();
    assert_eq!(store.dump().await, before);
}

#[tokio::test]
async fn a_deleted_entry_is_not_created_again() {
    let store = Store::start().await;
    let (id, entry) = (Uuid::from_u128(1), with_event_and_mail());
    let key = store.table.entry_key(id, &entry);
    let gone = OutboxEntry {
        key,
        id,
        pending: entry.channels(),
        entry,
        failures: Failures::default(),
        due_at: birth(),
        gathered: false,
        is_new: false,
    };
    store.table.acknowledge(&gone).await.unwrap();
    store.table.reschedule(&gone, birth()).await.unwrap();
    assert_eq!(store.table.outbox_entry(&gone.key).await.unwrap(), None);
    assert!(store.dump().await.is_empty());
}

/// Among them one twice, one that is unknown, one that is delivered, and one that can't be read, which fails alone.
#[tokio::test]
async fn entries_are_read_together() {
    let store = Store::start().await;
    let (key, pending) = written(&store).await;
    let (delivered, entry) = written(&store).await;
    store.table.acknowledge(&entry).await.unwrap();
    let (malformed, _) = written(&store).await;
    let mut item = store.entry(&malformed).await.unwrap();
    item.insert("owesEvent".to_owned(), AttributeValue::N("1".to_owned()));
    store.put(item).await;
    let unknown = EntryKey { sort: "ENTRY#unknown".to_owned(), ..key.clone() };
    let keys = [key.clone(), unknown, delivered, malformed, key];
    let [first, unknown, delivered, malformed, again] =
        store.table.outbox_entries(&keys).await.try_into().unwrap();
    assert_eq!([first.unwrap(), again.unwrap()], [Some(pending.clone()), Some(pending)]);
    assert_eq!([unknown.unwrap(), delivered.unwrap()], [None, None]);
    assert!(malformed.is_err());
}

/// As if each had been acknowledged alone, whichever way it is stored.
#[tokio::test]
async fn new_entries_are_acknowledged_together() {
    let store = Store::start().await;
    let mut pairs = Vec::new();
    for kind in [with_event_and_mail(), callback()] {
        let key = store.write_entry(kind.clone(), birth()).await;
        let other = store.write_entry(kind, birth()).await;
        pairs.push((key, other));
    }
    let mut new = Vec::new();
    for (key, other) in &pairs {
        new.push(OutboxEntry { is_new: true, ..store.table.outbox_entry(key).await.unwrap().unwrap() });
        store.table.acknowledge(&store.table.outbox_entry(other).await.unwrap().unwrap()).await.unwrap();
    }
    store.table.acknowledge_new(&new).await.unwrap();
    for (key, other) in &pairs {
        let (mut one, mut two) = (store.entry(key).await.unwrap(), store.entry(other).await.unwrap());
        for name in ["pk", "sk", "id"] {
            one.remove(name);
            two.remove(name);
        }
        assert_eq!(one, two);
    }
    assert_eq!(store.due(birth() + hours(10_000)).await, []);
}

#[tokio::test]
async fn an_entry_is_claimed_once() {
    let store = Store::start().await;
    let (key, entry) = written(&store).await;
    let claim = async |entry: &OutboxEntry| store.table.claim(entry, birth() + hours(1)).await.unwrap();
    assert!(claim(&entry).await);
    assert!(!claim(&entry).await, "somebody else has claimed it");
    let claimed = store.table.outbox_entry(&key).await.unwrap().unwrap();
    assert_eq!(claimed, OutboxEntry { due_at: birth() + hours(1), ..entry });
    store.table.acknowledge(&claimed).await.unwrap();
    assert!(!claim(&claimed).await, "it was delivered");
}
