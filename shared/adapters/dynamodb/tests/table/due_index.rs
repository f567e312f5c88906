//! The due index holds the due items with their due times.

use aws_sdk_dynamodb::types::AttributeValue;
use keyturn_application::ports::{DueItem, DueStore as _, TokenStore as _};
use keyturn_domain::backoff::Failures;
use keyturn_domain::history::Action;
use keyturn_domain::{due, lifecycle};
use keyturn_dynamodb::{Shards, Table};

use crate::support::Store;
use crate::support::make::{birth, calling, create, deactivate, ending, entry, hours, id, settings};

#[tokio::test]
async fn drops_a_plain_token_once_its_entry_is_acknowledged() {
    let store = Store::start().await;
    let commit = store.write(create(settings(), 1)).await;
    let key = store.key(&commit);
    assert_eq!(store.due(birth()).await, [(birth(), DueItem::Entry(key.clone()))]);
    store.acknowledge(&key).await;
    assert!(store.due_index().await.is_empty());
}

#[tokio::test]
async fn holds_a_token_while_something_is_due() {
    let store = Store::start().await;
    for (number, settings) in [(1, calling()), (2, ending())] {
        let commit = store.write(create(settings, number)).await;
        store.acknowledge(&store.key(&commit)).await;
        let token = &commit.change.tokens[0];
        let (at, _) = due::next(token).unwrap();
        assert_eq!(store.due(at - hours(1)).await, []);
        assert_eq!(store.due(at).await, [(at, DueItem::Token(token.id))]);

        let end = store.write(match token.expires_at {
            Some(end) => lifecycle::expire(token, end, end),
            None => deactivate(token, at),
        });
        store.acknowledge(&store.key(&end.await)).await;
        assert!(store.due_index().await.is_empty());
    }
}

#[tokio::test]
async fn holds_no_entry_without_deliveries() {
    let store = Store::start().await;
    store.write_entry(entry(Action::ExpiryAnnounced { days: 7 }), birth()).await;
    assert!(store.due_index().await.is_empty());
    assert_eq!(store.dump().await.len(), 1);
}

#[tokio::test]
async fn holds_keys_only() {
    let store = Store::start().await;
    store.write(create(calling(), 1)).await;
    let index = store.due_index().await;
    assert_eq!(index.len(), 2);
    for item in index.values() {
        let mut names: Vec<_> = item.keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["dueAt", "dueShard", "pk", "sk"]);
    }
}

#[tokio::test]
async fn is_read_up_to_the_given_time() {
    let store = Store::start().await;
    let second = chrono::TimeDelta::seconds(1);
    store.write_entry(entry(Action::Created), birth()).await;
    assert_eq!(store.due(birth() - second).await, []);
    assert_eq!(store.due(birth()).await.len(), 1);
}

#[tokio::test]
async fn finds_the_next_due_time() {
    let store = Store::start().await;
    assert_eq!(store.table.next_due_after(birth()).await.unwrap(), None);
    // In as many shards as there are
    for number in 0..u128::from(store.table.shards()) {
        let change = create(settings(), number);
        let due = birth() + hours(10 - i64::try_from(number).unwrap());
        store.table.commit(&store.commit(change, due)).await.unwrap();
    }
    for (after, next) in [(-1, Some(3)), (2, Some(3)), (3, Some(4)), (9, Some(10)), (10, None)] {
        let found = store.table.next_due_after(birth() + hours(after)).await.unwrap();
        assert_eq!(found, next.map(|next| birth() + hours(next)), "after {after} hours");
    }
}

#[tokio::test]
async fn a_token_that_failed_is_due_later_until_it_is_written() {
    let store = Store::start().await;
    let commit = store.write(create(calling(), 1)).await;
    store.acknowledge(&store.key(&commit)).await;
    let token = &commit.change.tokens[0];
    let (at, _) = due::next(token).unwrap();
    let failures = Failures { count: 3, since: Some(at) };
    let defer = async |now, until| store.table.defer_token(token.id, failures, now, until).await.unwrap();

    defer(at - hours(1), at + hours(9)).await;
    assert_eq!(store.table.token_failures(token.id).await.unwrap(), Failures::default());
    assert_eq!(store.due(at).await.len(), 1, "one that is not due is left alone");

    defer(at, at + hours(1)).await;
    assert_eq!(store.table.token_failures(token.id).await.unwrap(), failures);
    assert_eq!(store.due(at).await, []);
    assert_eq!(store.due(at + hours(1)).await, [(at + hours(1), DueItem::Token(token.id))]);

    let stored = store.table.token(token.id).await.unwrap().unwrap();
    store.write(deactivate(&stored, at)).await;
    assert_eq!(store.table.token_failures(token.id).await.unwrap(), Failures::default());
}

#[tokio::test]
async fn a_malformed_key_is_counted_and_hides_no_other() {
    let store = Store::start().await;
    for number in 0..250 {
        let at = (birth() - hours(1)).timestamp().to_string();
        let text = |text: String| AttributeValue::S(text);
        let item = [
            ("pk", text(format!("TOKEN#not-an-id-{number}"))),
            ("sk", text("TOKEN".to_owned())),
            ("dueShard", text("due#3".to_owned())),
            ("dueAt", AttributeValue::N(at)),
        ];
        store.put(item.map(|(name, value)| (name.to_owned(), value)).into()).await;
    }
    let commit = store.write(create(calling(), 11)).await;
    assert_eq!(store.table.next_due_after(birth() - hours(1)).await.unwrap(), Some(birth()));
    let (mut found, mut malformed, mut from) = (Vec::new(), 0, None);
    loop {
        let page = store.table.due(3, birth(), from).await.unwrap();
        found.extend(page.items);
        malformed += page.malformed;
        from = page.next;
        if from.is_none() {
            break;
        }
    }
    assert_eq!((malformed, found), (250, vec![(birth(), DueItem::Entry(store.key(&commit)))]));
}

#[tokio::test]
async fn more_shards_can_be_read_before_they_are_written() {
    let store = Store::start().await;
    let wider = Table::clone(&store.table).with_shards(Shards { written: 16, read: 16 });
    let reader = Table::clone(&store.table).with_shards(Shards { written: 8, read: 16 });
    for (number, table) in (0..64).zip([&store.table, &wider].into_iter().cycle()) {
        keyturn_application::ports::TokenStore::commit(
            table,
            &store.commit(create(calling(), number), birth()),
        )
        .await
        .unwrap();
    }
    let mut found = 0;
    for shard in 0..reader.shards() {
        found += reader.due(shard, birth(), None).await.unwrap().items.len();
    }
    assert_eq!(found, 64, "an entry of each token");
}

#[tokio::test]
async fn spreads_tokens_over_all_shards_and_keeps_each_with_its_entries() {
    let store = Store::start().await;
    for number in 0..64 {
        store.write(create(calling(), number)).await;
    }
    let far = birth() + hours(10_000);
    for shard in 0..store.table.shards() {
        let items = store.table.due(shard, far, None).await.unwrap().items;
        let tokens = (0..64).map(id).filter(|id| items.iter().any(|(_, item)| *item == DueItem::Token(*id)));
        let entries = items.iter().filter(|(_, item)| matches!(item, DueItem::Entry(_)));
        let tokens: Vec<_> = tokens.collect();
        assert!(!tokens.is_empty(), "shard {shard} is empty");
        assert_eq!(entries.count(), tokens.len());
    }
}
