//! Contention: a transaction that meets another one is decided upon again; one that was throttled is not made.

use std::sync::Arc;

use keyturn_application::change::ChangeToken;
use keyturn_application::ports::{CommitError, TokenStore as _};
use keyturn_application::{Clock, Context, Failure, Randomness, start_renewal};
use keyturn_domain::Timestamp;
use keyturn_domain::credential::Credential;

use crate::layer::{Fault, Layer, commit_of, stored};
use crate::make::{birth, calling, create, hours, id};

#[tokio::test(start_paused = true)]
async fn a_conflict_is_a_lost_race_whatever_stands_beside_it() {
    for (reasons, lost) in [
        (vec!["TransactionConflict", "None", "None"], true),
        (vec!["None", "TransactionConflict", "None"], true),
        (vec!["ThrottlingError", "TransactionConflict", "None"], true),
        (vec!["ConditionalCheckFailed", "None", "None"], true),
        (vec!["ProvisionedThroughputExceeded", "None", "None"], false),
        (vec!["ThrottlingError", "None", "None"], false),
    ] {
        let layer = Layer::new();
        let table = layer.table();
        layer.raise([Fault::Cancelled(reasons.clone())]);

        let error = table.commit(&commit_of(create(calling(), 1), 2)).await.unwrap_err();

        assert_eq!(matches!(error, CommitError::Conflict), lost, "{reasons:?}: {error:?}");
        assert_eq!(layer.calls().len(), 1, "a cancelled transaction is decided upon again, not repeated");
        assert_eq!(table.token(id(1)).await.unwrap(), None);
    }
}

struct Later;

impl Clock for Later {
    fn now(&self) -> Timestamp {
        birth() + hours(5)
    }
}

impl Randomness for Later {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(6);
    }
}

fn change(layer: &Layer) -> ChangeToken {
    let table = Arc::new(layer.table());
    let context = Context::new(Arc::new(Later), Arc::new(Later));
    ChangeToken { tokens: table.clone(), credentials: table, context }
}

/// The commits meet these faults, the reads between them none.
async fn started_under(conflicts: usize) -> (Layer, Result<(), Failure>) {
    let layer = Layer::new();
    let token = stored(&layer.table(), 1).await;
    let conflict = Fault::Cancelled(vec!["TransactionConflict", "None"]);
    layer.raise_on("TransactWriteItems", &conflict, conflicts);
    let caller = Credential::of(&token);
    let result = start_renewal::start_renewal(&change(&layer), &caller, id(1)).await;
    (layer, result.map(drop))
}

#[tokio::test(start_paused = true)]
async fn a_use_case_reads_again_and_decides_again() {
    let (layer, result) = started_under(9).await;
    result.unwrap();
    let operations: Vec<_> = layer.calls().into_iter().map(|(operation, _)| operation).collect();
    let writes = operations.iter().filter(|operation| *operation == "TransactWriteItems").count();
    let reads = operations.iter().filter(|operation| *operation == "GetItem").count();
    // One read before each write, and one for the last use.
    assert_eq!((writes, reads), (10, 11), "{operations:?}");
    let stored = layer.table().token(id(1)).await.unwrap().unwrap();
    assert_eq!((stored.version, stored.auto_renewal.unwrap().next_renewal_at), (2, birth() + hours(5)));
}

#[tokio::test(start_paused = true)]
async fn a_stampede_is_given_up_and_nothing_is_written() {
    let (layer, result) = started_under(1_000).await;
    assert!(matches!(result, Err(Failure::Broken(_))));
    layer.calm();
    assert_eq!(layer.table().token(id(1)).await.unwrap().unwrap().version, 1);
}
