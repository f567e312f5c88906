//! Contention: a use case retries a transaction that conflicts with another; a throttled one is repeated a few times.

use keyturn_application::ports::{CommitError, TokenStore as _};
use keyturn_application::{Failure, start_renewal};
use keyturn_domain::caller::Caller;
use keyturn_domain::credential::Credential;

use crate::layer::{Fault, Layer, change_at, commit_of, stored};
use crate::make::{birth, calling, create, hours, id};

#[tokio::test(start_paused = true)]
async fn reports_a_conflict_among_any_other_cancellation_reasons() {
    for (reasons, lost) in [
        (vec!["TransactionConflict", "None", "None"], true),
        (vec!["None", "TransactionConflict", "None"], true),
        (vec!["ThrottlingError", "TransactionConflict", "None"], true),
        (vec!["ConditionalCheckFailed", "None", "None"], true),
        (vec!["ValidationError", "None", "None"], false),
        (vec![], false),
    ] {
        let layer = Layer::new();
        let table = layer.table();
        layer.raise([Fault::Cancelled(reasons.clone())]);

        let error = table.commit(&commit_of(create(calling(), 1), 2)).await.unwrap_err();

        assert_eq!(matches!(error, CommitError::Conflict), lost, "{reasons:?}: {error:?}");
        assert_eq!(layer.calls().len(), 1, "a cancelled transaction is not repeated");
        assert_eq!(table.token(id(1)).await.unwrap(), None);
    }
}

#[tokio::test(start_paused = true)]
async fn a_throttled_transaction_is_repeated_for_some_seconds() {
    for reason in ["ThrottlingError", "ProvisionedThroughputExceeded"] {
        for (throttled, is_written, calls) in [(1, true, 2), (5, true, 6), (6, false, 6)] {
            let layer = Layer::new();
            let table = layer.table();
            let fault = Fault::Cancelled(vec!["None", reason, "None"]);
            layer.raise_on("TransactWriteItems", &fault, throttled);
            let result = table.commit(&commit_of(create(calling(), 1), 2)).await;
            assert_eq!(result.is_ok(), is_written, "{reason}, {throttled} times: {result:?}");
            assert!(!matches!(result, Err(CommitError::Conflict)));
            assert_eq!(layer.calls().len(), calls);
        }
    }
}

/// Starts a renewal whose first commits conflict.
async fn started_under(conflicts: usize) -> (Layer, Result<(), Failure>) {
    let layer = Layer::new();
    let token = stored(&layer.table(), 1).await;
    let conflict = Fault::Cancelled(vec!["TransactionConflict", "None"]);
    layer.raise_on("TransactWriteItems", &conflict, conflicts);
    let caller = Caller::Token(Credential::of(&token));
    let result = start_renewal::start_renewal(
        &change_at(layer.table(), birth() + hours(5)),
        &caller,
        id(1).into(),
        start_renewal::Occasion::Any,
    )
    .await;
    (layer, result.map(drop))
}

#[tokio::test(start_paused = true)]
async fn a_use_case_retries_after_a_conflict() {
    let (layer, result) = started_under(9).await;
    result.unwrap();
    let operations: Vec<_> = layer.calls().into_iter().map(|(operation, _)| operation).collect();
    let writes = operations.iter().filter(|operation| *operation == "TransactWriteItems").count();
    let reads = operations.iter().filter(|operation| operation.ends_with("GetItem")).count();
    // One read before each write
    assert_eq!((writes, reads), (10, 10), "{operations:?}");
    let stored = layer.table().token(id(1)).await.unwrap().unwrap();
    assert_eq!((stored.version, stored.auto_renewal.unwrap().next_renewal_at), (2, birth() + hours(5)));
}

#[tokio::test(start_paused = true)]
async fn a_use_case_gives_up_after_many_conflicts_and_writes_nothing() {
    let (layer, result) = started_under(1_000).await;
    assert!(matches!(result, Err(Failure::Broken(_))));
    layer.calm();
    assert_eq!(layer.table().token(id(1)).await.unwrap().unwrap().version, 1);
}
