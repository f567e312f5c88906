//! Receivers, name servers and handshakes that never come to an end. The limits are short, so nothing here waits long.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use keyturn_application::ports::CallbackSender as _;
use keyturn_domain::delivery::{DeliveryReport, Failure, FailureClass};
use keyturn_environment::Environment;
use tokio::io::AsyncWriteExt as _;

use super::receiver::{Receiver, receive, wait_for_the_end};
use super::{answered, message, sender, unanswered};
use crate::HttpCallbackSender;
use crate::resolver::Resolver;

const LIMIT: Duration = Duration::from_millis(200);

/// Enough for the head of an answer to arrive even on a busy machine.
const LIMIT_AFTER_A_HEAD: Duration = Duration::from_secs(1);

async fn send_within(limit: Duration, url: &str) -> DeliveryReport {
    let report = sender("127.0.0.0/8").with_time_limit(limit).send(&message(url)).await;
    assert!(u128::from(report.duration_ms) >= limit.as_millis(), "{} ms", report.duration_ms);
    report
}

/// A receiver that says this and then nothing, until it is hung up on.
async fn falling_silent_after(start: &'static str) -> Receiver<()> {
    Receiver::start(async move |mut stream| {
        receive(&mut stream).await;
        stream.write_all(start.as_bytes()).await.unwrap();
        wait_for_the_end(&mut stream).await;
    })
    .await
}

#[tokio::test]
async fn a_receiver_that_does_not_answer_is_given_up() {
    for start in ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 100 Continue\r\n\r\n"] {
        let receiver = falling_silent_after(start).await;
        let outcome = send_within(LIMIT, &receiver.url()).await.outcome;
        assert_eq!(outcome, unanswered(FailureClass::Timeout), "{start:?}");
        receiver.finish().await;
    }
}

async fn outcome_of_half_an_answer(start: &'static str) -> Result<u16, Failure> {
    let receiver = falling_silent_after(start).await;
    let report = send_within(LIMIT_AFTER_A_HEAD, &receiver.url()).await;
    receiver.finish().await;
    report.outcome
}

#[tokio::test]
async fn a_receiver_that_does_not_end_its_answer_is_given_up_and_its_status_is_kept() {
    let (success, gone) = tokio::join!(
        outcome_of_half_an_answer("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf"),
        outcome_of_half_an_answer("HTTP/1.1 410 Gone\r\n\r\n"),
    );
    assert_eq!(success, answered(FailureClass::Timeout, 200));
    assert_eq!(gone, answered(FailureClass::Timeout, 410));
}

/// A receiver that says this and then drips the same piece, never silent for long and never done.
async fn dripping(start: &'static str, piece: &'static str) -> Receiver<()> {
    Receiver::start(async move |mut stream| {
        receive(&mut stream).await;
        stream.write_all(start.as_bytes()).await.unwrap();
        let mut drops = tokio::time::interval(LIMIT / 10);
        while stream.write_all(piece.as_bytes()).await.is_ok() {
            drops.tick().await;
        }
    })
    .await
}

#[tokio::test]
async fn a_drop_now_and_then_gains_no_time() {
    for (start, piece) in [
        ("HTTP/1.1 200 ", "O"),
        ("HTTP/1.1 200 OK\r\n", "a: b\r\n"),
        ("HTTP/1.1 200 OK\r\nx: ", "x"),
        ("", "HTTP/1.1 103 Early Hints\r\n\r\n"),
    ] {
        let receiver = dripping(start, piece).await;
        let outcome = send_within(LIMIT, &receiver.url()).await.outcome;
        assert_eq!(outcome, unanswered(FailureClass::Timeout), "{start:?} {piece:?}");
        receiver.finish().await;
    }
    let body = |head, piece| async move {
        let receiver = dripping(head, piece).await;
        let report = send_within(LIMIT_AFTER_A_HEAD, &receiver.url()).await;
        receiver.finish().await;
        report.outcome
    };
    let (until_the_end, chunked, extended, trailing) = tokio::join!(
        body("HTTP/1.1 200 OK\r\n\r\n", "x"),
        body("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", "1\r\nx\r\n"),
        body("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;", "x"),
        body("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n", "a: b\r\n"),
    );
    for outcome in [until_the_end, chunked, extended, trailing] {
        assert_eq!(outcome, answered(FailureClass::Timeout, 200));
    }
}

#[tokio::test]
async fn a_handshake_that_never_ends_is_given_up() {
    let receiver = Receiver::start(async |mut stream| wait_for_the_end(&mut stream).await).await;
    let report = send_within(LIMIT, &format!("https://{}/", receiver.address)).await;
    assert_eq!(report.outcome, unanswered(FailureClass::Timeout));
    receiver.finish().await;
}

/// A name server that never answers.
struct Silence;

#[async_trait]
impl Resolver for Silence {
    async fn resolve(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        std::future::pending().await
    }
}

#[tokio::test]
async fn a_name_server_that_never_answers_is_given_up() {
    let mut sender = sender("").with_time_limit(LIMIT);
    sender.connector.resolver = Arc::new(Silence);
    let report = sender.send(&message("https://example.com/")).await;
    assert_eq!(report.outcome, unanswered(FailureClass::Timeout));
}

#[test]
fn gives_receivers_10_seconds_unless_set_otherwise() {
    let environment = || Environment::with_variables([]);
    let limit = |environment| HttpCallbackSender::from_environment(&environment).unwrap().time_limit;
    assert_eq!(limit(environment()), Duration::from_secs(10));
    assert_eq!(limit(environment().with_callback_timeout(LIMIT)), LIMIT);
}
