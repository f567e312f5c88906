//! The callback log: every page equals that of a simple model, for each filter, order and position, and however much one
//! request may read. A third of the entries stands where it did before the log was spread.

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::TimeDelta;
use keyturn_application::ports::{
    Bound, Commit, DeliveryFilter, EntryKey, History as _, Order, Page, Paging, TokenStore as _,
};
use keyturn_domain::Timestamp;
use keyturn_domain::change::Change;
use keyturn_domain::delivery::{Delivery, Failure, FailureClass};
use keyturn_domain::history::{Action, Actor, HistoryEntry};
use keyturn_domain::ids::TokenId;
use keyturn_domain::token::RequestReason;
use uuid::{Builder, Uuid};

use crate::support::Store;
use crate::support::make::{birth, create, id, settings};
use crate::support::paging::{ids_of, page_of};

/// More than a filtered query looks at in its first go.
const DELIVERIES: u32 = 500;

/// A delivery as the model knows it.
#[derive(Clone, Copy)]
struct Known {
    id: Uuid,
    token: TokenId,
    at: Timestamp,
    failed: bool,
}

/// A delivery starts every 20 seconds, and is noted when it's over: at once, or after the 10 seconds that are the most,
/// so that it's noted in another second than it started in.
fn known(number: u32) -> Known {
    let at = birth() + TimeDelta::seconds(20 * i64::from(number));
    let failed = number.is_multiple_of(3);
    let noted = at + TimeDelta::milliseconds(if failed { 10_100 } else { 100 });
    let millis = u64::try_from(noted.timestamp_millis()).unwrap();
    let [.., upper, lower] = number.to_be_bytes();
    let random = [0x80, 0, 0, 0, 0, 0, 0, 0, upper ^ lower, lower];
    let entry = Builder::from_unix_timestamp_millis(millis, &random).into_uuid();
    Known { id: entry, token: id(1 + u128::from(number % 7 / 6)), at, failed }
}

async fn note(store: &Store, known: Known) {
    let failure = Failure { class: FailureClass::Timeout, status: None, retry_after: None };
    let delivery = Delivery {
        at: known.at,
        attempt: 1,
        try_number: 1,
        reason: RequestReason::RenewalDue,
        duration_ms: 1,
        outcome: if known.failed { Err(failure) } else { Ok(204) },
        last_try: true,
    };
    let token = create(settings(), known.token.uuid().as_u128()).tokens.remove(0);
    let noted = known.at + TimeDelta::seconds(if known.failed { 10 } else { 0 });
    let entry = HistoryEntry::about(&token, noted, Actor::Schedule, Action::CallbackTried(delivery));
    let change = Change { tokens: Vec::new(), replaced: Vec::new(), entry: Some(entry) };
    let commit = Commit { entry_id: known.id, ..store.commit(change, noted) };
    store.table.commit(&commit).await.unwrap();
    if known.id.as_bytes()[14].is_multiple_of(3) {
        unspread(store, &store.key(&commit)).await;
    }
}

/// Moves an entry to where it stood before the log was spread.
async fn unspread(store: &Store, key: &EntryKey) {
    let mut item = store.entry(key).await.unwrap();
    let delete = store.client.delete_item().table_name(Store::NAME);
    delete.key("pk", item["pk"].clone()).key("sk", item["sk"].clone()).send().await.unwrap();
    item.remove("deliveryOf");
    item.insert("pk".to_owned(), AttributeValue::S("CALLBACKS#acme".to_owned()));
    store.put(item).await;
}

/// The page that there should be.
fn expected(all: &[Known], filter: &DeliveryFilter, paging: Paging) -> Page<Uuid> {
    let matching = all.iter().filter(|known| {
        filter.token.is_none_or(|token| token == known.token)
            && (known.failed || !filter.error_only)
            && filter.start.is_none_or(|start| start <= known.at)
            && filter.end.is_none_or(|end| known.at <= end)
    });
    page_of(matching.map(|known| known.id).collect(), paging)
}

/// Periods: none, with an end at which a delivery started that took long, or between two, and as far away as can be written.
fn periods() -> [(Option<Timestamp>, Option<Timestamp>); 8] {
    let at = |text: &str| Some(text.parse().unwrap());
    let (slow, quick) = (known(300).at, known(301).at);
    let (first, last) = (at("0001-01-01T00:00:00Z"), at("9999-12-31T23:59:59Z"));
    [
        (None, None),
        (Some(slow), None),
        (None, Some(slow)),
        (None, Some(quick - TimeDelta::seconds(1))),
        (Some(slow), Some(quick)),
        (Some(quick), Some(slow)),
        (first, last),
        (last, None),
    ]
}

async fn filled(count: u32) -> (Store, Vec<Known>) {
    let store = Store::start().await;
    let all: Vec<_> = (0..count).map(known).collect();
    futures::future::join_all(all.iter().map(|known| note(&store, *known))).await;
    (store, all)
}

#[tokio::test]
async fn every_page_is_full_and_in_order_for_each_filter() {
    let (store, all) = filled(DELIVERIES).await;
    let company = "acme".parse().unwrap();
    let cursor = all[250].id;
    for (start, end) in periods() {
        for (token, error_only) in [(None, false), (None, true), (Some(id(2)), false), (Some(id(1)), true)] {
            let filter = DeliveryFilter { token, error_only, start, end };
            for order in [Order::Ascending, Order::Descending] {
                for bound in [None, Some(Bound::StartingAfter(cursor)), Some(Bound::EndingBefore(cursor))] {
                    let paging = Paging { size: 9, order, bound };
                    let page = store.table.deliveries(&company, &filter, paging).await.unwrap();
                    assert_eq!(
                        ids_of(&page, |(id, _)| *id),
                        expected(&all, &filter, paging),
                        "{filter:?} {paging:?}"
                    );
                }
            }
        }
    }
    let other = "other".parse().unwrap();
    let paging = Paging { size: 9, order: Order::Descending, bound: None };
    for token in [None, Some(id(1))] {
        let filter = DeliveryFilter { token, ..DeliveryFilter::default() };
        assert_eq!(store.table.deliveries(&other, &filter, paging).await.unwrap().items, []);
    }
    assert_eq!(store.table.delivery(&other, cursor).await.unwrap(), None);
    assert!(store.table.delivery(&company, cursor).await.unwrap().is_some());
}

#[tokio::test]
async fn pages_within_any_budget_lead_through_the_whole_log() {
    let (store, all) = filled(120).await;
    let company = "acme".parse().unwrap();
    let ways = [(Order::Ascending, None), (Order::Descending, None), (Order::Descending, Some(id(2)))];
    for (budget, (order, token)) in [20, 61].into_iter().flat_map(|budget| ways.map(|way| (budget, way))) {
        let (table, meter) = store.metered(budget);
        for (error_only, backwards) in [(false, false), (true, false), (false, true), (true, true)] {
            let filter = DeliveryFilter { token, error_only, ..DeliveryFilter::default() };
            let hint = format!("{filter:?} {order:?} {budget} {backwards}");
            let end = if order == Order::Ascending { Uuid::max() } else { Uuid::nil() };
            let mut bound = backwards.then_some(Bound::EndingBefore(end));
            let mut pages = Vec::new();
            loop {
                let page =
                    table.deliveries(&company, &filter, Paging { size: 9, order, bound }).await.unwrap();
                let read = usize::try_from(meter.take().entries).unwrap();
                assert!(read <= budget, "{read} entries: {hint}");
                assert!(page.next != bound || bound.is_none(), "no progress: {hint}");
                pages.push(ids_of(&page, |(id, _)| *id).items);
                bound = page.next;
                if bound.is_none() {
                    break;
                }
            }
            if backwards {
                pages.reverse();
            }
            let whole = Paging { size: all.len(), order, bound: None };
            assert_eq!(pages.concat(), expected(&all, &filter, whole).items, "{hint}");
        }
    }
}
