//! Lists of tokens: every page equals that of a simple model, for each filter, order and position.

use aws_sdk_dynamodb::types::AttributeValue;
use keyturn_application::ports::{Bound, Order, Page, Paging, TokenFilter, TokenList as _};
use keyturn_domain::token::Status;
use keyturn_dynamodb::Table;
use uuid::Uuid;

use crate::support::company::{Traits, numbered};
use crate::support::make::{birth, company, hours, settings};
use crate::support::paging::{ids_of, page_of};
use crate::support::{Item, Store};

/// More than the first three filtered queries evaluate.
const TOKENS: usize = 1_500;

fn second() -> i64 {
    birth().timestamp()
}

/// Tokens of all kinds, one in 500 called differently.
fn tokens() -> Vec<Traits> {
    let kind = |number: usize| Traits {
        name: if number % 500 == 250 { format!("Needle {number}") } else { format!("Straw {number}") },
        applications: if number.is_multiple_of(3) { vec!["PRODUCTS", "ORDERS"] } else { vec!["PRODUCTS"] },
        // Some end just now, which is as good as ended, some a second later.
        expires_at: (number % 4 > 1).then(|| second() + i64::from(number % 8 > 3)),
        deactivated_at: number.is_multiple_of(5).then(|| second() - 1),
    };
    (0..TOKENS).map(kind).collect()
}

fn matches(token: &Traits, filter: &TokenFilter) -> bool {
    let status = match token {
        Traits { deactivated_at: Some(_), .. } => Status::Deactivated,
        Traits { expires_at: Some(end), .. } if *end <= second() => Status::Expired,
        _ => Status::Active,
    };
    filter.status.is_none_or(|wanted| wanted == status)
        && filter.application.as_deref().is_none_or(|wanted| token.applications.contains(&wanted))
        && filter.search.as_ref().is_none_or(|part| token.name.to_lowercase().contains(&part.to_lowercase()))
}

/// The page that there should be.
fn expected(tokens: &[Traits], filter: &TokenFilter, paging: Paging) -> Page<Uuid> {
    let ids = (0..).zip(tokens).filter(|(_, token)| matches(token, filter));
    page_of(ids.map(|(number, _)| numbered(number).uuid()).collect(), paging)
}

async fn listed(table: &Table, filter: &TokenFilter, paging: Paging) -> Page<Uuid> {
    let page = table.list(&company(), filter, paging, birth()).await.unwrap();
    ids_of(&page, |(token, _)| token.id.uuid())
}

fn filters() -> Vec<TokenFilter> {
    let statuses = [None, Some(Status::Active), Some(Status::Expired), Some(Status::Deactivated)];
    let searches = [None, Some("NEEDLE"), Some("straw 7"), Some("hay")];
    let (mut filters, text) = (Vec::new(), |text: Option<&str>| text.map(str::to_owned));
    for (status, search) in statuses.into_iter().flat_map(|status| searches.map(|search| (status, search))) {
        for application in [None, Some("ORDERS")] {
            filters.push(TokenFilter { status, search: text(search), application: text(application) });
        }
    }
    filters
}

#[tokio::test]
async fn every_page_is_full_and_in_order_for_each_filter() {
    let (store, tokens) = (Store::start().await, tokens());
    store.fill("acme", &tokens).await;
    let elsewhere = Uuid::from_u128(numbered(750).uuid().as_u128() + 1);
    let bounds = [numbered(740).uuid(), elsewhere, Uuid::max()];
    for filter in filters() {
        for order in [Order::Ascending, Order::Descending] {
            let after = bounds.map(|id| Some(Bound::StartingAfter(id)));
            let before = bounds.map(|id| Some(Bound::EndingBefore(id)));
            for bound in [None].into_iter().chain(after).chain(before) {
                let paging = Paging { size: 7, order, bound };
                let page = listed(&store.table, &filter, paging).await;
                assert_eq!(page, expected(&tokens, &filter, paging), "{filter:?} {paging:?}");
            }
        }
    }
}

#[tokio::test]
async fn lists_tokens_with_their_last_use() {
    use keyturn_application::ports::CredentialStore as _;
    let store = Store::start().await;
    store.fill("acme", &tokens()[..2]).await;
    store.table.record_use(numbered(1), (birth() + hours(1)).into()).await.unwrap();
    let paging = Paging { size: 5, order: Order::Ascending, bound: None };
    let page = store.table.list(&company(), &TokenFilter::default(), paging, birth()).await.unwrap();
    let uses: Vec<_> = page.items.iter().map(|(token, used)| (token.id, *used)).collect();
    assert_eq!(uses, [(numbered(0), None), (numbered(1), Some(birth() + hours(1)))]);
    assert_eq!(page.items[0].0.description, settings().description);
}

/// What the index still holds of a token that is gone: in DynamoDB, an index follows its table.
fn ghost(number: u128) -> Item {
    let text = |text: String| AttributeValue::S(text);
    // Between the tokens of two numbers
    let id = Uuid::from_u128(numbered(number).uuid().as_u128() + 1);
    Item::from([
        ("pk".to_owned(), text(format!("GONE#{id}"))),
        ("sk".to_owned(), text("GONE".to_owned())),
        ("tokenCompany".to_owned(), text("acme".to_owned())),
        ("tokenId".to_owned(), text(id.to_string())),
        ("searchName".to_owned(), text("straw".to_owned())),
    ])
}

#[tokio::test]
async fn fills_pages_despite_deleted_tokens_in_the_index() {
    let (store, tokens) = (Store::start().await, tokens());
    store.fill("acme", &tokens[..20]).await;
    for number in [2, 3, 4, 8, 18, 19] {
        store.put(ghost(number)).await;
    }
    let straw = TokenFilter { search: Some("straw".to_owned()), ..TokenFilter::default() };
    let middle = numbered(12).uuid();
    for filter in [TokenFilter::default(), straw] {
        for order in [Order::Ascending, Order::Descending] {
            for bound in [None, Some(Bound::StartingAfter(middle)), Some(Bound::EndingBefore(middle))] {
                for size in [1, 5, 10, 100] {
                    let paging = Paging { size, order, bound };
                    let page = listed(&store.table, &filter, paging).await;
                    let expected = expected(&tokens[..20], &filter, paging);
                    assert_eq!(page.items, expected.items, "{filter:?} {paging:?}");
                }
            }
        }
    }
}
