//! The client without a socket gives the answers of the engine's server, errors included.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, SharedHttpClient};
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use aws_smithy_http_client::Builder;
use dynoxide::Database;
use keyturn_engine::InMemoryClient;

const TABLE: &str = "keyturn";

/// A client of a new engine: through a socket, or without one.
async fn client(in_memory: bool) -> Client {
    let (database, _) = keyturn_engine::open(None, TABLE).unwrap();
    let usual = Builder::new().build_http();
    let (http, port) = if in_memory {
        // Nothing listens on port 1, so a call through the usual client would fail.
        (SharedHttpClient::new(InMemoryClient::new(database, usual)), 1)
    } else {
        (usual, serve(database).await)
    };
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("eu-central-1"))
        .credentials_provider(Credentials::new("id", "secret", None, None, "test"))
        .endpoint_url(format!("http://127.0.0.1:{port}"))
        .http_client(http)
        .build();
    Client::from_conf(config)
}

async fn serve(database: Database) -> u16 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(dynoxide::server::serve_on(listener, database));
    port
}

/// The answer, or the error's code and message.
fn text<T: std::fmt::Debug, E: ProvideErrorMetadata + std::fmt::Debug, R: std::fmt::Debug>(
    result: Result<T, SdkError<E, R>>,
    answer: impl Fn(T) -> String,
) -> String {
    match result {
        Ok(output) => answer(output),
        Err(SdkError::ServiceError(error)) => {
            format!("{:?}: {:?}", error.err().code(), error.err().message())
        }
        Err(other) => panic!("{other:?}"),
    }
}

fn string(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

/// What these calls are answered with.
async fn answers(client: &Client) -> Vec<String> {
    let put = |value: &str| {
        let put = client.put_item().table_name(TABLE).item("pk", string("a")).item("sk", string("b"));
        put.item("value", string(value)).condition_expression("attribute_not_exists(pk)")
    };
    let get = |table: &str| client.get_item().table_name(table).key("pk", string("a")).key("sk", string("b"));
    let write = |key: &str| {
        let put = Put::builder().table_name(TABLE).item("pk", string(key)).item("sk", string("b"));
        let put = put.condition_expression("attribute_not_exists(pk)").build().unwrap();
        TransactWriteItem::builder().put(put).build()
    };
    let transaction = client.transact_write_items().transact_items(write("c")).transact_items(write("a"));
    let query = client.query().table_name(TABLE).key_condition_expression("pk = :pk");
    let update = client.update_item().table_name(TABLE).key("pk", string("a")).key("sk", string("b"));
    let update = update.update_expression("SET used = :now").expression_attribute_values(":now", string("1"));
    vec![
        text(put("first").send().await, |output| format!("{:?}", output.attributes)),
        text(put("second").send().await, |output| format!("{:?}", output.attributes)),
        text(put(&"x".repeat(410_000)).send().await, |output| format!("{:?}", output.attributes)),
        text(update.send().await, |output| format!("{:?}", output.attributes)),
        text(get(TABLE).projection_expression("used").send().await, |output| format!("{:?}", output.item)),
        text(get("other").send().await, |output| format!("{:?}", output.item)),
        text(query.clone().send().await, |output| format!("{:?}", output.items)),
        text(query.expression_attribute_values(":pk", string("c")).send().await, |output| {
            format!("{:?}", output.items)
        }),
        text(transaction.send().await, |_| "done".to_owned()),
    ]
}

#[tokio::test]
async fn answers_as_through_a_socket() {
    let without = answers(&client(true).await).await;
    assert_eq!(without, answers(&client(false).await).await);
    assert!(without.iter().filter(|answer| answer.contains("Exception")).count() >= 5, "{without:#?}");
}
