//! Round trips of tokens and their credentials.

use std::sync::atomic::{AtomicU32, Ordering};

use keyturn_application::ports::{CredentialStore as _, TokenStore as _, TokenSummaries as _};
use keyturn_domain::change::Change;
use keyturn_domain::credential::Credential;
use keyturn_domain::delivery::{DeliveryReport, Failure, FailureClass};
use keyturn_domain::history::Actor;
use keyturn_domain::summary::TokenSummary;
use keyturn_domain::token::{Noticed, Token};
use keyturn_domain::{lifecycle, notices, redemption, renewal};
use proptest::prelude::*;

use crate::support::make::{birth, calling, create, deactivate, hours, id, key, rules, settings, string};
use crate::support::{Store, any};

/// Commits a change and reads back what it wrote; gives the first of it.
async fn written(store: &Store, change: Change) -> Token {
    let commit = store.write(change).await;
    for token in &commit.change.tokens {
        assert_round_trip(store, token).await;
    }
    commit.change.tokens.into_iter().next().unwrap()
}

async fn assert_round_trip(store: &Store, token: &Token) {
    assert_eq!(store.table.token(token.id).await.unwrap().as_ref(), Some(token));
    assert_eq!(store.table.credential(token.id).await.unwrap(), Some(Credential::of(token)));
    let summaries = store.table.summaries_of(&[token.id]).await.unwrap();
    assert_eq!(summaries, [(TokenSummary::from(token), None)]);
}

#[tokio::test]
async fn round_trips_a_token_at_every_step_of_its_lifecycle() {
    let store = Store::start().await;
    let mut now = birth();
    let mut token = written(&store, create(calling(), 1)).await;

    // A request token that is not redeemed
    now += hours(30 * 24);
    token = written(&store, renewal::issue(&token, key(100), now)).await;
    let failure = Failure { class: FailureClass::Status, status: Some(503), retry_after: Some(hours(1)) };
    let report = DeliveryReport { at: now, duration_ms: 12, outcome: Err(failure) };
    let tried = token.pending.clone().unwrap();
    token = written(&store, renewal::record_delivery(&token, &tried, report, 7, now)).await;
    token = written(&store, renewal::take_up_try(&token, now + hours(1)).unwrap()).await;
    now += hours(2);
    token = written(&store, renewal::lapse(&token, now).unwrap()).await;

    // One that is redeemed, in a deployment without copyable strings
    now += hours(22);
    token = written(&store, renewal::issue(&token, key(101), now)).await;
    let rules = keyturn_domain::rules::Rules { copyable: false, ..rules() };
    let redeemed = redemption::redeem(&token, string(2), &rules, Actor::Token(id(1)), now + hours(1));
    token = written(&store, redeemed.unwrap()).await;
    let successor = store.table.token(id(2)).await.unwrap().unwrap();
    assert_eq!(successor.renewed_from, Some(token.id));
    let successor = written(&store, lifecycle::drop_string(&successor)).await;

    // The end of both tokens
    token = written(&store, notices::look_at_overlap(&token, None, None, now + hours(21))).await;
    written(&store, lifecycle::expire(&token, token.expires_at.unwrap(), now + hours(26))).await;
    written(&store, deactivate(&successor, now + hours(27))).await;
}

#[tokio::test]
async fn missing_records_are_none() {
    let store = Store::start().await;
    store.write(create(settings(), 1)).await;
    assert_eq!(store.table.token(id(2)).await.unwrap(), None);
    assert_eq!(store.table.credential(id(2)).await.unwrap(), None);
}

#[test]
fn round_trips_any_token() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let store = runtime.block_on(Store::start());
    let numbers = AtomicU32::new(0);
    proptest!(ProptestConfig::with_cases(150), |(mut token in any::tokens())| {
        // A new id for every case, so that shrinking doesn't meet earlier cases.
        token.id = id(numbers.fetch_add(2, Ordering::Relaxed).into());
        let other = Token { id: id(token.id.uuid().as_u128() + 1), ..token.clone() };
        let before = Token {
            expires_at: None,
            deactivated_at: None,
            renewed: None,
            noticed: Noticed::default(),
            version: token.version / 2,
            ..other.clone()
        };
        runtime.block_on(async {
            let change = |token, replaced| Change { tokens: vec![token], replaced, entry: None };
            written(&store, change(token, Vec::new())).await;
            written(&store, change(before.clone(), Vec::new())).await;
            written(&store, change(other, vec![before])).await;
        });
    });
}
