//! Items of another version: unknown attributes are ignored, and unreadable items are errors.

use std::error::Error;

use aws_sdk_dynamodb::types::AttributeValue;
use keyturn_application::ports::{
    CredentialStore as _, DueStore as _, History as _, Order, Paging, TokenStore as _,
};
use keyturn_domain::channel::Channel;
use keyturn_domain::credential::Credential;
use keyturn_domain::delivery::{Delivery, Failure, FailureClass};
use keyturn_domain::history::{Action, Actor};
use keyturn_domain::renewal;
use keyturn_domain::token::RequestReason;

use crate::support::make::{birth, calling, create, deactivate, entry, hours, id, key};
use crate::support::{Item, Store};

/// Adds attributes of a later version to a map and to the maps in it.
fn extend(map: &mut Item) {
    for value in map.values_mut() {
        if let AttributeValue::M(inner) = value {
            extend(inner);
        }
    }
    let later = Item::from([("deep".to_owned(), AttributeValue::Ss(vec!["a".to_owned()]))]);
    map.insert("later".to_owned(), AttributeValue::M(later));
    map.insert("alsoLater".to_owned(), AttributeValue::Null(true));
}

#[tokio::test]
async fn ignores_attributes_of_a_later_version() {
    let store = Store::start().await;
    let created = store.write(create(calling(), 1)).await.change.tokens.remove(0);
    let commit = store.write(renewal::issue(&created, key(1), birth() + hours(720))).await;
    let (token, entry) = (&commit.change.tokens[0], store.key(&commit));
    let pending = store.table.outbox_entry(&entry).await.unwrap();
    for mut item in store.dump().await.into_values() {
        extend(&mut item);
        item.insert("schemaVersion".to_owned(), AttributeValue::N("2".to_owned()));
        store.put(item).await;
    }

    assert_eq!(store.table.token(token.id).await.unwrap().as_ref(), Some(token));
    assert_eq!(store.table.credential(token.id).await.unwrap(), Some(Credential::of(token)));
    assert_eq!(store.table.outbox_entry(&entry).await.unwrap(), pending);

    // After a rollback, the earlier version continues with them.
    let changed = store.write(deactivate(token, birth() + hours(721))).await.change.tokens.remove(0);
    assert_eq!(store.table.token(token.id).await.unwrap().as_ref(), Some(&changed));
    assert_eq!(store.table.credential(token.id).await.unwrap(), Some(Credential::of(&changed)));
    let written = store.item(format!("TOKEN#{}", token.id), "TOKEN").await.unwrap();
    assert_eq!(
        written["schemaVersion"],
        AttributeValue::N("1".to_owned()),
        "a later version sees who wrote it"
    );
}

#[tokio::test]
async fn names_the_later_version_of_an_unreadable_item() {
    let store = Store::start().await;
    store.write(create(calling(), 1)).await;
    for mut item in store.dump().await.into_values() {
        item.remove("company");
        item.insert("schemaVersion".to_owned(), AttributeValue::N("2".to_owned()));
        store.put(item).await;
    }
    let errors =
        [store.table.token(id(1)).await.unwrap_err(), store.table.credential(id(1)).await.unwrap_err()];
    for error in errors {
        assert_eq!(error.to_string(), "an item of a later schemaVersion cannot be decoded");
    }
}

#[tokio::test]
async fn an_unreadable_item_is_an_error() {
    let store = Store::start().await;
    let commit = store.write(create(calling(), 1)).await;
    let entry = store.key(&commit);
    let text = |text: &str| AttributeValue::S(text.to_owned());
    for (field, value) in [("company", text("Not A Company")), ("name", AttributeValue::N("1".to_owned()))] {
        for mut item in store.dump().await.into_values() {
            item.insert(field.to_owned(), value.clone());
            store.put(item).await;
        }
        let errors = [
            store.table.token(id(1)).await.unwrap_err(),
            store.table.credential(id(1)).await.unwrap_err(),
            store.table.outbox_entry(&entry).await.unwrap_err(),
        ];
        for error in errors {
            assert!(error.source().is_some(), "{error}");
            assert!(!format!("{error:?}").contains("Not A Company"), "{error:?}");
        }
    }
}

/// What a later version has noted: its words for what was done, by whom, and what is to be mailed.
fn later(item: &Item) -> Item {
    let map = |word: &str| {
        let fields = [("type", AttributeValue::S(word.to_owned())), ("more", AttributeValue::Bool(true))];
        AttributeValue::M(fields.map(|(name, value)| (name.to_owned(), value)).into())
    };
    let mut item = item.clone();
    item.insert("action".to_owned(), map("petrified"));
    item.insert("actor".to_owned(), map("oracle"));
    if let Some(AttributeValue::M(mail)) = item.get_mut("mail") {
        mail.insert("notice".to_owned(), map("petrified"));
    }
    item
}

#[tokio::test]
async fn an_action_of_a_later_version_hides_nothing_else_and_stays_pending() {
    let store = Store::start().await;
    let created = store.write(create(calling(), 1)).await.change.tokens.remove(0);
    let issued = store.write(renewal::issue(&created, key(1), birth() + hours(720))).await;
    let lapsed = renewal::lapse(&issued.change.tokens[0], birth() + hours(722)).unwrap();
    let commit = store.write(lapsed).await;
    let (token, key) = (&commit.change.tokens[0], store.key(&commit));
    let item = store.item(key.partition.clone(), &key.sort).await.unwrap();
    assert!(item.contains_key("mail"), "{item:?}");
    store.put(later(&item)).await;

    let page = store
        .table
        .activities(token, Paging { size: 10, order: Order::Descending, bound: None })
        .await
        .unwrap();
    let words: Vec<_> = page.items.iter().map(|(_, entry)| (&entry.action, &entry.actor)).collect();
    assert_eq!(words[0], (&Action::Unknown, &Actor::Unknown));
    assert_eq!(words.last().unwrap().0, &Action::Created);
    assert_eq!(words.len(), 3);

    // This version can word neither the event nor the mail.
    let pending = store.table.outbox_entry(&key).await.unwrap().unwrap();
    assert_eq!(pending.pending.iter().collect::<Vec<_>>(), Channel::ALL);
    assert!(pending.entry.channels().is_empty());
    store.table.reschedule(&pending, birth() + hours(724)).await.unwrap();
    let kept = store.item(key.partition.clone(), &key.sort).await.unwrap();
    for field in ["action", "actor", "mail"] {
        assert_eq!(kept[field], later(&item)[field], "the later version finds {field} as it was");
    }
}

#[tokio::test]
async fn reads_an_unknown_kind_of_failure_as_a_failure() {
    let store = Store::start().await;
    let failure = Failure { class: FailureClass::Timeout, status: None, retry_after: None };
    let delivery = Delivery {
        at: birth(),
        attempt: 1,
        try_number: 1,
        reason: RequestReason::RenewalDue,
        duration_ms: 1,
        outcome: Err(failure),
        last_try: true,
    };
    let key = store.write_entry(entry(Action::CallbackTried(delivery)), birth()).await;
    let mut item = store.item(key.partition.clone(), &key.sort).await.unwrap();
    let Some(AttributeValue::M(action)) = item.get_mut("action") else { panic!("{item:?}") };
    action.insert("errorClass".to_owned(), AttributeValue::S("petrified".to_owned()));
    store.put(item).await;
    let read = store.table.outbox_entry(&key).await.unwrap().unwrap();
    let Action::CallbackTried(delivery) = read.entry.action else { panic!("{:?}", read.entry) };
    assert_eq!(delivery.outcome, Err(Failure { class: FailureClass::Unknown, ..failure }));
}
