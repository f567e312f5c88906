//! Every kind of answer, the hostile ones too.

use std::net::TcpListener;

use chrono::TimeDelta;
use keyturn_domain::delivery::{Failure, FailureClass};
use tokio::io::AsyncWriteExt as _;

use super::receiver::{Receiver, answering, flood, receive};
use super::{answered, send, unanswered};

/// More than the kernel's buffers on both sides of a connection hold.
const MORE_THAN_BUFFERS: usize = 64 * 1024 * 1024;

#[tokio::test]
async fn a_failure_carries_status_and_the_wait_asked_for() {
    let receiver = answering("HTTP/1.1 500 Oops\r\nretry-after: 120\r\ncontent-length: 4\r\n\r\noops").await;
    let expected =
        Failure { class: FailureClass::Status, status: Some(500), retry_after: Some(TimeDelta::minutes(2)) };
    assert_eq!(send(&receiver.url()).await.outcome, Err(expected));
}

#[tokio::test]
async fn a_date_to_wait_for_counts_from_the_message() {
    let date = "Mon, 01 Mar 2027 12:01:00 GMT";
    let receiver =
        answering(format!("HTTP/1.1 503 No\r\nretry-after: {date}\r\ncontent-length: 0\r\n\r\n")).await;
    let failure = send(&receiver.url()).await.outcome.unwrap_err();
    assert_eq!(failure.retry_after, Some(TimeDelta::minutes(1)));
}

#[tokio::test]
async fn other_statuses_are_failures_too() {
    for status in [101, 400, 410, 429, 599] {
        let receiver = answering(format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n")).await;
        assert_eq!(send(&receiver.url()).await.outcome, answered(FailureClass::Status, status), "{status}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let location = format!("http://{}/", elsewhere.local_addr().unwrap());
    for status in [301, 302, 303, 307, 308] {
        let answer = format!(
            "HTTP/1.1 {status} X\r\nlocation: {location}\r\nretry-after: 9\r\ncontent-length: 0\r\n\r\n"
        );
        let receiver = answering(answer).await;
        let expected = answered(FailureClass::Redirect, status);
        assert_eq!(send(&receiver.url()).await.outcome, expected, "{status}");
    }
    assert!(elsewhere.accept().is_err(), "somebody came");
}

#[tokio::test]
async fn a_refused_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    assert_eq!(send(&url).await.outcome, unanswered(FailureClass::Connection));
}

#[tokio::test]
async fn an_answer_of_64_kib_is_read_and_one_byte_more_is_too_large() {
    for (length, expected) in [(65_536, Ok(200)), (65_537, answered(FailureClass::TooLarge, 200))] {
        let body = "x".repeat(length);
        let declared = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}");
        let until_the_end = format!("HTTP/1.1 200 OK\r\n\r\n{body}");
        let in_pieces =
            format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{length:x}\r\n{body}\r\n0\r\n\r\n");
        for answer in [declared, until_the_end, in_pieces] {
            let receiver = answering(answer).await;
            assert_eq!(send(&receiver.url()).await.outcome, expected, "{length}");
        }
    }
}

/// What comes of an answer that starts like this and never ends; the receiver must be cut off.
async fn outcome_of_a_flood(head: &'static str, piece: &'static str) -> Result<u16, Failure> {
    let receiver = Receiver::start(async move |mut stream| {
        receive(&mut stream).await;
        stream.write_all(head.as_bytes()).await.unwrap();
        flood(&mut stream, piece.repeat(100).as_bytes()).await
    })
    .await;
    let report = send(&receiver.url()).await;
    let (written, _) = receiver.finish().await;
    assert!(written < MORE_THAN_BUFFERS, "{written} bytes went out");
    report.outcome
}

#[tokio::test]
async fn an_endless_body_is_cut_off() {
    let declared = "HTTP/1.1 200 OK\r\ncontent-length: 10000000\r\n\r\n";
    let in_pieces = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let until_the_end = "HTTP/1.1 500 Oops\r\n\r\n";
    assert_eq!(outcome_of_a_flood(declared, "x").await, answered(FailureClass::TooLarge, 200));
    assert_eq!(outcome_of_a_flood(in_pieces, "1\r\nx\r\n").await, answered(FailureClass::TooLarge, 200));
    assert_eq!(outcome_of_a_flood(until_the_end, "x").await, answered(FailureClass::TooLarge, 500));
}

#[tokio::test]
async fn an_endless_head_is_cut_off() {
    let started = "HTTP/1.1 200 OK\r\n";
    assert_eq!(outcome_of_a_flood(started, "a: b\r\n").await, unanswered(FailureClass::TooLarge));
    assert_eq!(outcome_of_a_flood(started, "a").await, unanswered(FailureClass::TooLarge));
    let trailers = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n";
    let outcome = outcome_of_a_flood(trailers, "a: b\r\n").await;
    assert_eq!(outcome, answered(FailureClass::Connection, 200));
}

#[tokio::test]
async fn what_is_not_http_is_no_answer() {
    for garbage in
        ["SSH-2.0-OpenSSH_9.2\r\n", "HTTP/0.9\r\n\r\n", "HTTP/1.1 twohundred\r\n\r\n", "\0\0\0\r\n\r\n"]
    {
        let receiver = answering(garbage).await;
        let outcome = send(&receiver.url()).await.outcome;
        assert_eq!(outcome, unanswered(FailureClass::Connection), "{garbage:?}");
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_none() {
    for (answer, expected) in [
        ("", unanswered(FailureClass::Connection)),
        ("HTTP/1.1 200 OK\r\ncontent-le", unanswered(FailureClass::Connection)),
        ("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", answered(FailureClass::Connection, 200)),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nha",
            answered(FailureClass::Connection, 200),
        ),
    ] {
        let receiver = answering(answer).await;
        assert_eq!(send(&receiver.url()).await.outcome, expected, "{answer:?}");
    }
}

#[tokio::test]
async fn a_connection_that_is_closed_at_once() {
    let receiver = Receiver::start(async |stream| drop(stream)).await;
    assert_eq!(send(&receiver.url()).await.outcome, unanswered(FailureClass::Connection));
}
