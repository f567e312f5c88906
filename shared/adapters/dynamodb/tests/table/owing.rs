//! What entries owe: settled, postponed, or neither any more.

use chrono::TimeDelta;
use keyturn_application::ports::{DueItem, DueStore as _, EntryKey, OutboxEntry};
use keyturn_domain::effect::{Action, HistoryEntry, Mail, Notice};
use keyturn_domain::settings::MailAddress;

use crate::support::Store;
use crate::support::make::{birth, entry, hash, hours};

/// An entry that owes an event and a mail.
fn owing() -> HistoryEntry {
    let recipient = MailAddress::parse("ops@example.com").unwrap();
    let mail = Some(Mail { recipient, notice: Notice::Expired { at: birth() } });
    HistoryEntry { mail, ..entry(Action::RenewalRequested { attempt: 1, hash: hash(1) }) }
}

async fn written(store: &Store) -> (EntryKey, OutboxEntry) {
    let key = store.write_entry(owing(), birth()).await;
    let owed = store.table.owed(&key).await.unwrap().unwrap();
    (key, owed)
}

#[tokio::test]
async fn postponed_is_due_later_with_what_is_left() {
    let store = Store::start().await;
    let (key, owed) = written(&store).await;
    let later = OutboxEntry { owes_event: false, failures: 3, ..owed };
    store.table.postpone(&later, birth() + hours(1)).await.unwrap();

    assert_eq!(store.due(birth() + hours(1) - TimeDelta::seconds(1)).await, []);
    let expected = [(birth() + hours(1), DueItem::Entry(key.clone()))];
    assert_eq!(store.due(birth() + hours(1)).await, expected);
    assert_eq!(store.table.owed(&key).await.unwrap(), Some(later));
}

#[tokio::test]
async fn settled_owes_nothing_and_stays_as_history_without_the_address() {
    let store = Store::start().await;
    let (key, _) = written(&store).await;
    let mut history = store.entry(&key).await.unwrap();
    store.table.settle(&key).await.unwrap();

    assert!(store.due_index().await.is_empty());
    assert_eq!(store.table.owed(&key).await.unwrap(), None);
    let item = store.entry(&key).await.unwrap();
    assert!(!format!("{item:?}").contains("ops@example.com"));
    for account in ["dueShard", "dueAt", "owesEvent", "owesMail", "failures", "mail"] {
        assert!(history.remove(account).is_some(), "{account}");
    }
    assert_eq!(item, history);
    for kept in ["id", "at", "company", "series", "token", "name", "actor", "action", "requestTokenHash"] {
        assert!(item.contains_key(kept), "{kept}");
    }
}

#[tokio::test]
async fn settled_after_being_postponed_keeps_no_address_either() {
    let store = Store::start().await;
    let (key, owed) = written(&store).await;
    let unmailed = OutboxEntry { owes_mail: false, failures: 1, ..owed };
    store.table.postpone(&unmailed, birth() + hours(1)).await.unwrap();
    store.table.settle(&key).await.unwrap();
    assert!(!format!("{:?}", store.dump().await).contains("ops@example.com"));
}

#[tokio::test]
async fn settled_already_is_left_alone() {
    let store = Store::start().await;
    let (key, owed) = written(&store).await;
    store.table.settle(&key).await.unwrap();
    let before = store.dump().await;
    store.table.settle(&key).await.unwrap();
    store.table.postpone(&owed, birth() + hours(1)).await.unwrap();
    assert_eq!(store.dump().await, before);
}

#[tokio::test]
async fn an_entry_that_is_gone_is_not_made_again() {
    let store = Store::start().await;
    let key = store.table.entry_key(uuid::Uuid::from_u128(1), &owing());
    let entry = owing();
    let owed = OutboxEntry {
        key,
        id: uuid::Uuid::from_u128(1),
        entry,
        owes_event: true,
        owes_mail: true,
        failures: 0,
    };
    store.table.settle(&owed.key).await.unwrap();
    store.table.postpone(&owed, birth()).await.unwrap();
    assert_eq!(store.table.owed(&owed.key).await.unwrap(), None);
    assert!(store.dump().await.is_empty());
}
