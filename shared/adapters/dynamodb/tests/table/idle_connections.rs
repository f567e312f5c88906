//! A connection that was idle for long is not used again: AWS may have closed it while Lambda froze the process.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::serve::ListenerExt as _;
use keyturn_application::ports::TokenStore as _;
use keyturn_dynamodb::Table;
use keyturn_environment::Environment;
use tokio::net::TcpListener;
use tokio::time;

use crate::support::make::id;

#[tokio::test]
async fn a_connection_is_used_again_within_20_seconds() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let connections = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&connections);
    let listener = listener.tap_io(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
    });
    // No token is known here.
    let router = axum::Router::new().fallback(async || "{}");
    tokio::spawn(async move { axum::serve(listener, router).await });
    let variables = [
        ("AWS_ACCESS_KEY_ID", "id".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "secret".to_owned()),
        ("AWS_REGION", "eu-central-1".to_owned()),
        ("AWS_ENDPOINT_URL_DYNAMODB", format!("http://{address}")),
        ("KEYTURN_TABLE", "any".to_owned()),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value));
    let table = Table::from_environment(&Environment::with_variables(variables)).unwrap();

    let mut used = Vec::new();
    for idle in [0, 0, 19, 21] {
        time::pause();
        time::advance(Duration::from_secs(idle)).await;
        time::resume();
        assert_eq!(table.token(id(1)).await.unwrap(), None);
        used.push(connections.load(Ordering::Relaxed));
    }
    assert_eq!(used, [1, 1, 1, 2]);
}
