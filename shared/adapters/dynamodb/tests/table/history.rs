//! Earlier request tokens are found in a series' history of any length.

use aws_sdk_dynamodb::types::AttributeValue;
use keyturn_application::ports::RequestTokenHistory as _;
use keyturn_domain::history::{Action, HistoryEntry};
use keyturn_domain::ids::TokenId;
use keyturn_domain::secret::SecretHash;
use keyturn_domain::token::RequestReason;
use uuid::Uuid;

use crate::support::make::{birth, entry, hash, id};
use crate::support::{Item, Store};

/// Notes that a request token of this series was issued.
async fn issue(store: &Store, series: TokenId, hash: SecretHash) {
    let entry = HistoryEntry {
        series,
        ..entry(Action::RenewalRequested { attempt: 1, reason: RequestReason::RenewalDue })
            .of_request_token(hash)
    };
    let key = store.write_entry(entry, birth()).await;
    store.acknowledge(&key).await;
}

async fn was_issued(store: &Store, series: TokenId, number: u128) -> bool {
    store.table.was_issued(series, &hash(number)).await.unwrap()
}

#[tokio::test]
async fn finds_every_request_token_of_the_series() {
    let store = Store::start().await;
    issue(&store, id(1), hash(10)).await;
    issue(&store, id(1), hash(11)).await;
    issue(&store, id(2), hash(20)).await;
    store.write_entry(entry(Action::RenewalUnredeemed { attempt: 1 }), birth()).await;

    assert!(was_issued(&store, id(1), 10).await);
    assert!(was_issued(&store, id(1), 11).await);
    assert!(was_issued(&store, id(2), 20).await);
    assert!(!was_issued(&store, id(1), 12).await, "never issued");
    assert!(!was_issued(&store, id(1), 20).await, "issued in another series");
    assert!(!was_issued(&store, id(3), 10).await, "no such series");
}

/// Entries of a series that no page of a query can hold together: it reads at most 1 MiB before it filters.
async fn write_long_history(store: &Store, series: TokenId) {
    for number in 0..10 {
        let text = |text: String| AttributeValue::S(text);
        store
            .put(Item::from([
                ("pk".to_owned(), text(format!("SERIES#{series}"))),
                ("sk".to_owned(), text(format!("ENTRY#{}", Uuid::from_u128(number)))),
                ("filler".to_owned(), text("x".repeat(300_000))),
            ]))
            .await;
    }
}

#[tokio::test]
async fn reads_all_pages_of_a_long_history() {
    let store = Store::start().await;
    write_long_history(&store, id(1)).await;
    // Entries of a commit come after those, by their ids.
    issue(&store, id(1), hash(10)).await;

    let page = store.client.query().table_name(Store::NAME).key_condition_expression("pk = :pk");
    let page = page.expression_attribute_values(":pk", AttributeValue::S(format!("SERIES#{}", id(1))));
    let page = page.send().await.unwrap();
    assert!(page.last_evaluated_key.is_some(), "the history fits into one page");
    assert!(!page.items().iter().any(|item| item.contains_key("requestTokenHash")));

    assert!(was_issued(&store, id(1), 10).await);
    assert!(!was_issued(&store, id(1), 11).await);
}
