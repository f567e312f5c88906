//! Lists of tokens: whatever the filter, the order and the place, a page is what a simple model says.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::interceptors::FinalizerInterceptorContextMut;
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemOutput;
use aws_sdk_dynamodb::types::AttributeValue;
use keyturn_application::ports::{Bound, Order, Paging, TokenFilter, TokenList as _};
use keyturn_domain::token::Status;
use keyturn_dynamodb::Table;
use uuid::Uuid;

use crate::support::company::{Traits, numbered};
use crate::support::make::{birth, company, hours, settings};
use crate::support::{Item, RETENTION, Store};

/// More than a filtered query looks at in its first three goes.
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
fn expected(tokens: &[Traits], filter: &TokenFilter, paging: Paging) -> Vec<Uuid> {
    let ids = (0..).zip(tokens).filter(|(_, token)| matches(token, filter));
    let mut ids: Vec<_> = ids.map(|(number, _)| numbered(number).uuid()).collect();
    let ascending = paging.order == Order::Ascending;
    if !ascending {
        ids.reverse();
    }
    let before = |id: &Uuid, cursor: &Uuid| if ascending { id < cursor } else { id > cursor };
    match paging.bound {
        None => {}
        Some(Bound::StartingAfter(cursor)) => ids.retain(|id| before(&cursor, id)),
        Some(Bound::EndingBefore(cursor)) => {
            ids.retain(|id| before(id, &cursor));
            ids.drain(..ids.len().saturating_sub(paging.size));
        }
    }
    ids.truncate(paging.size);
    ids
}

async fn listed(table: &Table, filter: &TokenFilter, paging: Paging) -> Vec<Uuid> {
    let page = table.list(&company(), filter, paging, birth()).await.unwrap();
    page.into_iter().map(|(token, _)| token.id.uuid()).collect()
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
async fn every_page_is_full_and_in_order_whatever_the_filter() {
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
async fn a_token_comes_with_its_last_use() {
    use keyturn_application::ports::CredentialStore as _;
    let store = Store::start().await;
    store.fill("acme", &tokens()[..2]).await;
    store.table.record_use(numbered(1), birth() + hours(1)).await.unwrap();
    let paging = Paging { size: 5, order: Order::Ascending, bound: None };
    let page = store.table.list(&company(), &TokenFilter::default(), paging, birth()).await.unwrap();
    let uses: Vec<_> = page.iter().map(|(token, used)| (token.id, *used)).collect();
    assert_eq!(uses, [(numbered(0), None), (numbered(1), Some(birth() + hours(1)))]);
    assert_eq!(page[0].0.description, settings().description);
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
async fn what_is_gone_leaves_no_gap_in_a_page() {
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
                    assert_eq!(page, expected(&tokens[..20], &filter, paging), "{filter:?} {paging:?}");
                }
            }
        }
    }
}

/// A DynamoDB that reads at most so many items of a batch, as it does when it has much to do.
#[derive(Clone, Copy, Debug)]
struct Stingy(usize);

impl Intercept for Stingy {
    fn name(&self) -> &'static str {
        "Stingy"
    }

    fn modify_before_attempt_completion(
        &self,
        context: &mut FinalizerInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let output = context.output_or_error_mut().and_then(|output| output.as_mut().ok());
        if let Some(batch) = output.and_then(|output| output.downcast_mut::<BatchGetItemOutput>()) {
            let read = batch.responses.as_mut().unwrap().get_mut(Store::NAME).unwrap();
            let left = read.split_off(self.0.min(read.len()));
            if !left.is_empty() {
                let key =
                    |item: Item| item.into_iter().filter(|(name, _)| ["pk", "sk"].contains(&name.as_str()));
                let keys = left.into_iter().map(|item| key(item).collect()).collect();
                let unread = aws_sdk_dynamodb::types::KeysAndAttributes::builder().set_keys(Some(keys));
                let unread = unread.build().unwrap();
                batch.unprocessed_keys = Some([(Store::NAME.to_owned(), unread)].into());
            }
        }
        Ok(())
    }
}

#[tokio::test]
async fn what_a_batch_leaves_unread_is_asked_for_again() {
    let (store, tokens) = (Store::start().await, tokens());
    store.fill("acme", &tokens[..60]).await;
    let stingy = |items| {
        let config = store.client.config().to_builder().interceptor(Stingy(items)).build();
        Table::new(Client::from_conf(config), Store::NAME.to_owned(), RETENTION)
    };
    let (filter, paging) =
        (TokenFilter::default(), Paging { size: 60, order: Order::Descending, bound: None });
    for items in [1, 7] {
        assert_eq!(listed(&stingy(items), &filter, paging).await, expected(&tokens[..60], &filter, paging));
    }
    assert!(stingy(0).list(&company(), &filter, paging, birth()).await.is_err(), "it must not ask for ever");
}
