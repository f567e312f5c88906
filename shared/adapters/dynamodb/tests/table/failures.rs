//! Failures of the store are no conflicts, and their causes hold no secret.

use std::error::Error;
use std::net::SocketAddr;

use axum::http::{StatusCode, header};
use keyturn_application::ports::{
    CommitError, CredentialStore as _, DueStore as _, PortError, RequestTokenHistory as _, TokenStore as _,
};
use keyturn_domain::backoff::Failures;
use keyturn_domain::history::Actor;
use keyturn_domain::lifecycle;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpSocket};

use crate::secrets::strings;
use crate::support::make::{birth, calling, company, create, entry, hash, id, rules, settings};
use crate::support::{AWS_SECRET, Store};

/// A port that is in use but without a listener.
fn closed_port() -> (TcpSocket, SocketAddr) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

/// The text and `Debug` of an error and its causes.
fn full_text(error: &dyn Error) -> String {
    let (mut texts, mut cause) = (Vec::new(), Some(error));
    while let Some(error) = cause {
        texts.push(format!("{error} {error:?}"));
        cause = error.source();
    }
    assert!(texts.len() > 1, "an error without a cause: {error}");
    texts.join("\n")
}

#[tokio::test]
async fn a_failed_commit_reports_no_secret() {
    let (_taken, address) = closed_port();
    let store = Store::at(address);
    let strings = strings();
    let (string, fresh) = strings.token_string(&company()).await.unwrap();
    let (signing, sealed) = strings.signing_secret(&company(), fresh.id).await.unwrap();
    let (rules, actor) = (rules(), Actor::Operator);
    let change = lifecycle::create(company(), calling(), fresh, Some(sealed), &rules, actor, birth());

    let error = store.table.commit(&store.commit(change, birth())).await.unwrap_err();

    assert!(matches!(error, CommitError::Failed(_)), "{error:?}");
    let text = full_text(&error);
    for secret in [string.expose(), signing.expose(), "kat_", "whsec_", AWS_SECRET] {
        assert!(!text.contains(secret), "{text}");
    }
}

#[tokio::test]
async fn every_call_fails_if_the_store_is_unreachable() {
    let (_taken, address) = closed_port();
    let Store { table, .. } = Store::at(address);
    let entry = entry(keyturn_domain::history::Action::Created);
    let key = table.entry_key(id(5).uuid(), &entry);
    let pending = keyturn_application::ports::OutboxEntry {
        key: key.clone(),
        id: id(5).uuid(),
        pending: entry.channels(),
        entry,
        failures: Failures::default(),
        due_at: birth(),
        gathered: false,
        is_new: false,
    };
    let errors: [Option<PortError>; 11] = [
        table.token(id(1)).await.err(),
        table.credential(id(1)).await.err(),
        table.record_use(id(1), birth().into()).await.err(),
        table.was_issued(id(1), &hash(1)).await.err(),
        table.due(0, birth(), None).await.err(),
        table.next_due_after(birth()).await.err(),
        table.acknowledge(&pending).await.err(),
        table.reschedule(&pending, birth()).await.err(),
        table.claim(&pending, birth()).await.err(),
        table.token_failures(id(1)).await.err(),
        table.defer_token(id(1), Failures::default(), birth(), birth()).await.err(),
    ];
    for error in errors {
        assert!(!full_text(&error.expect("it failed")).contains(AWS_SECRET));
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
async fn reports_other_errors_as_failed() {
    for (status, kind) in [
        (400, "ProvisionedThroughputExceededException"),
        (400, "TransactionInProgressException"),
        (400, "ResourceNotFoundException"),
        (500, "InternalServerError"),
    ] {
        let error = outcome(status, json!({ "__type": kind, "message": "a test asked for it" })).await;
        assert!(matches!(error, CommitError::Failed(_)), "{kind}: {error:?}");
        assert!(full_text(&error).contains(kind), "{kind} is missing: {}", full_text(&error));
    }
}
