//! Concurrent commits.

use keyturn_application::ports::{CommitError, CredentialStore as _, TokenStore as _};
use keyturn_domain::history::Actor;
use keyturn_domain::{redemption, renewal};

use crate::support::Store;
use crate::support::make::{birth, calling, create, deactivate, hours, id, key, rules, settings, string};

const ROUNDS: u128 = 25;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_two_concurrent_redemptions_succeeds() {
    let store = Store::start().await;
    let now = birth() + hours(721);
    for number in 1..=ROUNDS {
        let created = store.write(create(calling(), number)).await.change.tokens.remove(0);
        let token = store.write(renewal::issue(&created, key(1), now)).await.change.tokens.remove(0);
        let successors = [1_000 + number, 2_000 + number];
        let commits = successors.map(|successor| {
            let redeemed = redemption::redeem(&token, string(successor), &rules(), Actor::Schedule, now);
            store.commit(redeemed.unwrap(), now)
        });

        let results = tokio::join!(store.table.commit(&commits[0]), store.table.commit(&commits[1]));

        let (winner, loser) = match results {
            (Ok(()), Err(CommitError::Conflict)) => (0, 1),
            (Err(CommitError::Conflict), Ok(())) => (1, 0),
            other => panic!("not exactly one of two commits was made: {other:?}"),
        };
        let stored = store.table.token(token.id).await.unwrap().unwrap();
        assert_eq!(stored.renewed.unwrap().by, id(successors[winner]));
        assert!(store.table.token(id(successors[winner])).await.unwrap().is_some());
        assert_eq!(store.table.token(id(successors[loser])).await.unwrap(), None);
        assert_eq!(store.table.credential(id(successors[loser])).await.unwrap(), None);
        assert_eq!(store.entry(&store.key(&commits[loser])).await, None);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_concurrent_use_and_commit_both_succeed() {
    let store = Store::start().await;
    let now = birth() + hours(3);
    for number in 1..=ROUNDS {
        let token = store.write(create(settings(), number)).await.change.tokens.remove(0);
        let commit = store.commit(deactivate(&token, now), now);

        let (used, committed) =
            tokio::join!(store.table.record_use(token.id, now.into()), store.table.commit(&commit));

        used.unwrap();
        committed.unwrap();
        let credential = store.table.credential(token.id).await.unwrap().unwrap();
        assert_eq!((credential.last_used_at, credential.deactivated_at), (Some(now), Some(now)));
    }
}
