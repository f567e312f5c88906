//! Summaries: pages of what is wanted, and what they cost.

use aws_sdk_dynamodb::types::AttributeValue;
use keyturn_application::ports::{
    Bound, CredentialStore as _, Order, Page, Paging, Seen, SummaryFilter, TokenFilter, TokenSummaries as _,
};
use keyturn_domain::Timestamp;
use keyturn_domain::change::Change;
use keyturn_domain::summary::TokenSummary;
use keyturn_domain::token::Token;
use keyturn_dynamodb::Table;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;

use crate::support::company::{Traits, numbered};
use crate::support::make::{birth, calling, company, create, hours, id};
use crate::support::paging::{ids_of, page_of};
use crate::support::{Store, any};

type Wanted = dyn Fn(&TokenSummary, Option<Timestamp>) -> bool + Send + Sync;

async fn read(table: &Table, wanted: &Wanted, since: Timestamp, paging: Paging) -> Page<Seen> {
    let filter = SummaryFilter { listed: TokenFilter::default(), not_ended_before: since, wanted };
    table.summaries(&company(), &filter, paging, birth()).await.unwrap()
}

const fn paging(size: usize, order: Order, bound: Option<Bound>) -> Paging {
    Paging { size, order, bound }
}

#[tokio::test]
async fn pages_hold_what_is_wanted_and_say_where_to_go_on() {
    let store = Store::start().await;
    let tokens: Vec<_> =
        (0..330).map(|number| Traits { name: format!("n{}", number % 3), ..Traits::default() }).collect();
    store.fill("acme", &tokens).await;
    store.fill("other", &[]).await;
    let wanted = |token: &TokenSummary, _| token.name.as_str() == "n1";
    let ids: Vec<_> =
        (0..330).filter(|number| number % 3 == 1).map(|number| numbered(number).uuid()).collect();
    for order in [Order::Ascending, Order::Descending] {
        for size in [1, 7, 100, 110, 111] {
            for bound in [
                None,
                Some(Bound::StartingAfter(numbered(100).uuid())),
                Some(Bound::EndingBefore(numbered(200).uuid())),
            ] {
                let paging = paging(size, order, bound);
                let page = read(&store.table, &wanted, birth(), paging).await;
                let expected = page_of(ids.clone(), paging);
                let found = ids_of(&page, |(token, _)| token.id.uuid());
                assert_eq!(found.items, expected.items, "{paging:?}");
                // The rest may hold none, as long as something of it was not looked at.
                assert!(expected.next.is_none() || found.next == expected.next, "{paging:?}");
            }
        }
    }
}

#[tokio::test]
async fn leaves_out_what_ended_before() {
    let store = Store::start().await;
    let at = birth().timestamp();
    let ends = [None, Some(at - 1), Some(at), Some(at + 1)];
    let tokens: Vec<_> = ends
        .into_iter()
        .flat_map(|end| {
            [(end, None), (None, end)].map(|(expires_at, deactivated_at)| Traits {
                name: "n".to_owned(),
                expires_at,
                deactivated_at,
                ..Traits::default()
            })
        })
        .collect();
    store.fill("acme", &tokens).await;
    let page = read(&store.table, &|_, _| true, birth(), paging(100, Order::Ascending, None)).await;
    let found: Vec<_> = page.items.iter().map(|(token, _)| token.id).collect();
    assert_eq!(found, [0, 1, 6, 7].map(numbered));
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "the figures are for people who ask for them")]
async fn an_overview_reads_its_budget_at_most() {
    let store = Store::start().await;
    let named = |number| Traits {
        name: format!("Partner no. {number:05}"),
        applications: vec!["ORDERS", "PRODUCTS"],
        ..Traits::default()
    };
    store.fill("acme", &(0..2 * Table::BUDGET + 1).map(named).collect::<Vec<_>>()).await;
    let (table, meter) = store.metered(Table::BUDGET);
    let whole = paging(table.budget(), Order::Descending, None);
    let page = read(&table, &|_, _| true, birth(), whole).await;
    let cost = meter.take();
    println!("an overview of {} tokens: {} read units in {} calls", Table::BUDGET, cost.units(), cost.calls);
    assert_eq!(page.items.len(), Table::BUDGET);
    assert_eq!(page.next, page.items.last().map(|(token, _)| Bound::StartingAfter(token.id.uuid())));
    // Half a unit for each token and each credential, and the entries of the index.
    assert_eq!((cost.batches, cost.entries), (2_000.0, 2_000));
    assert!(cost.queries <= 60.0 && cost.calls <= 50, "{cost:?}");

    let found = read(&table, &|_, _| true, birth(), paging(25, Order::Descending, None)).await;
    assert_eq!((found.items.len(), meter.take().batches), (25, 100.0), "a common match");
}

#[tokio::test]
async fn joins_the_last_use() {
    let store = Store::start().await;
    store.write(create(calling(), 1)).await;
    store.table.record_use(id(1), (birth() + hours(1)).into()).await.unwrap();
    let found = store.table.summaries_of(&[id(2), id(1)]).await.unwrap();
    assert_eq!(found.len(), 1, "one of them does not exist");
    assert_eq!(found[0].1, Some(birth() + hours(1)));
}

/// Whether a value holds bytes at any depth, as hashes and sealed strings are stored.
fn holds_bytes(value: &AttributeValue) -> bool {
    match value {
        AttributeValue::B(_) | AttributeValue::Bs(_) => true,
        AttributeValue::L(values) => values.iter().any(holds_bytes),
        AttributeValue::M(map) => map.values().any(holds_bytes),
        _ => false,
    }
}

#[tokio::test]
async fn reads_no_hash_and_no_sealed_string() {
    let store = Store::start().await;
    let (table, meter) = store.metered(Table::BUDGET);
    let mut runner = TestRunner::deterministic();
    let leaked = any::tokens().prop_filter("a string that is being replaced", |token| {
        token.replacement().is_some_and(|replacement| !replacement.repeatable.is_empty())
    });
    for number in 1..=20 {
        let token = Token { id: id(number), ..leaked.new_tree(&mut runner).unwrap().current() };
        let expected = TokenSummary::from(&token);
        store.write(Change { tokens: vec![token], replaced: Vec::new(), entry: None }).await;
        let stored = store.item(format!("TOKEN#{}", id(number)), "TOKEN").await.unwrap();
        assert!(holds_bytes(&stored["leak"]), "hashes of request tokens");
        assert_eq!(table.summaries_of(&[id(number)]).await.unwrap(), [(expected, None)]);
        let read = meter.take_items();
        assert_eq!(read.len(), 2, "the token and its credential");
        for (name, value) in read.iter().flatten() {
            assert!(!holds_bytes(value), "{name} holds bytes");
        }
    }
}
