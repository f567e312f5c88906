//! A commit replaces the versions that it was based on, as a whole or not at all.

use keyturn_application::ports::{Commit, CommitError, CompanyCheck, TokenStore as _};
use keyturn_domain::change::Change;
use keyturn_domain::history::Actor;
use keyturn_domain::ids::CompanyId;
use keyturn_domain::token::Token;
use keyturn_domain::{redemption, renewal};

use crate::support::Store;
use crate::support::make::{
    birth, calling, company, create, deactivate, hours, key, rules, settings, string,
};

/// A token whose request token is out.
async fn pending(store: &Store) -> Token {
    let commit = store.write(create(calling(), 1)).await;
    let issued = renewal::issue(&commit.change.tokens[0], key(100), birth() + hours(720));
    store.write(issued).await.change.tokens.remove(0)
}

/// A redemption that writes all there is: two tokens, two credentials, an entry and a company.
fn redeeming(store: &Store, token: &Token) -> Commit {
    let now = birth() + hours(721);
    let change = redemption::redeem(token, string(2), &rules(), Actor::Token(token.id), now).unwrap();
    Commit { company: Some(CompanyCheck::New("new".parse().unwrap())), ..store.commit(change, now) }
}

async fn assert_conflict(store: &Store, commit: &Commit) {
    let before = store.dump().await;
    let result = store.table.commit(commit).await;
    assert!(matches!(result, Err(CommitError::Conflict)), "{result:?}");
    assert_eq!(store.dump().await, before);
}

#[tokio::test]
async fn writes_everything_at_once() {
    let store = Store::start().await;
    let token = pending(&store).await;
    let before = store.dump().await.len();
    let commit = redeeming(&store, &token);
    store.table.commit(&commit).await.unwrap();
    // New are the successor, its credential, the entry and the company.
    assert_eq!(store.dump().await.len(), before + 4);
}

#[tokio::test]
async fn a_stale_version_writes_nothing() {
    let store = Store::start().await;
    let token = pending(&store).await;
    let commit = redeeming(&store, &token);
    store.write(renewal::take_up_try(&token, birth() + hours(720)).unwrap()).await;
    assert_conflict(&store, &commit).await;
}

#[tokio::test]
async fn a_deleted_record_writes_nothing() {
    let store = Store::start().await;
    let token = create(calling(), 1).tokens.remove(0);
    assert_conflict(&store, &store.commit(deactivate(&token, birth()), birth())).await;
}

#[tokio::test]
async fn a_token_id_in_use_writes_nothing() {
    let store = Store::start().await;
    let token = pending(&store).await;
    store.write(create(settings(), 2)).await;
    assert_conflict(&store, &redeeming(&store, &token)).await;
    assert_conflict(&store, &store.commit(create(calling(), 2), birth())).await;
}

#[tokio::test]
async fn an_entry_id_in_use_writes_nothing() {
    let store = Store::start().await;
    let token = pending(&store).await;
    let other = store.write(deactivate(&token, birth())).await;
    let token = &other.change.tokens[0];
    let change = Change {
        tokens: vec![Token { version: token.version + 1, ..token.clone() }],
        replaced: vec![token.clone()],
        entry: other.change.entry.clone(),
    };
    let commit = Commit { entry_id: other.entry_id, ..store.commit(change, birth()) };
    assert_conflict(&store, &commit).await;
}

#[tokio::test]
async fn a_company_that_exists_or_not_as_expected() {
    let store = Store::start().await;
    let checking = |check: fn(CompanyId) -> CompanyCheck, number| Commit {
        company: Some(check(company())),
        ..store.commit(create(settings(), number), birth())
    };
    assert_conflict(&store, &checking(CompanyCheck::Exists, 1)).await;
    store.table.commit(&checking(CompanyCheck::New, 1)).await.unwrap();
    assert_conflict(&store, &checking(CompanyCheck::New, 2)).await;
    store.table.commit(&checking(CompanyCheck::Exists, 2)).await.unwrap();
}

#[tokio::test]
async fn a_repeated_commit_writes_nothing() {
    let store = Store::start().await;
    let token = pending(&store).await;
    let commit = redeeming(&store, &token);
    store.table.commit(&commit).await.unwrap();
    assert_conflict(&store, &commit).await;
}
