//! The cost of lists: read units grow with the page, not with the company, and have an upper bound.

use keyturn_application::ports::{Bound, Order, Paging, TokenFilter, TokenList as _};
use keyturn_domain::token::Status;
use keyturn_dynamodb::Table;

use crate::support::company::{Traits, numbered};
use crate::support::make::{birth, company};
use crate::support::{Item, Meter, READ_UNIT, Reading, Store, weight};

const MANY: usize = 10_000;

/// What the index `tokens` holds of a token.
const INDEXED: [&str; 8] =
    ["pk", "sk", "tokenCompany", "tokenId", "searchName", "applications", "expiresAt", "deactivatedAt"];

/// A company of so many tokens, and the meter on its table.
struct Company {
    store: Store,
    table: Table,
    meter: Meter,
    tokens: usize,
}

impl Company {
    async fn of(tokens: usize) -> Self {
        let store = Store::start().await;
        let named = |number| Traits {
            name: format!("Partner no. {number:05}"),
            applications: vec!["ORDERS", "PRODUCTS"],
            ..Traits::default()
        };
        store.fill("acme", &(0..tokens).map(named).collect::<Vec<_>>()).await;
        let (table, meter) = store.metered(Table::BUDGET);
        Self { store, table, meter, tokens }
    }

    /// What a page costs, which must have so many tokens.
    async fn cost(&self, filter: &TokenFilter, paging: Paging, found: usize) -> Reading {
        let page = self.table.list(&company(), filter, paging, birth()).await.unwrap();
        assert_eq!(page.items.len(), found, "{filter:?} {paging:?}");
        self.meter.take()
    }

    /// Bytes that the index holds of a token; all are of the same length here.
    async fn index_entry(&self) -> usize {
        let item = self.store.item(format!("TOKEN#{}", numbered(0)), "TOKEN").await.unwrap();
        let indexed: Item = item.into_iter().filter(|(name, _)| INDEXED.contains(&name.as_str())).collect();
        weight(&indexed)
    }

    fn middle(&self) -> uuid::Uuid {
        numbered(u128::try_from(self.tokens / 2).unwrap()).uuid()
    }
}

fn search(text: &str) -> TokenFilter {
    TokenFilter { search: Some(text.to_owned()), ..TokenFilter::default() }
}

const fn paging(size: usize, bound: Option<Bound>) -> Paging {
    Paging { size, order: Order::Descending, bound }
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "the figures are for people who ask for them")]
async fn read_units_grow_with_the_page_and_not_with_the_company() {
    let (small, large) = (Company::of(10).await, Company::of(MANY).await);
    let entry = large.index_entry().await;
    let all = TokenFilter::default();

    let first = paging(10, None);
    let (of_10, of_many) = (small.cost(&all, first, 10).await, large.cost(&all, first, 10).await);
    println!("a page of 10: {} read units of 10 tokens, {} of {MANY}", of_10.units(), of_many.units());
    assert_eq!(of_10.units(), of_many.units());
    // Each token and its credential is half a unit; the entries of the index come by 4 KiB together. One more tells
    // whether there is another page.
    assert_eq!(of_many.batches, 10.0);
    assert_eq!((of_many.queries, of_many.entries), (half_units(11 * entry), 11));

    for order in [Order::Ascending, Order::Descending] {
        for bound in [Bound::StartingAfter(large.middle()), Bound::EndingBefore(large.middle())] {
            let there = Paging { size: 10, order, bound: Some(bound) };
            assert_eq!(large.cost(&all, there, 10).await, of_many, "{there:?}");
        }
    }
    for size in [25, 100] {
        let page = large.cost(&all, paging(size, None), size).await;
        println!("a page of {size} of {MANY}: {} read units in {} calls", page.units(), page.calls);
        assert!(page.units() <= as_f64(size) + half_units((size + 1) * entry), "{page:?}");
    }

    // Active tokens are common: the first look at the index finds a page of them.
    let active = TokenFilter { status: Some(Status::Active), ..TokenFilter::default() };
    let page = large.cost(&active, paging(25, None), 25).await;
    println!("a page of 25 active ones of {MANY}: {} read units", page.units());
    assert!(page.units() <= 25.0 + half_units(200 * entry), "{page:?}");
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "the figures are for people who ask for them")]
async fn a_search_reads_its_budget_at_most_and_records_only_of_what_it_finds() {
    let large = Company::of(MANY).await;
    let entry = large.index_entry().await;

    let none = large.cost(&search("nobody"), paging(25, None), 0).await;
    println!(
        "a search without a match among {MANY} names of {entry} bytes: {} read units in {} calls",
        none.units(),
        none.calls
    );
    assert_eq!((none.batches, none.entries), (0.0, i32::try_from(Table::BUDGET).unwrap()));
    // Each call rounds up once.
    let most = half_units(Table::BUDGET * entry) + 0.5 * f64::from(none.calls);
    assert!(none.queries <= most && none.calls <= 5, "{none:?}");

    let common = large.cost(&search("partner"), paging(25, None), 25).await;
    println!("a search that finds everything: {} read units", common.units());
    assert!(common.units() <= 25.0 + half_units(200 * entry), "{common:?}");
}

#[tokio::test]
async fn a_search_goes_on_where_its_budget_ended() {
    let company_of_many = Company::of(2 * Table::BUDGET + 1).await;
    let (mut bound, mut pages) = (None, Vec::new());
    loop {
        let filter = search("no. 00000");
        let page = company_of_many.table.list(&company(), &filter, paging(25, bound), birth()).await.unwrap();
        pages.push((company_of_many.meter.take().entries, page.items.len()));
        bound = page.next;
        if bound.is_none() {
            break;
        }
    }
    let budget = i32::try_from(Table::BUDGET).unwrap();
    assert_eq!(pages, [(budget, 0), (budget, 0), (1, 1)]);
}

/// Read units of an eventually consistent read of so many bytes.
fn half_units(bytes: usize) -> f64 {
    as_f64(bytes.div_ceil(READ_UNIT)) / 2.0
}

fn as_f64(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}
