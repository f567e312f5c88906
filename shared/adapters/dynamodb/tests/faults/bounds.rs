//! A persistent fault is reported long before the function's time limit.

use std::time::Duration;

use keyturn_application::ports::{CommitError, CredentialStore as _, TokenStore as _};
use keyturn_application::{Failure, start_renewal};
use keyturn_domain::caller::Caller;
use keyturn_domain::credential::Credential;
use tokio::time::Instant;

use crate::layer::{Fault, Layer, change_at, commit_of, stored};
use crate::make::{birth, calling, create, id};

/// The time limit of an API function, as the template has it.
const API_LIMIT: Duration = Duration::from_secs(15);

/// Tries of one call that a function makes at most.
const MOST_TRIES: usize = 4;

#[expect(clippy::disallowed_methods, reason = "tokio's own clock, paused: what would have been waited")]
fn now() -> Instant {
    Instant::now()
}

#[tokio::test(start_paused = true)]
async fn gives_up_in_time_on_a_persistent_fault() {
    for fault in Fault::passing() {
        let layer = Layer::new();
        let table = layer.table();
        stored(&table, 1).await;
        layer.raise_forever(&fault);
        let begun = now();

        let read = table.credential(id(1)).await;

        assert!(read.is_err(), "{fault:?}");
        let (tries, took) = (layer.calls().len(), begun.elapsed());
        assert!((2..=MOST_TRIES).contains(&tries), "{fault:?}: {tries} tries");
        assert!(took < API_LIMIT * 2 / 3, "{fault:?}: {took:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn reports_an_abandoned_commit_as_failed_and_not_as_a_conflict() {
    for fault in Fault::passing() {
        let layer = Layer::new();
        let table = layer.table();
        layer.raise_forever(&fault);
        let begun = now();

        let result = table.commit(&commit_of(create(calling(), 1), 2)).await;

        assert!(matches!(result, Err(CommitError::Failed(_))), "{fault:?}: {result:?}");
        assert!(begun.elapsed() < API_LIMIT * 2 / 3, "{fault:?}: {:?}", begun.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_use_case_fails_with_its_first_failed_call() {
    let layer = Layer::new();
    let table = layer.table();
    let token = stored(&table, 1).await;
    let change = change_at(table, birth());
    for fault in Fault::passing() {
        layer.raise_forever(&fault);
        let begun = now();

        let result = start_renewal::start_renewal(
            &change,
            &Caller::Token(Credential::of(&token)),
            id(1).into(),
            start_renewal::Occasion::Any,
        )
        .await;

        assert!(matches!(result, Err(Failure::Broken(_))), "{fault:?}");
        assert!(begun.elapsed() < API_LIMIT, "{fault:?}: {:?}", begun.elapsed());
        assert!(
            layer.calls().iter().all(|(operation, _)| operation == "BatchGetItem"),
            "{:?}",
            layer.calls()
        );
        layer.calm();
    }
}
