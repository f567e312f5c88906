//! Several pages of due items, read while they are processed.

use std::collections::HashSet;

use chrono::TimeDelta;
use keyturn_application::ports::{DueItem, DueStore as _, TokenStore as _};
use keyturn_domain::Timestamp;
use keyturn_domain::draft::{AutoRenewalSettings, Settings};

use crate::support::Store;
use crate::support::make::{birth, calling, create, deactivate, hours};

/// Tokens, each due itself and with a due entry: three pages, the last one short.
const TOKENS: u128 = 125;

/// When all of them are due.
fn by() -> Timestamp {
    birth() + hours(40 * 24)
}

/// Fills one shard: ids that differ in their upper bytes only stand in the same one. Several items share a moment.
async fn fill(store: &Store) -> HashSet<DueItem> {
    let mut items = HashSet::new();
    for number in 0..TOKENS {
        let group = u16::try_from(number % 30).unwrap();
        let renewal = AutoRenewalSettings { every_days: 1 + group, callback: None, pull: false };
        let change = create(Settings { auto_renewal: Some(renewal), ..calling() }, number << 64);
        let commit = store.commit(change, birth() + TimeDelta::days((5 * group % 38).into()));
        store.table.commit(&commit).await.unwrap();
        items.insert(DueItem::Token(commit.change.tokens[0].id));
        items.insert(DueItem::Entry(store.key(&commit)));
    }
    items
}

async fn the_full_shard(store: &Store) -> u8 {
    let mut full = Vec::new();
    for shard in 0..store.table.shards() {
        if !store.table.due(shard, by(), None).await.unwrap().items.is_empty() {
            full.push(shard);
        }
    }
    assert_eq!(full.len(), 1, "all items are in one shard");
    full[0]
}

/// Processes an item: half of them are acknowledged or deactivated, the others rescheduled.
async fn process(store: &Store, item: &DueItem, number: usize) {
    match item {
        DueItem::Token(id) => {
            let token = store.table.token(*id).await.unwrap().unwrap();
            let commit = store.commit(deactivate(&token, by()), by() + hours(1));
            store.table.commit(&commit).await.unwrap();
        }
        DueItem::Entry(key) if number.is_multiple_of(2) => store.acknowledge(key).await,
        DueItem::Entry(key) => {
            let entry = store.table.outbox_entry(key).await.unwrap().unwrap();
            store.table.reschedule(&entry, by() + hours(1)).await.unwrap();
        }
        DueItem::MassRenewal(key) => panic!("nobody wrote {key:?}"),
    }
}

#[tokio::test]
async fn each_item_is_seen_once_while_those_before_it_are_processed() {
    let store = Store::start().await;
    let expected = fill(&store).await;
    let shard = the_full_shard(&store).await;

    let (mut seen, mut pages, mut from) = (Vec::new(), 0, None);
    loop {
        let page = store.table.due(shard, by(), from).await.unwrap();
        pages += 1;
        assert!(page.items.len() <= 100);
        for (number, (_, item)) in page.items.iter().enumerate() {
            process(&store, item, number).await;
        }
        seen.extend(page.items);
        from = page.next;
        if from.is_none() {
            break;
        }
    }

    assert_eq!(pages, 3);
    assert!(seen.is_sorted_by_key(|(at, _)| *at), "the longest due come first");
    assert_eq!(seen.len(), expected.len(), "none is seen twice");
    assert_eq!(seen.into_iter().map(|(_, item)| item).collect::<HashSet<_>>(), expected);
    assert_eq!(store.table.due(shard, by(), None).await.unwrap().items, []);
}
