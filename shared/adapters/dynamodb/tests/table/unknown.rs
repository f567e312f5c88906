//! Items of another version: what a reader doesn't know it passes over, and what it can't read is an error.

use std::error::Error;

use aws_sdk_dynamodb::types::AttributeValue;
use keyturn_application::ports::{CredentialStore as _, DueStore as _, TokenStore as _};
use keyturn_domain::credential::Credential;
use keyturn_domain::renewal;

use crate::support::make::{birth, calling, create, deactivate, hours, id, key};
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
async fn attributes_of_a_later_version_are_passed_over() {
    let store = Store::start().await;
    let created = store.write(create(calling(), 1)).await.change.tokens.remove(0);
    let commit = store.write(renewal::issue(&created, key(1), birth() + hours(720))).await;
    let (token, entry) = (&commit.change.tokens[0], store.key(&commit));
    let owed = store.table.owed(&entry).await.unwrap();
    for mut item in store.dump().await.into_values() {
        extend(&mut item);
        item.insert("schemaVersion".to_owned(), AttributeValue::N("2".to_owned()));
        store.put(item).await;
    }

    assert_eq!(store.table.token(token.id).await.unwrap().as_ref(), Some(token));
    assert_eq!(store.table.credential(token.id).await.unwrap(), Some(Credential::of(token)));
    assert_eq!(store.table.owed(&entry).await.unwrap(), owed);

    // A version that was rolled back to goes on with them.
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
async fn an_item_of_a_later_version_that_cannot_be_read_is_refused_as_such() {
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
async fn an_item_that_cannot_be_read_is_an_error_and_not_nothing() {
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
            store.table.owed(&entry).await.unwrap_err(),
        ];
        for error in errors {
            assert!(error.source().is_some(), "{error}");
            assert!(!format!("{error:?}").contains("Not A Company"), "{error:?}");
        }
    }
}
