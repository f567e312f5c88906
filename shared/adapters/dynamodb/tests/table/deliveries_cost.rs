//! The cost of the callback log: a token's log and a company's failures cost what they show, whatever else the company's log
//! holds, and no partition holds more than its share.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use keyturn_application::ports::{DeliveryFilter, History as _, Order, Paging};
use keyturn_domain::delivery::{Delivery, Failure, FailureClass};
use keyturn_domain::history::{Action, HistoryEntry};
use keyturn_domain::ids::TokenId;
use keyturn_domain::token::RequestReason;
use keyturn_dynamodb::Table;
use uuid::{Builder, Uuid};

use crate::support::make::{birth, company, entry, id};
use crate::support::{Item, Reading, Store};

/// Deliveries, all but a few of them about one token and delivered.
const MANY: u64 = 5_000;

fn delivery(token: TokenId, failed: bool) -> HistoryEntry {
    let failure = Failure { class: FailureClass::Timeout, status: None, retry_after: None };
    let outcome = if failed { Err(failure) } else { Ok(204) };
    let delivery = Delivery {
        at: birth(),
        attempt: 1,
        try_number: 1,
        reason: RequestReason::RenewalDue,
        duration_ms: 1,
        outcome,
        last_try: true,
    };
    HistoryEntry { token, ..entry(Action::CallbackTried(delivery)) }
}

/// The id of the entry with this number.
fn numbered(number: u64) -> Uuid {
    let millis = u64::try_from(birth().timestamp_millis()).unwrap() + number;
    let spread = u8::try_from(number * 7 % 251).unwrap();
    Builder::from_unix_timestamp_millis(millis, &[spread; 10]).into_uuid()
}

/// A copy of an entry that was committed, under another id.
fn copy(table: &Table, model: &Item, of: &HistoryEntry, id: Uuid) -> Item {
    use keyturn_application::ports::DueStore as _;
    let key = table.entry_key(id, of);
    let texts = [("pk", key.partition), ("sk", key.sort), ("id", id.to_string())];
    let mut item = model.clone();
    item.extend(texts.map(|(name, text)| (name.to_owned(), AttributeValue::S(text))));
    item
}

/// A store with a long log of token 1, and three deliveries each of token 2, and of token 3 that failed.
async fn filled() -> Store {
    let store = Store::start().await;
    let mut items = Vec::new();
    for (token, failed, step) in [(id(1), false, 1), (id(2), false, 2_000), (id(3), true, 2_000)] {
        let entry = delivery(token, failed);
        let key = store.write_entry(entry.clone(), birth()).await;
        let model = store.entry(&key).await.unwrap();
        let numbers = (0..MANY).filter(|number| number % step == token.uuid().as_u128() as u64 % step);
        items.extend(numbers.map(|number| copy(&store.table, &model, &entry, numbered(number))));
        let delete = store.client.delete_item().table_name(Store::NAME);
        delete.key("pk", model["pk"].clone()).key("sk", model["sk"].clone()).send().await.unwrap();
    }
    store.put_many(&items).await;
    store
}

async fn cost(store: &Store, filter: DeliveryFilter, found: usize) -> Reading {
    let (table, meter) = store.metered(Table::BUDGET);
    let paging = Paging { size: 25, order: Order::Descending, bound: None };
    let page = table.deliveries(&company(), &filter, paging).await.unwrap();
    assert_eq!((page.items.len(), page.next.is_some()), (found, found == 25), "{filter:?}");
    meter.take()
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "the figures are for people who ask for them")]
async fn a_filter_by_token_or_failure_reads_what_it_shows() {
    let store = filled().await;
    let of = |token: u128| DeliveryFilter { token: Some(id(token)), ..DeliveryFilter::default() };

    let token = cost(&store, of(2), 3).await;
    println!("a token's 3 deliveries among {MANY}: {} read units, {token:?}", token.units());
    assert_eq!(token.entries, 3);
    // One query of the index, and one of the log before it was spread.
    assert!(token.units() <= 1.5 && token.calls == 2, "{token:?}");

    let failures = cost(&store, DeliveryFilter { error_only: true, ..DeliveryFilter::default() }, 3).await;
    println!("a company's 3 failures among {MANY}: {} read units, {failures:?}", failures.units());
    assert_eq!(failures.entries, 3);
    assert!(failures.units() <= 9.0 && failures.calls == 9, "{failures:?}");

    let newest = cost(&store, DeliveryFilter::default(), 25).await;
    println!("the newest 25 of {MANY}: {} read units, {newest:?}", newest.units());
    assert!(newest.units() <= 25.0 && newest.entries <= 75, "{newest:?}");
}

#[tokio::test]
async fn no_partition_holds_more_than_its_share() {
    let store = filled().await;
    let mut partitions = BTreeMap::<String, u64>::new();
    for (key, _) in store.dump().await {
        *partitions.entry(key.0).or_default() += 1;
    }
    let delivered = (0..8).map(|suffix| partitions[&format!("CALLBACKS#acme#{suffix}")]);
    assert!(delivered.into_iter().all(|count| (MANY / 10..MANY / 6).contains(&count)), "{partitions:?}");
}
