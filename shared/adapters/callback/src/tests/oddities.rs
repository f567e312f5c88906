//! Answers that are right by half the readers of the standard and a trick to the other half: interim answers, chunks,
//! contradicting lengths, encodings, heads at the edge of what is read.

use std::time::Duration;

use keyturn_application::ports::CallbackSender as _;
use keyturn_domain::delivery::{Failure, FailureClass};
use tokio::io::AsyncWriteExt as _;

use super::receiver::{Receiver, answering, receive};
use super::{answered, message, send, sender, unanswered};

const NO_HTTP: Result<u16, Failure> = unanswered(FailureClass::Connection);
const TOO_LARGE: Result<u16, Failure> = unanswered(FailureClass::TooLarge);
const BROKEN_BODY: Result<u16, Failure> = answered(FailureClass::Connection, 200);

async fn outcome(answer: impl Into<Vec<u8>>) -> Result<u16, Failure> {
    let receiver = answering(answer).await;
    send(&receiver.url()).await.outcome
}

#[tokio::test]
async fn interim_answers_are_passed_over() {
    let last = "HTTP/1.1 204 No Content\r\n\r\n";
    for interim in
        ["100 Continue", "102 Processing", "103 Early Hints\r\nlink: </x>; rel=preload", "199 Whatever"]
    {
        for times in [1, 20] {
            let answer = format!("HTTP/1.1 {interim}\r\n\r\n").repeat(times) + last;
            assert_eq!(outcome(answer).await, Ok(204), "{times} times {interim:?}");
        }
    }
}

/// An answer of interim answers only would be read for as long as time allows, and count against nothing.
#[tokio::test]
async fn endless_interim_answers_are_cut_off() {
    const PLENTY: usize = 16 * 1024 * 1024;
    for interim in
        ["HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103 Early Hints\r\nlink: </x>; rel=preload\r\n\r\n"]
    {
        let receiver = Receiver::start(async move |mut stream| {
            receive(&mut stream).await;
            let (block, mut written) = (interim.repeat(100), 0);
            while stream.write_all(block.as_bytes()).await.is_ok() {
                written += block.len();
            }
            written
        })
        .await;
        assert_eq!(send(&receiver.url()).await.outcome, TOO_LARGE, "{interim:?}");
        let written = receiver.finish().await;
        assert!(written < PLENTY, "{written} bytes went out");
    }
}

/// A gibibyte of zeros, packed three times.
const BOMB: [u8; 265] = *include_bytes!("bomb.gz");

#[tokio::test]
async fn a_compressed_bomb_stays_compressed() {
    for encoding in ["gzip, gzip, gzip", "gzip", "deflate", "br", "zstd", "unheard-of"] {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-encoding: {encoding}\r\ncontent-length: 265\r\n\r\n");
        let receiver = answering([head.as_bytes(), &BOMB].concat()).await;
        let report = sender("127.0.0.0/8")
            .with_time_limit(Duration::from_secs(2))
            .send(&message(&receiver.url()))
            .await;
        assert_eq!(report.outcome, Ok(200), "{encoding}");
        assert_eq!(receiver.finish().await.header("accept-encoding"), None, "nobody asked for it");
    }
}

#[tokio::test]
async fn a_transfer_coding_that_nobody_asked_for_is_no_way_to_compress() {
    for coding in ["gzip, chunked", "chunked, gzip", "gzip", "identity", "unheard-of", "chunked, chunked"] {
        let head = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: {coding}\r\n\r\n109\r\n");
        let receiver = answering([head.as_bytes(), &BOMB, b"\r\n0\r\n\r\n"].concat()).await;
        let outcome = send(&receiver.url()).await.outcome;
        // The bytes are counted as they come and thrown away, whatever they are said to be.
        assert!([Ok(200), NO_HTTP, BROKEN_BODY].contains(&outcome), "{coding}: {outcome:?}");
    }
}

#[tokio::test]
async fn chunks() {
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    for (body, expected) in [
        ("0\r\n\r\n", Ok(200)),
        ("2\r\nok\r\n0\r\n\r\n", Ok(200)),
        ("2;name=value\r\nok\r\n0;last\r\n\r\n", Ok(200)),
        ("0000000000000002\r\nok\r\n0\r\n\r\n", Ok(200)),
        ("2\r\nok\r\n0\r\ntrailer: yes\r\n\r\n", Ok(200)),
        // What comes after the end is nobody's: the connection is given up with it.
        ("2\r\nok\r\n0\r\n\r\nHTTP/1.1 500 Oops\r\n\r\n", Ok(200)),
        ("", BROKEN_BODY),
        ("2\r\nok\r\n", BROKEN_BODY),
        ("2\r\nok\r\n0\r\n", BROKEN_BODY),
        ("-2\r\nok\r\n0\r\n\r\n", BROKEN_BODY),
        ("+2\r\nok\r\n0\r\n\r\n", BROKEN_BODY),
        ("0x2\r\nok\r\n0\r\n\r\n", BROKEN_BODY),
        ("two\r\nok\r\n0\r\n\r\n", BROKEN_BODY),
        ("\r\nok\r\n0\r\n\r\n", BROKEN_BODY),
        ("2\nok\n0\n\n", BROKEN_BODY),
        ("3\r\nok\r\n0\r\n\r\n", BROKEN_BODY),
        ("1\r\nok\r\n0\r\n\r\n", BROKEN_BODY),
        ("10000000000000000\r\nok\r\n0\r\n\r\n", BROKEN_BODY),
        ("fffffffffffffffff\r\nok\r\n0\r\n\r\n", BROKEN_BODY),
    ] {
        assert_eq!(outcome(format!("{chunked}{body}")).await, expected, "{body:?}");
    }
    let claims_much = format!("{chunked}ffffffffffffffff\r\n{}", "x".repeat(70_000));
    assert_eq!(outcome(claims_much).await, answered(FailureClass::TooLarge, 200));
    let extended = format!("{chunked}2;{}\r\nok\r\n0\r\n\r\n", "x".repeat(100_000));
    assert_eq!(outcome(extended).await, BROKEN_BODY);
}

#[tokio::test]
async fn lengths_that_cannot_be() {
    for (lengths, expected) in [
        ("content-length: 2\r\ncontent-length: 2", Ok(200)),
        ("content-length: 2\r\ncontent-length: 3", NO_HTTP),
        ("content-length: 2, 3", NO_HTTP),
        ("content-length: -2", NO_HTTP),
        ("content-length: +2", NO_HTTP),
        ("content-length: 0x2", NO_HTTP),
        ("content-length: two", NO_HTTP),
        ("content-length: ", NO_HTTP),
        ("content-length: 99999999999999999999", NO_HTTP),
        ("content-length: 18446744073709551615", TOO_LARGE),
        ("content-length: 9223372036854775807", answered(FailureClass::TooLarge, 200)),
        ("content-length: 65537", answered(FailureClass::TooLarge, 200)),
        ("content-length: 3", BROKEN_BODY),
        // More than was announced belongs to no answer.
        ("content-length: 1", Ok(200)),
    ] {
        let answer = format!("HTTP/1.1 200 OK\r\n{lengths}\r\n\r\nok");
        assert_eq!(outcome(answer).await, expected, "{lengths:?}");
    }
}

/// Two readers could see the end of such an answer in two places; only the status counts here, and nothing follows.
#[tokio::test]
async fn a_length_beside_chunks_changes_nothing() {
    for heads in [
        "transfer-encoding: chunked\r\ncontent-length: 4",
        "content-length: 4\r\ntransfer-encoding: chunked",
        "content-length: 99999\r\ntransfer-encoding: chunked",
    ] {
        let answer = format!("HTTP/1.1 200 OK\r\n{heads}\r\n\r\n2\r\nok\r\n0\r\n\r\n");
        assert_eq!(outcome(answer).await, Ok(200), "{heads:?}");
    }
}

#[tokio::test]
async fn heads_that_are_almost_http() {
    for (head, expected) in [
        ("HTTP/1.0 200 OK\r\n", Ok(200)),
        ("HTTP/1.1 200\r\n", Ok(200)),
        ("HTTP/1.1 200 \r\n", Ok(200)),
        ("HTTP/1.1 200 Größe\r\n", Ok(200)),
        ("HTTP/1.1 200 OK\r\nx: \u{85}ü\r\n", Ok(200)),
        (
            "HTTP/1.1 200 OK\r\nset-cookie: a=b\r\nalt-svc: h3=\":443\"\r\nrefresh: 0; url=http://10.0.0.1/\r\n",
            Ok(200),
        ),
        ("HTTP/1.1 999 X\r\n", answered(FailureClass::Status, 999)),
        ("HTTP/1.1 000 X\r\n", NO_HTTP),
        ("HTTP/1.1 1000 X\r\n", NO_HTTP),
        ("HTTP/1.1 20 X\r\n", NO_HTTP),
        ("HTTP/1.1 -20 X\r\n", NO_HTTP),
        ("HTTP/1.2 200 OK\r\n", NO_HTTP),
        ("HTTP/2 200 OK\r\n", NO_HTTP),
        ("HTTP/2.0 200 OK\r\n", NO_HTTP),
        ("http/1.1 200 OK\r\n", NO_HTTP),
        ("ICY 200 OK\r\n", NO_HTTP),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n", NO_HTTP),
        ("HTTP/1.1 200 OK\r\nno colon\r\n", NO_HTTP),
        ("HTTP/1.1 200 OK\r\n: no name\r\n", NO_HTTP),
        ("HTTP/1.1 200 OK\r\nspace : before\r\n", NO_HTTP),
        ("HTTP/1.1 200 OK\r\nfolded: a\r\n b\r\n", NO_HTTP),
        ("HTTP/1.1 200 OK\r\nnull: \0\r\n", NO_HTTP),
        ("HTTP/1.1 200 OK\r\nü: x\r\n", NO_HTTP),
    ] {
        let answer = format!("{head}content-length: 0\r\n\r\n");
        assert_eq!(outcome(answer).await, expected, "{head:?}");
    }
}

#[tokio::test]
async fn a_head_is_read_up_to_16_kib() {
    let head = |padding: usize| {
        format!("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nx: {}\r\n\r\n", "x".repeat(padding))
    };
    assert_eq!(outcome(head(15_000)).await, Ok(200));
    assert_eq!(outcome(head(20_000)).await, TOO_LARGE);
    let reason = format!("HTTP/1.1 200 {}\r\ncontent-length: 0\r\n\r\n", "x".repeat(20_000));
    assert_eq!(outcome(reason).await, TOO_LARGE);
    let many = format!("HTTP/1.1 200 OK\r\n{}content-length: 0\r\n\r\n", "a: b\r\n".repeat(2_000));
    assert_eq!(outcome(many).await, TOO_LARGE);
}

#[tokio::test]
async fn nothing_in_an_answer_leads_on() {
    let elsewhere = super::guard::Trap::set("127.0.0.1");
    let there = format!("http://127.0.0.1:{}/", elsewhere.port());
    for status in [200, 201, 202, 300, 301, 302, 303, 304, 305, 306, 307, 308, 401, 407, 426, 503] {
        let answer = format!(
            "HTTP/1.1 {status} X\r\nlocation: {there}\r\ncontent-location: {there}\r\nrefresh: 0; url={there}\r\n\
             alt-svc: http/1.1=\"127.0.0.1:{}\"\r\nlink: <{there}>; rel=preload\r\nwww-authenticate: Basic\r\n\
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
    elsewhere.assert_empty();
}

/// A second answer that nobody asked for.
#[tokio::test]
async fn only_the_first_answer_counts() {
    let receiver = Receiver::start(async |mut stream| {
        receive(&mut stream).await;
        let both =
            b"HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
        stream.write_all(both).await.unwrap();
    })
    .await;
    assert_eq!(send(&receiver.url()).await.outcome, answered(FailureClass::Status, 500));
    receiver.finish().await;
}
