//! Time to live: set on ended tokens and delivered entries, and on nothing that is still in use.

use aws_sdk_dynamodb::types::TimeToLiveStatus;
use keyturn_application::ports::{Commit, CompanyCheck, DueStore as _, TokenStore as _};
use keyturn_domain::change::Change;
use keyturn_domain::history::Action;
use keyturn_domain::token::Token;
use keyturn_domain::{Timestamp, lifecycle, renewal};

use crate::support::make::{
    birth, calling, company, create, deactivate, ending, entry, hours, rules, settings, string,
};
use crate::support::{Item, RETENTION, Store};

fn time_to_live(item: &Item) -> Option<Timestamp> {
    let seconds = item.get("ttl")?.as_n().unwrap().parse().unwrap();
    Some(Timestamp::from_timestamp(seconds, 0).unwrap())
}

/// Both items of a token are kept that long.
async fn assert_kept(store: &Store, token: &Token, until: Option<Timestamp>) {
    for kind in ["TOKEN", "CREDENTIAL"] {
        let item = store.item(format!("{kind}#{}", token.id), kind).await.unwrap();
        assert_eq!(time_to_live(&item), until, "{kind}");
    }
}

async fn written(store: &Store, change: Change) -> Token {
    store.write(change).await.change.tokens.remove(0)
}

#[tokio::test]
async fn the_table_uses_the_time_to_live_attribute() {
    let store = Store::start().await;
    let described = store.client.describe_time_to_live().table_name(Store::NAME).send().await.unwrap();
    let description = described.time_to_live_description.unwrap();
    assert_eq!(description.attribute_name.as_deref(), Some("ttl"));
    assert_eq!(description.time_to_live_status, Some(TimeToLiveStatus::Enabled));
}

#[tokio::test]
async fn retention_of_a_deactivated_token_starts_at_its_deactivation() {
    let store = Store::start().await;
    let token = written(&store, create(calling(), 1)).await;
    assert_kept(&store, &token, None).await;
    let now = birth() + hours(5);
    let token = written(&store, deactivate(&token, now)).await;
    assert_kept(&store, &token, Some(now + RETENTION)).await;
}

#[tokio::test]
async fn retention_of_an_expired_token_starts_at_its_expiry() {
    let store = Store::start().await;
    let token = written(&store, create(ending(), 1)).await;
    assert_kept(&store, &token, None).await;
    let end = token.expires_at.unwrap();
    let token = written(&store, lifecycle::expire(&token, end, end + hours(50))).await;
    assert_kept(&store, &token, Some(end + RETENTION)).await;
}

#[tokio::test]
async fn retention_of_a_predecessor_starts_at_the_end_of_the_overlap() {
    let store = Store::start().await;
    let token = written(&store, create(calling(), 1)).await;
    let now = birth() + hours(720);
    let commit = store.write(renewal::by_schedule(&token, string(2), &rules(), now)).await;
    let [old, successor] = commit.change.tokens.as_slice() else { panic!("two tokens") };
    assert_kept(&store, old, None).await;
    assert_kept(&store, successor, None).await;

    let end = now + hours(24);
    let old = written(&store, lifecycle::expire(old, end, end)).await;
    assert_kept(&store, &old, Some(end + RETENTION)).await;
    assert_kept(&store, successor, None).await;
}

#[tokio::test]
async fn retention_of_an_entry_is_set_with_its_last_delivery() {
    let store = Store::start().await;
    let founding = Commit {
        company: Some(CompanyCheck::New(company())),
        ..store.commit(create(settings(), 1), birth())
    };
    store.table.commit(&founding).await.unwrap();
    let company = store.item("COMPANY#acme", "COMPANY").await.unwrap();
    assert_eq!(time_to_live(&company), None);

    let created = store.key(&founding);
    assert_eq!(time_to_live(&store.entry(&created).await.unwrap()), None, "its event is pending");
    let pending = store.table.outbox_entry(&created).await.unwrap().unwrap();
    store.table.reschedule(&pending, birth() + RETENTION * 2).await.unwrap();
    assert_eq!(time_to_live(&store.entry(&created).await.unwrap()), None, "its event is still pending");
    store.table.acknowledge(&pending).await.unwrap();
    assert_eq!(time_to_live(&store.entry(&created).await.unwrap()), Some(birth() + RETENTION));

    let nothing_to_deliver = store.write_entry(entry(Action::ExpiryAnnounced { days: 1 }), birth()).await;
    assert_eq!(time_to_live(&store.entry(&nothing_to_deliver).await.unwrap()), Some(birth() + RETENTION));
}
