//! Credentials follow their tokens and record uses.

use keyturn_application::ports::{CredentialStore as _, TokenStore as _};
use keyturn_domain::Timestamp;
use keyturn_domain::change::Change;
use keyturn_domain::credential::Credential;
use keyturn_domain::token::Token;
use keyturn_domain::{lifecycle, notices, renewal};

use crate::support::make::{
    birth, calling, create, deactivate, ending, hours, id, key, rules, settings, string,
};
use crate::support::{Item, Store};

async fn item(store: &Store, token: &Token) -> Item {
    store.item(format!("CREDENTIAL#{}", token.id), "CREDENTIAL").await.unwrap()
}

async fn last_used(store: &Store, token: &Token) -> Option<Timestamp> {
    store.table.credential(token.id).await.unwrap().unwrap().last_used_at
}

/// Commits a change of the token; whether it changed the credential.
async fn changes_credential(store: &Store, token: &mut Token, change: Change) -> bool {
    let before = item(store, token).await;
    *token = store.write(change).await.change.tokens.remove(0);
    let after = store.table.credential(token.id).await.unwrap().unwrap();
    assert_eq!(Credential { last_used_at: None, ..after }, Credential::of(token));
    item(store, token).await != before
}

#[tokio::test]
async fn changes_only_with_the_fields_of_the_credential() {
    let store = Store::start().await;
    let now = birth() + hours(720);
    let mut token = store.write(create(calling(), 1)).await.change.tokens.remove(0);

    let issued = renewal::issue(&token, key(1), now);
    assert!(!changes_credential(&store, &mut token, issued).await);
    let lapsed = renewal::lapse(&token, now + hours(2)).unwrap();
    assert!(!changes_credential(&store, &mut token, lapsed).await);
    let renewed = renewal::by_schedule(&token, string(2), &rules(), now + hours(3));
    assert!(changes_credential(&store, &mut token, renewed).await);
    let looked_at = notices::look_at_overlap(&token, None, None, now + hours(23));
    assert!(!changes_credential(&store, &mut token, looked_at).await);
    // Only the time to live changes.
    let expired = lifecycle::expire(&token, token.expires_at.unwrap(), now + hours(27));
    assert!(changes_credential(&store, &mut token, expired).await);
    let deactivated = deactivate(&token, now + hours(28));
    assert!(changes_credential(&store, &mut token, deactivated).await);
}

#[tokio::test]
async fn a_commit_keeps_a_concurrent_use() {
    let store = Store::start().await;
    let token = store.write(create(ending(), 1)).await.change.tokens.remove(0);
    let renewed = store.commit(renewal::by_schedule(&token, string(2), &rules(), birth()), birth());
    store.table.record_use(token.id, (birth() + hours(1)).into()).await.unwrap();
    store.table.commit(&renewed).await.unwrap();
    assert_eq!(last_used(&store, &token).await, Some(birth() + hours(1)));

    let deactivated = deactivate(&renewed.change.tokens[0], birth() + hours(3));
    store.table.record_use(token.id, (birth() + hours(2)).into()).await.unwrap();
    store.write(deactivated).await;
    assert_eq!(last_used(&store, &token).await, Some(birth() + hours(2)));
}

#[tokio::test]
async fn an_earlier_use_does_not_replace_a_later_one() {
    let store = Store::start().await;
    let token = store.write(create(settings(), 1)).await.change.tokens.remove(0);
    for (noted, last) in [(5, 5), (4, 5), (5, 5), (6, 6), (0, 6)] {
        store.table.record_use(token.id, (birth() + hours(noted)).into()).await.unwrap();
        assert_eq!(last_used(&store, &token).await, Some(birth() + hours(last)));
    }
}

#[tokio::test]
async fn a_use_creates_no_credential() {
    let store = Store::start().await;
    store.table.record_use(id(1), birth().into()).await.unwrap();
    assert!(store.dump().await.is_empty());
}

#[tokio::test]
async fn a_use_does_not_change_the_version_of_the_token() {
    let store = Store::start().await;
    let token = store.write(create(settings(), 1)).await.change.tokens.remove(0);
    let mut before = store.dump().await;
    store.table.record_use(token.id, (birth() + hours(1)).into()).await.unwrap();

    assert_eq!(store.table.token(token.id).await.unwrap(), Some(token.clone()));
    let mut after = store.dump().await;
    let key = (format!("CREDENTIAL#{}", token.id), "CREDENTIAL".to_owned());
    before.remove(&key).unwrap();
    after.remove(&key).unwrap();
    assert_eq!(after, before);
    store.write(deactivate(&token, birth() + hours(2))).await;
}

#[tokio::test]
async fn a_token_is_read_with_its_credential_and_the_one_of_the_caller() {
    let store = Store::start().await;
    let token = store.write(create(ending(), 1)).await.change.tokens.remove(0);
    let caller = store.write(create(ending(), 2)).await.change.tokens.remove(0);
    let of = |token: &Token| Some(Credential::of(token));
    let read = async |wanted, caller| store.table.token_and_caller(wanted, caller).await.unwrap();

    assert_eq!(read(token.id, caller.id).await, ((Some(token.clone()), of(&token)), of(&caller)));
    assert_eq!(read(token.id, token.id).await, ((Some(token.clone()), of(&token)), of(&token)));
    assert_eq!(read(id(3), caller.id).await, ((None, None), of(&caller)));
    assert_eq!(read(token.id, id(3)).await, ((Some(token.clone()), of(&token)), None));
}
