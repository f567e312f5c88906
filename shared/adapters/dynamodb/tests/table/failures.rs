//! A store that fails is not a conflict: nobody decides anew, and the log is told why without a secret.

use std::error::Error;
use std::net::SocketAddr;

use axum::http::{StatusCode, header};
use keyturn_application::ports::{
    CommitError, CredentialStore as _, DueStore as _, PortError, RequestTokenHistory as _, TokenStore as _,
};
use keyturn_domain::effect::Actor;
use keyturn_domain::lifecycle;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpSocket};

use crate::secrets::strings;
use crate::support::make::{birth, calling, company, create, entry, hash, id, rules, settings};
use crate::support::{AWS_SECRET, Store};

/// A port that is taken, so that nothing else comes to listen there, but at which nobody listens.
fn closed_port() -> (TcpSocket, SocketAddr) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

/// All that an error can tell: its text, those of its causes, and what a debugger would see.
fn told(error: &dyn Error) -> String {
    let (mut texts, mut cause) = (Vec::new(), Some(error));
    while let Some(error) = cause {
        texts.push(format!("{error} {error:?}"));
        cause = error.source();
    }
    assert!(texts.len() > 1, "an error without a cause: {error}");
    texts.join("\n")
}

#[tokio::test]
async fn a_commit_that_does_not_get_through_failed_and_tells_no_secret() {
    let (_taken, address) = closed_port();
    let store = Store::at(address);
    let strings = strings();
    let (string, fresh) = strings.token_string(&company()).await.unwrap();
    let (signing, sealed) = strings.signing_secret(&company(), fresh.id).await.unwrap();
    let (rules, actor) = (rules(), Actor::Operator);
    let change = lifecycle::create(company(), calling(), fresh, Some(sealed), &rules, actor, birth());

    let error = store.table.commit(&store.commit(change, birth())).await.unwrap_err();

    assert!(matches!(error, CommitError::Failed(_)), "{error:?}");
    let told = told(&error);
    for secret in [string.expose(), signing.expose(), "kat_", "whsec_", AWS_SECRET] {
        assert!(!told.contains(secret), "{told}");
    }
}

#[tokio::test]
async fn nothing_else_gets_through_either() {
    let (_taken, address) = closed_port();
    let Store { table, .. } = Store::at(address);
    let entry = entry(keyturn_domain::effect::Action::Created);
    let key = table.entry_key(id(5).uuid(), &entry);
    let pending = keyturn_application::ports::OutboxEntry {
        key: key.clone(),
        id: id(5).uuid(),
        pending: entry.channels(),
        entry,
        failures: 0,
    };
    let errors: [Option<PortError>; 8] = [
        table.token(id(1)).await.err(),
        table.credential(id(1)).await.err(),
        table.record_use(id(1), birth()).await.err(),
        table.was_issued(id(1), &hash(1)).await.err(),
        table.due(0, birth(), None).await.err(),
        table.next_due_after(birth()).await.err(),
        table.acknowledge(&pending).await.err(),
        table.reschedule(&pending, birth()).await.err(),
    ];
    for error in errors {
        assert!(!told(&error.expect("it failed")).contains(AWS_SECRET));
    }
    assert!(table.outbox_entry(&key).await.is_err());
}

/// A store whose every answer is this error.
async fn answering(status: StatusCode, body: Value) -> Store {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let store = Store::at(listener.local_addr().unwrap());
    let kind = [(header::CONTENT_TYPE, "application/x-amz-json-1.0")];
    let router = axum::Router::new().fallback(async move || (status, kind, body.to_string()));
    tokio::spawn(async move { axum::serve(listener, router).await });
    store
}

async fn outcome(status: u16, body: Value) -> CommitError {
    let store = answering(StatusCode::from_u16(status).unwrap(), body).await;
    store.table.commit(&store.commit(create(settings(), 1), birth())).await.unwrap_err()
}

#[tokio::test]
async fn only_a_lost_race_is_a_conflict() {
    for (reasons, conflict) in [
        (vec!["None", "ConditionalCheckFailed"], true),
        (vec!["TransactionConflict", "None"], true),
        (vec!["ThrottlingError", "ConditionalCheckFailed"], true),
        (vec!["ThrottlingError", "None"], false),
        (vec!["ValidationError", "None"], false),
        (vec![], false),
    ] {
        let listed: Vec<_> = reasons.iter().map(|code| json!({ "Code": code })).collect();
        let kind = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException";
        let error = outcome(400, json!({ "__type": kind, "CancellationReasons": listed })).await;
        assert_eq!(matches!(error, CommitError::Conflict), conflict, "{reasons:?}: {error:?}");
    }
}

#[tokio::test]
async fn other_errors_of_the_store_are_failures() {
    for (status, kind) in [
        (400, "ProvisionedThroughputExceededException"),
        (400, "TransactionInProgressException"),
        (400, "ResourceNotFoundException"),
        (500, "InternalServerError"),
    ] {
        let error = outcome(status, json!({ "__type": kind, "message": "a test asked for it" })).await;
        assert!(matches!(error, CommitError::Failed(_)), "{kind}: {error:?}");
        assert!(told(&error).contains(kind), "the log is not told of {kind}: {}", told(&error));
    }
}
