//! Receivers, name servers and handshakes that never finish. The time limits are short, so nothing here waits long.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use keyturn_application::ports::CallbackSender as _;
use keyturn_domain::delivery::FailureClass;
use keyturn_environment::Environment;
use tokio::io::AsyncWriteExt as _;

use super::receiver::{Receiver, receive, wait_for_close};
use super::{Outcome, answered, message, sender, unanswered};
use crate::HttpCallbackSender;
use crate::resolver::Resolver;

const LIMIT: Duration = Duration::from_millis(100);

/// Rare enough that no limit on the number of headers or trailers is reached before the time limit.
const DRIP_INTERVAL: Duration = Duration::from_millis(20);

/// Enough for the head of a response to arrive even on a busy machine.
const LIMIT_AFTER_A_HEAD: Duration = Duration::from_secs(1);

const TIMEOUT: Outcome = unanswered(FailureClass::Timeout);

async fn outcome_within(limit: Duration, url: &str) -> Outcome {
    let report = sender("127.0.0.0/8").with_time_limit(limit).send(&message(url)).await;
    assert!(u128::from(report.duration_ms) >= limit.as_millis(), "{} ms", report.duration_ms);
    report.outcome
}

/// The outcome for a receiver that sends this and then stays silent until the connection is closed.
async fn outcome_of_silence_after(start: &'static str, limit: Duration) -> Outcome {
    let receiver = Receiver::start(async move |mut stream| {
        receive(&mut stream).await;
        stream.write_all(start.as_bytes()).await.unwrap();
        wait_for_close(&mut stream).await;
    })
    .await;
    let outcome = outcome_within(limit, &receiver.url()).await;
    receiver.finish().await;
    outcome
}

#[tokio::test]
async fn gives_up_on_a_receiver_that_falls_silent_and_keeps_its_status() {
    let (nothing, half_head, interim, half_body, no_length) = tokio::join!(
        outcome_of_silence_after("", LIMIT),
        outcome_of_silence_after("HTTP/1.1 200 OK\r\n", LIMIT),
        outcome_of_silence_after("HTTP/1.1 100 Continue\r\n\r\n", LIMIT),
        outcome_of_silence_after("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", LIMIT_AFTER_A_HEAD),
        outcome_of_silence_after("HTTP/1.1 410 Gone\r\n\r\n", LIMIT_AFTER_A_HEAD),
    );
    assert_eq!([nothing, half_head, interim], [TIMEOUT; 3]);
    assert_eq!(half_body, answered(FailureClass::Timeout, 200));
    assert_eq!(no_length, answered(FailureClass::Timeout, 410));
}

/// The outcome for a receiver that sends this and then the same piece at short intervals forever.
async fn outcome_of_dripping(start: &'static str, piece: &'static str, limit: Duration) -> Outcome {
    let receiver = Receiver::start(async move |mut stream| {
        receive(&mut stream).await;
        stream.write_all(start.as_bytes()).await.unwrap();
        let mut drops = tokio::time::interval(DRIP_INTERVAL);
        while stream.write_all(piece.as_bytes()).await.is_ok() {
            drops.tick().await;
        }
    })
    .await;
    let outcome = outcome_within(limit, &receiver.url()).await;
    receiver.finish().await;
    outcome
}

#[tokio::test]
async fn sending_a_little_at_a_time_does_not_extend_the_limit() {
    let (status, headers, value, interim) = tokio::join!(
        outcome_of_dripping("HTTP/1.1 200 ", "O", LIMIT),
        outcome_of_dripping("HTTP/1.1 200 OK\r\n", "a: b\r\n", LIMIT),
        outcome_of_dripping("HTTP/1.1 200 OK\r\nx: ", "x", LIMIT),
        outcome_of_dripping("", "HTTP/1.1 103 Early Hints\r\n\r\n", LIMIT),
    );
    assert_eq!([status, headers, value, interim], [TIMEOUT; 4]);
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let (until_close, chunks, trailers) = tokio::join!(
        outcome_of_dripping("HTTP/1.1 200 OK\r\n\r\n", "x", LIMIT_AFTER_A_HEAD),
        outcome_of_dripping(chunked, "1\r\nx\r\n", LIMIT_AFTER_A_HEAD),
        outcome_of_dripping(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n",
            "a: b\r\n",
            LIMIT_AFTER_A_HEAD
        ),
    );
    assert_eq!([until_close, chunks, trailers], [answered(FailureClass::Timeout, 200); 3]);
}

#[tokio::test]
async fn gives_up_on_a_handshake_that_never_ends() {
    let receiver = Receiver::start(async |mut stream| wait_for_close(&mut stream).await).await;
    assert_eq!(outcome_within(LIMIT, &format!("https://{}/", receiver.address)).await, TIMEOUT);
    receiver.finish().await;
}

/// A name server that never answers.
struct SilentDns;

#[async_trait]
impl Resolver for SilentDns {
    async fn resolve(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        std::future::pending().await
    }
}

#[tokio::test]
async fn gives_up_on_a_name_server_that_never_answers() {
    let mut sender = sender("").with_time_limit(LIMIT);
    sender.connector.resolver = Arc::new(SilentDns);
    assert_eq!(sender.send(&message("https://example.com/")).await.outcome, TIMEOUT);
}

#[test]
fn the_limit_is_10_seconds_unless_the_environment_sets_another() {
    let environment = || Environment::with_variables([]);
    let limit = |environment| HttpCallbackSender::from_environment(&environment).unwrap().time_limit;
    assert_eq!(limit(environment()), Duration::from_secs(10));
    assert_eq!(limit(environment().with_callback_timeout(LIMIT)), LIMIT);
}
