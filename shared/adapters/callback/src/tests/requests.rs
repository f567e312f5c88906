//! The request: headers, body and signatures.

use keyturn_application::ports::{CallbackMessage, CallbackSender as _};
use keyturn_domain::limits;
use standardwebhooks::Webhook;

use super::receiver::answering;
use super::{OK, message, send, sender};

#[tokio::test]
async fn reports_status_and_start_time() {
    let receiver = answering("HTTP/1.1 204 No Content\r\n\r\n").await;
    let report = send(&receiver.url()).await;
    assert_eq!(report.outcome, Ok(204));
    assert_eq!(report.at, message("").timestamp);
    assert!(report.duration_ms < 10_000);
}

#[tokio::test]
async fn sends_the_request_of_the_contract() {
    let receiver = answering("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
    let (url, address) = (receiver.url(), receiver.address.to_string());
    assert_eq!(send(&url).await.outcome, Ok(200));
    let received = receiver.finish().await;
    assert_eq!(received.head.lines().next(), Some("POST /hook?key=1 HTTP/1.1"));
    assert_eq!(received.body, message(&url).body.0);
    let agent = concat!("Keyturn/", env!("CARGO_PKG_VERSION"));
    for (name, value) in [
        ("host", Some(address.as_str())),
        ("user-agent", Some(agent)),
        ("content-type", Some("application/json")),
        ("connection", Some("close")),
        ("webhook-id", Some("msg_1")),
        ("webhook-timestamp", Some("1803902400")),
        ("accept-encoding", None),
        ("cookie", None),
    ] {
        assert_eq!(received.header(name), value, "{name}");
    }
}

#[tokio::test]
async fn signs_with_each_secret() {
    let receiver = answering(OK).await;
    let message = message(&receiver.url());
    assert_eq!(send(&receiver.url()).await.outcome, Ok(200));
    let received = receiver.finish().await;
    let signatures: Vec<_> = received.header("webhook-signature").unwrap().split(' ').collect();
    let expected: Vec<_> = message
        .secrets
        .iter()
        .map(|secret| Webhook::new(secret.expose()).unwrap())
        .map(|webhook| webhook.sign("msg_1", 1_803_902_400, received.body.as_bytes()).unwrap())
        .collect();
    assert_eq!(signatures, expected);
    assert_ne!(signatures[0], signatures[1]);
}

/// API Gateway takes
/// [10,240 bytes](https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html) of request line and
/// headers: a receiver may stand behind it.
#[tokio::test]
async fn the_longest_request_line_and_headers_fit_api_gateway() {
    let receiver = answering(OK).await;
    let url = format!("{:x<1$}", receiver.url(), limits::URL_CHARACTERS);
    let secrets = vec![message("").secrets.remove(0); 1 + limits::PREVIOUS_SECRETS];
    let id = format!("msg_{}", "x".repeat(64));
    let sent = sender("127.0.0.0/8").send(&CallbackMessage { secrets, id, ..message(&url) }).await;
    assert_eq!(sent.outcome, Ok(200));
    let head = receiver.finish().await.head;
    assert!(head.len() > limits::URL_CHARACTERS && head.len() < 10_240 / 4, "{} bytes: {head}", head.len());
}
