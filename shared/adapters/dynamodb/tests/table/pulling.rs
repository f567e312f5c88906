//! What a version before renewal by pull finds: no schedule of a token that only pulls, and no request token that it would
//! redeem for a second successor.

use std::net::Ipv4Addr;

use keyturn_application::ports::{DueStore as _, TokenStore as _};
use keyturn_domain::credential::Credential;
use keyturn_domain::draft::AutoRenewalSettings;
use keyturn_domain::due::{self, Due};
use keyturn_domain::follow_up::{self, SuccessorNow};
use keyturn_domain::history::{Actor, Handover};
use keyturn_domain::redemption::{self, RedemptionOutcome};
use keyturn_domain::source::Requester;
use keyturn_domain::token::Token;
use keyturn_domain::{pull, renewal};

use crate::support::make::{birth, calling, create, hours, id, key, rules, settings, string};
use crate::support::{Item, Store};

/// The record as a version reads it that knows none of these attributes.
async fn read_without(store: &Store, token: &Token, attributes: &[&str]) -> (Item, Token) {
    let mut item = store.item(format!("TOKEN#{}", token.id), "TOKEN").await.unwrap();
    for attribute in attributes {
        item.remove(*attribute);
    }
    store.put(item.clone()).await;
    (item, store.table.token(token.id).await.unwrap().unwrap())
}

#[tokio::test]
async fn an_earlier_version_does_not_renew_a_token_that_only_pulls() {
    let store = Store::start().await;
    let mut pulling = settings();
    pulling.auto_renewal = Some(AutoRenewalSettings { every_days: 30, callback: None, pull: true });
    let token = store.write(create(pulling, 1)).await.change.tokens.remove(0);
    assert_eq!(store.table.token(token.id).await.unwrap().as_ref(), Some(&token));
    assert!(store.table.next_due_after(birth()).await.unwrap().is_some(), "a missing pull is announced");

    let (item, earlier) = read_without(&store, &token, &["pullRenewal"]).await;
    assert!(!item.contains_key("autoRenewal"), "{item:?}");
    assert_eq!((earlier.auto_renewal.as_ref(), due::next(&earlier)), (None, None));
}

#[tokio::test]
async fn an_earlier_version_renews_by_callback_what_also_pulls() {
    let store = Store::start().await;
    let mut both = calling();
    both.auto_renewal = both.auto_renewal.map(|renewal| AutoRenewalSettings { pull: true, ..renewal });
    let token = store.write(create(both, 1)).await.change.tokens.remove(0);
    assert_eq!(store.table.token(token.id).await.unwrap().as_ref(), Some(&token));
    let (_, earlier) = read_without(&store, &token, &["pullRenewal"]).await;
    assert_eq!(due::next(&earlier).map(|(_, due)| due), Some(Due::Issue));
}

#[tokio::test]
async fn an_earlier_version_repeats_a_request_token_for_a_successor_that_exists() {
    let store = Store::start().await;
    let created = store.write(create(calling(), 1)).await.change.tokens.remove(0);
    let issued = store.write(renewal::issue(&created, key(1), birth() + hours(720))).await.change;
    let renewed_at = birth() + hours(721);
    let redeemed =
        redemption::redeem(&issued.tokens[0], string(2), &rules(), Actor::Token(id(1)), renewed_at).unwrap();
    let [old, new] = store.write(redeemed).await.change.tokens.try_into().unwrap();
    let unused = Credential::of(&new);
    let successor = SuccessorNow { token: Some(&new), credential: Some(&unused) };
    let now = renewed_at + hours(2);
    let sent = follow_up::issue(&old, successor, key(2), now).unwrap();
    let sent = store.write(sent).await.change.tokens.remove(0);
    assert_eq!(store.table.token(sent.id).await.unwrap().as_ref(), Some(&sent));

    let (item, earlier) = read_without(&store, &sent, &["followUp"]).await;
    assert!(!item.contains_key("pending"), "{item:?}");
    assert_eq!(redemption::evaluate(&earlier, &key(2).hash, now), RedemptionOutcome::SameSuccessor(id(2)));
    assert_eq!(due::next(&earlier).map(|(_, due)| due), Some(Due::OverlapNotice));
    assert!(pull::evaluate(&earlier, now).is_err(), "it was never pulled");
}

#[tokio::test]
async fn an_earlier_version_hands_over_without_the_addresses() {
    let store = Store::start().await;
    let mut pulling = settings();
    pulling.auto_renewal = Some(AutoRenewalSettings { every_days: 30, callback: None, pull: true });
    let token = store.write(create(pulling, 1)).await.change.tokens.remove(0);
    let by =
        |host| Requester { actor: Actor::Token(id(1)), address: Some(Ipv4Addr::new(192, 0, 2, host).into()) };
    let now = birth() + hours(720);
    let pulled = pull::pull(&token, string(2), &rules(), by(1), now);
    let old = store.write(pulled).await.change.tokens.remove(0);
    let again =
        |old: &Token, host| redemption::handed_over(old, id(2), (Handover::Pull, true), by(host), now);
    let old = store.write(again(&old, 2)).await.change.tokens.remove(0);
    assert_eq!(old.handover_addresses.len(), 2);
    assert_eq!(store.table.token(old.id).await.unwrap().as_ref(), Some(&old));

    let (item, earlier) = read_without(&store, &old, &["handoverAddresses"]).await;
    assert!(!format!("{item:?}").contains("192.0.2."), "they are in that attribute only: {item:?}");
    assert_eq!(pull::evaluate(&earlier, now), pull::evaluate(&old, now));
    // What it writes has no addresses: the next one counts as the first.
    let change = again(&earlier, 3);
    assert_eq!(change.entry.as_ref().unwrap().mail, None);
    assert_eq!(store.write(change).await.change.tokens[0].handover_addresses.len(), 1);
}
