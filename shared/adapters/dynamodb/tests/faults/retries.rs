//! Transient faults are retried, and no call takes effect twice.

use keyturn_application::ports::{
    CredentialStore as _, DueStore as _, RequestTokenHistory as _, TokenStore as _,
};
use keyturn_domain::redemption;
use keyturn_domain::renewal;

use crate::layer::{Fault, Layer, commit_of, stored};
use crate::make::{birth, calling, create, hash, hours, id, key, rules, string};
use keyturn_domain::history::Actor;

#[tokio::test(start_paused = true)]
async fn a_commit_survives_each_fault_and_takes_effect_once() {
    for fault in Fault::passing() {
        let layer = Layer::new();
        let table = layer.table();
        let commit = commit_of(create(calling(), 1), 2);
        layer.raise([fault.clone()]);

        table.commit(&commit).await.unwrap_or_else(|error| panic!("{fault:?}: {error:?}"));

        let calls = layer.calls();
        assert_eq!(calls.len(), 2, "{fault:?}");
        let tokens: Vec<_> = calls.iter().map(|(_, body)| body["ClientRequestToken"].as_str()).collect();
        assert!(tokens[0].is_some() && tokens[0] == tokens[1], "{fault:?}: a retry with another token");
        assert_eq!(table.token(id(1)).await.unwrap().as_ref(), commit.change.tokens.first());
    }
}

#[tokio::test(start_paused = true)]
async fn a_redemption_with_a_lost_response_is_not_a_conflict() {
    for fault in Fault::passing() {
        let layer = Layer::new();
        let table = layer.table();
        let now = birth() + hours(24 * 30);
        let token = stored(&table, 1).await;
        let issued = renewal::issue(&token, key(7), now);
        table.commit(&commit_of(issued.clone(), 3)).await.unwrap();
        let redeemed = redemption::redeem(&issued.tokens[0], string(2), &rules(), Actor::Token(id(1)), now);
        layer.raise([fault.clone()]);

        let result = table.commit(&commit_of(redeemed.unwrap(), 4)).await;

        assert!(result.is_ok(), "{fault:?}: {result:?}");
        assert_eq!(table.token(id(1)).await.unwrap().unwrap().renewed.unwrap().by, id(2));
        assert!(table.token(id(2)).await.unwrap().is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn two_commits_are_two_requests() {
    let layer = Layer::new();
    let table = layer.table();
    layer.raise([]);
    stored(&table, 1).await;
    stored(&table, 2).await;
    let calls = layer.calls();
    assert_ne!(calls[0].1["ClientRequestToken"], calls[1].1["ClientRequestToken"]);
}

#[tokio::test(start_paused = true)]
async fn every_other_call_survives_each_fault() {
    for fault in Fault::passing() {
        let layer = Layer::new();
        let table = layer.table();
        let token = stored(&table, 1).await;
        let entry = create(calling(), 1).entry.unwrap();
        let entry_key = table.entry_key(uuid::Uuid::from_u128(1 << 64), &entry);
        let raise = || layer.raise([fault.clone()]);
        let tried_twice = || assert_eq!(layer.calls().len(), 2, "{fault:?}");

        raise();
        assert_eq!(table.token(id(1)).await.unwrap().as_ref(), Some(&token));
        tried_twice();
        raise();
        assert!(table.credential(id(1)).await.unwrap().is_some());
        tried_twice();
        raise();
        table.record_use(id(1), birth().into()).await.unwrap();
        tried_twice();
        assert_eq!(table.credential(id(1)).await.unwrap().unwrap().last_used_at, Some(birth()));
        raise();
        assert!(!table.was_issued(id(1), &hash(9)).await.unwrap());
        tried_twice();
        raise();
        assert_eq!(table.due(1, birth(), None).await.unwrap().items.len(), 1);
        tried_twice();
        raise();
        let mut pending = table.outbox_entry(&entry_key).await.unwrap().unwrap();
        tried_twice();

        pending.failures = pending.failures.with_another(birth());
        raise();
        table.reschedule(&pending, birth() + hours(1)).await.unwrap();
        tried_twice();
        assert_eq!(table.outbox_entry(&entry_key).await.unwrap().unwrap().failures, pending.failures);
        raise();
        table.acknowledge(&pending).await.unwrap();
        tried_twice();
        assert_eq!(table.outbox_entry(&entry_key).await.unwrap(), None);
    }
}
