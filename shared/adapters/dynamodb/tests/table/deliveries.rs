//! The callback log: every page equals that of a simple model, for each filter, order and position.

use chrono::TimeDelta;
use keyturn_application::ports::{
    Bound, Commit, DeliveryFilter, History as _, Order, Paging, TokenStore as _,
};
use keyturn_domain::Timestamp;
use keyturn_domain::change::Change;
use keyturn_domain::delivery::{Delivery, Failure, FailureClass};
use keyturn_domain::history::{Action, Actor, HistoryEntry};
use keyturn_domain::ids::TokenId;
use uuid::{Builder, Uuid};

use crate::support::Store;
use crate::support::make::{birth, create, id, settings};
use crate::support::paging::page_of;

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
    let entry = Builder::from_unix_timestamp_millis(millis, &[0x80; 10]).into_uuid();
    Known { id: entry, token: id(1 + u128::from(number % 7 / 6)), at, failed }
}

async fn note(store: &Store, known: Known) {
    let failure = Failure { class: FailureClass::Timeout, status: None, retry_after: None };
    let delivery = Delivery {
        at: known.at,
        attempt: 1,
        try_number: 1,
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
}

/// The page that there should be.
fn expected(all: &[Known], filter: &DeliveryFilter, paging: Paging) -> Vec<Uuid> {
    let matching = all.iter().filter(|known| {
        filter.token.is_none_or(|token| token == known.token)
            && (known.failed || !filter.error_only)
            && filter.start.is_none_or(|start| start <= known.at)
            && filter.end.is_none_or(|end| known.at <= end)
    });
    page_of(matching.map(|known| known.id).collect(), paging)
}

/// Times at which a period can start or end: none, before everything, when a delivery started that took long, between
/// two, after everything, and as far away as can be written.
fn times() -> [Option<Timestamp>; 6] {
    let at = |text: &str| Some(text.parse().unwrap());
    let (slow, quick) = (known(300).at, known(301).at);
    [
        None,
        at("0001-01-01T00:00:00Z"),
        Some(slow),
        Some(quick - TimeDelta::seconds(1)),
        Some(quick),
        at("9999-12-31T23:59:59Z"),
    ]
}

#[tokio::test]
async fn every_page_is_full_and_in_order_for_each_filter() {
    let store = Store::start().await;
    let all: Vec<_> = (0..DELIVERIES).map(known).collect();
    futures::future::join_all(all.iter().map(|known| note(&store, *known))).await;
    let company = "acme".parse().unwrap();
    let cursor = all[250].id;
    for (start, end) in times().into_iter().flat_map(|start| times().map(|end| (start, end))) {
        for (token, error_only) in [(None, false), (None, true), (Some(id(2)), false), (Some(id(1)), true)] {
            let filter = DeliveryFilter { token, error_only, start, end };
            for order in [Order::Ascending, Order::Descending] {
                for bound in [None, Some(Bound::StartingAfter(cursor)), Some(Bound::EndingBefore(cursor))] {
                    let paging = Paging { size: 9, order, bound };
                    let page = store.table.deliveries(&company, &filter, paging).await.unwrap();
                    let ids: Vec<_> = page.iter().map(|(id, _)| *id).collect();
                    assert_eq!(ids, expected(&all, &filter, paging), "{filter:?} {paging:?}");
                }
            }
        }
    }
    let other = "other".parse().unwrap();
    let paging = Paging { size: 9, order: Order::Descending, bound: None };
    assert_eq!(store.table.deliveries(&other, &DeliveryFilter::default(), paging).await.unwrap(), []);
    assert_eq!(store.table.delivery(&other, cursor).await.unwrap(), None);
    assert!(store.table.delivery(&company, cursor).await.unwrap().is_some());
}
