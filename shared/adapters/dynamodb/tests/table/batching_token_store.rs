//! Batched reads: each caller gets its own token, as consistently as from a single read.

use aws_sdk_dynamodb::types::AttributeValue;
use futures::future::join_all;
use keyturn_application::ports::TokenStore as _;
use keyturn_dynamodb::BatchingTokenStore;

use crate::support::Store;
use crate::support::make::{birth, create, deactivate, id, settings};

#[tokio::test]
async fn each_caller_gets_its_own_token() {
    let store = Store::start().await;
    let mut expected = Vec::new();
    for number in 0..250 {
        let token = store.write(create(settings(), number)).await.change.tokens.remove(0);
        expected.push(Some(token));
    }
    expected.push(None);
    // The same one twice, and one that was never there.
    let asked: Vec<_> = (0..=250).chain([7]).map(id).collect();
    expected.push(expected[7].clone());

    let tokens = BatchingTokenStore::new(store.table.clone());
    let read = join_all(asked.iter().map(|id| tokens.token(*id))).await;
    assert_eq!(read.into_iter().map(Result::unwrap).collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn reads_the_latest_change() {
    let store = Store::start().await;
    let token = store.write(create(settings(), 1)).await.change.tokens.remove(0);
    let tokens = BatchingTokenStore::new(store.table.clone());
    assert_eq!(tokens.token(id(1)).await.unwrap().as_ref(), Some(&token));
    let commit = store.commit(deactivate(&token, birth()), birth());
    tokens.commit(&commit).await.unwrap();
    let read = join_all([tokens.token(id(1)), tokens.token(id(2)), tokens.token(id(1))]).await;
    for (read, expected) in read.into_iter().zip([true, false, true]) {
        assert_eq!(read.unwrap().as_ref(), expected.then_some(&commit.change.tokens[0]));
    }
}

#[tokio::test]
async fn a_malformed_token_fails_alone() {
    let store = Store::start().await;
    for number in 0..4 {
        store.write(create(settings(), number)).await;
    }
    let mut item = store.item(format!("TOKEN#{}", id(2)), "TOKEN").await.unwrap();
    item.insert("company".to_owned(), AttributeValue::S("Not A Company".to_owned()));
    store.put(item).await;
    let tokens = BatchingTokenStore::new(store.table.clone());
    let read = join_all((0..4).map(|number| tokens.token(id(number)))).await;
    assert_eq!(read.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, true, false, true]);
}
