//! Responses: statuses, redirects, limits, broken connections.

use std::net::TcpListener;

use chrono::TimeDelta;
use keyturn_domain::delivery::{Failure, FailureClass};
use tokio::io::AsyncWriteExt as _;

use super::receiver::{Receiver, answering, flood, receive};
use super::resolution::UnreachedServer;
use super::{Outcome, answered, outcome, send, unanswered};

/// More than the kernel's buffers on both sides of a connection hold.
const MORE_THAN_BUFFERS: usize = 64 * 1024 * 1024;

#[tokio::test]
async fn a_failure_has_the_status_and_the_requested_wait() {
    for (retry_after, minutes) in [("120", 2), ("Mon, 01 Mar 2027 12:01:00 GMT", 1)] {
        let answer =
            format!("HTTP/1.1 500 Oops\r\nretry-after: {retry_after}\r\ncontent-length: 4\r\n\r\noops");
        let retry_after = Some(TimeDelta::minutes(minutes));
        let expected = Failure { class: FailureClass::Status, status: Some(500), retry_after };
        assert_eq!(outcome(answer).await, Err(expected));
    }
}

#[tokio::test]
async fn follows_nothing_in_a_response() {
    let elsewhere = UnreachedServer::bind("127.0.0.1");
    let url = format!("http://127.0.0.1:{}/", elsewhere.port());
    for status in [101, 200, 201, 300, 301, 302, 303, 304, 307, 308, 399, 401, 407, 410, 429, 599] {
        let answer = format!(
            "HTTP/1.1 {status} X\r\nlocation: {url}\r\ncontent-location: {url}\r\nrefresh: 0; url={url}\r\n\
             alt-svc: http/1.1=\"127.0.0.1:{}\"\r\nlink: <{url}>; rel=preload\r\nwww-authenticate: Basic\r\n\
             proxy-authenticate: Basic\r\nupgrade: h2c\r\ncontent-length: 0\r\n\r\n",
            elsewhere.port()
        );
        let expected = match status {
            200..300 => Ok(status),
            300..400 => answered(FailureClass::Redirect, status),
            _ => answered(FailureClass::Status, status),
        };
        assert_eq!(outcome(answer).await, expected, "{status}");
    }
    elsewhere.assert_unreached();
}

#[tokio::test]
async fn ignores_the_requested_wait_of_a_redirect() {
    let answer = "HTTP/1.1 302 X\r\nretry-after: 9\r\ncontent-length: 0\r\n\r\n";
    assert_eq!(outcome(answer).await, answered(FailureClass::Redirect, 302));
}

#[tokio::test]
async fn reads_a_body_of_64_kib_and_no_byte_more() {
    for (length, expected) in [(65_536, Ok(200)), (65_537, answered(FailureClass::TooLarge, 200))] {
        let body = "x".repeat(length);
        let with_length = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}");
        let until_close = format!("HTTP/1.1 200 OK\r\n\r\n{body}");
        let chunked =
            format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{length:x}\r\n{body}\r\n0\r\n\r\n");
        for answer in [with_length, until_close, chunked] {
            assert_eq!(outcome(answer).await, expected, "{length}");
        }
    }
}

/// The outcome for a response that starts like this and never ends; the receiver must be cut off.
async fn outcome_of_flood(head: &'static str, piece: &'static str) -> Outcome {
    let receiver = Receiver::start(async move |mut stream| {
        receive(&mut stream).await;
        stream.write_all(head.as_bytes()).await.unwrap();
        flood(&mut stream, piece.repeat(100).as_bytes()).await
    })
    .await;
    let report = send(&receiver.url()).await;
    let (written, _) = receiver.finish().await;
    assert!(written < MORE_THAN_BUFFERS, "{written} bytes were written");
    report.outcome
}

#[tokio::test]
async fn cuts_off_an_endless_response() {
    const OK: &str = "HTTP/1.1 200 OK\r\n";
    const CHUNKED: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    for (start, piece, expected) in [
        ("HTTP/1.1 200 OK\r\ncontent-length: 10000000\r\n\r\n", "x", answered(FailureClass::TooLarge, 200)),
        (CHUNKED, "1\r\nx\r\n", answered(FailureClass::TooLarge, 200)),
        ("HTTP/1.1 500 Oops\r\n\r\n", "x", answered(FailureClass::TooLarge, 500)),
        (OK, "a: b\r\n", unanswered(FailureClass::TooLarge)),
        (OK, "a", unanswered(FailureClass::TooLarge)),
        ("", "HTTP/1.1 100 Continue\r\n\r\n", unanswered(FailureClass::TooLarge)),
        ("", "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n", unanswered(FailureClass::TooLarge)),
    ] {
        assert_eq!(outcome_of_flood(start, piece).await, expected, "{start:?} {piece:?}");
    }
    let trailers = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n";
    assert_eq!(outcome_of_flood(trailers, "a: b\r\n").await, answered(FailureClass::Connection, 200));
}

#[tokio::test]
async fn an_incomplete_response_is_a_connection_failure() {
    for (answer, expected) in [
        ("", unanswered(FailureClass::Connection)),
        ("HTTP/1.1 200 OK\r\ncontent-le", unanswered(FailureClass::Connection)),
        ("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", answered(FailureClass::Connection, 200)),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nha",
            answered(FailureClass::Connection, 200),
        ),
    ] {
        assert_eq!(outcome(answer).await, expected, "{answer:?}");
    }
}

#[tokio::test]
async fn a_refused_or_dropped_connection_is_a_connection_failure() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    assert_eq!(send(&url).await.outcome, unanswered(FailureClass::Connection));
    let receiver = Receiver::start(async |stream| drop(stream)).await;
    assert_eq!(send(&receiver.url()).await.outcome, unanswered(FailureClass::Connection));
}

#[tokio::test]
async fn a_second_response_is_ignored() {
    let receiver = answering(
        "HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
    )
    .await;
    assert_eq!(send(&receiver.url()).await.outcome, answered(FailureClass::Status, 500));
}
