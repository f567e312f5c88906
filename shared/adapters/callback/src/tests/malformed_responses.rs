//! Responses at the edge of HTTP: interim responses, chunks, contradictory lengths, encodings, long or malformed heads.

use keyturn_domain::delivery::FailureClass;

use super::receiver::answering;
use super::{Outcome, answered, outcome, send, unanswered};

const NOT_HTTP: Outcome = unanswered(FailureClass::Connection);
const HEAD_TOO_LARGE: Outcome = unanswered(FailureClass::TooLarge);
const BODY_TOO_LARGE: Outcome = answered(FailureClass::TooLarge, 200);
const BROKEN_BODY: Outcome = answered(FailureClass::Connection, 200);

#[tokio::test]
async fn skips_interim_responses() {
    for interim in ["100 Continue", "103 Early Hints\r\nlink: </x>; rel=preload", "199 Whatever"] {
        let answer = format!("HTTP/1.1 {interim}\r\n\r\n").repeat(20) + "HTTP/1.1 204 No Content\r\n\r\n";
        assert_eq!(outcome(answer).await, Ok(204), "{interim:?}");
    }
}

/// A gibibyte of zeros, compressed three times.
const BOMB: [u8; 265] = *include_bytes!("bomb.gz");

#[tokio::test]
async fn never_decompresses() {
    for encoding in ["gzip, gzip, gzip", "gzip", "deflate", "br", "zstd", "unknown"] {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-encoding: {encoding}\r\ncontent-length: 265\r\n\r\n");
        let receiver = answering([head.as_bytes(), &BOMB].concat()).await;
        let report = send(&receiver.url()).await;
        assert_eq!(report.outcome, Ok(200), "{encoding}");
        assert!(report.duration_ms < 2_000, "{encoding}");
        assert_eq!(receiver.finish().await.header("accept-encoding"), None);
    }
}

#[tokio::test]
async fn chunks() {
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    for (body, expected) in [
        ("0\r\n\r\n", Ok(200)),
        ("2;name=value\r\nok\r\n0;last\r\n\r\n", Ok(200)),
        ("0000000000000002\r\nok\r\n0\r\n\r\n", Ok(200)),
        ("2\r\nok\r\n0\r\ntrailer: yes\r\n\r\n", Ok(200)),
        // Bytes after the end are never read: the connection is closed.
        ("2\r\nok\r\n0\r\n\r\nHTTP/1.1 500 Oops\r\n\r\n", Ok(200)),
        ("2\r\nok\r\n", BROKEN_BODY),
        ("-2\r\nok\r\n0\r\n\r\n", BROKEN_BODY),
        ("two\r\nok\r\n0\r\n\r\n", BROKEN_BODY),
        ("2\nok\n0\n\n", BROKEN_BODY),
        ("3\r\nok\r\n0\r\n\r\n", BROKEN_BODY),
        ("1\r\nok\r\n0\r\n\r\n", BROKEN_BODY),
        ("10000000000000000\r\nok\r\n0\r\n\r\n", BROKEN_BODY),
    ] {
        assert_eq!(outcome(format!("{chunked}{body}")).await, expected, "{body:?}");
    }
    let claims_much = format!("{chunked}ffffffffffffffff\r\n{}", "x".repeat(70_000));
    assert_eq!(outcome(claims_much).await, BODY_TOO_LARGE);
    let long_extension = format!("{chunked}2;{}\r\nok\r\n0\r\n\r\n", "x".repeat(100_000));
    assert_eq!(outcome(long_extension).await, BROKEN_BODY);
}

#[tokio::test]
async fn content_lengths() {
    for (lengths, expected) in [
        ("content-length: 2\r\ncontent-length: 2", Ok(200)),
        ("content-length: 2\r\ncontent-length: 3", NOT_HTTP),
        ("content-length: 2, 3", NOT_HTTP),
        ("content-length: -2", NOT_HTTP),
        ("content-length: ", NOT_HTTP),
        ("content-length: 99999999999999999999", NOT_HTTP),
        ("content-length: 18446744073709551615", HEAD_TOO_LARGE),
        ("content-length: 9223372036854775807", BODY_TOO_LARGE),
        ("content-length: 65537", BODY_TOO_LARGE),
        ("content-length: 3", BROKEN_BODY),
        // Bytes beyond the length are ignored.
        ("content-length: 1", Ok(200)),
    ] {
        let answer = format!("HTTP/1.1 200 OK\r\n{lengths}\r\n\r\nok");
        assert_eq!(outcome(answer).await, expected, "{lengths:?}");
    }
    // Two readers could see the end in two places; only the status counts here, and nothing follows.
    for head in [
        "transfer-encoding: chunked\r\ncontent-length: 4",
        "content-length: 99999\r\ntransfer-encoding: chunked",
    ] {
        let answer = format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n2\r\nok\r\n0\r\n\r\n");
        assert_eq!(outcome(answer).await, Ok(200), "{head:?}");
    }
}

#[tokio::test]
async fn heads() {
    for (head, expected) in [
        ("HTTP/1.0 200 OK\r\n", Ok(200)),
        ("HTTP/1.1 200\r\n", Ok(200)),
        ("HTTP/1.1 200 Größe\r\nx: \u{85}ü\r\n", Ok(200)),
        ("HTTP/1.1 999 X\r\n", answered(FailureClass::Status, 999)),
        ("HTTP/1.1 000 X\r\n", NOT_HTTP),
        ("HTTP/1.1 1000 X\r\n", NOT_HTTP),
        ("HTTP/1.1 twohundred\r\n", NOT_HTTP),
        ("HTTP/0.9\r\n", NOT_HTTP),
        ("HTTP/2 200 OK\r\n", NOT_HTTP),
        ("http/1.1 200 OK\r\n", NOT_HTTP),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n", NOT_HTTP),
        ("SSH-2.0-OpenSSH_9.2\r\n", NOT_HTTP),
        ("\0\0\0\r\n", NOT_HTTP),
        ("HTTP/1.1 200 OK\r\nno colon\r\n", NOT_HTTP),
        ("HTTP/1.1 200 OK\r\n: no name\r\n", NOT_HTTP),
        ("HTTP/1.1 200 OK\r\nspace : before\r\n", NOT_HTTP),
        ("HTTP/1.1 200 OK\r\nfolded: a\r\n b\r\n", NOT_HTTP),
        ("HTTP/1.1 200 OK\r\nnull: \0\r\n", NOT_HTTP),
    ] {
        let answer = format!("{head}content-length: 0\r\n\r\n");
        assert_eq!(outcome(answer).await, expected, "{head:?}");
    }
}

#[tokio::test]
async fn reads_a_head_up_to_16_kib() {
    let head = |padding: usize| {
        format!("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nx: {}\r\n\r\n", "x".repeat(padding))
    };
    assert_eq!(outcome(head(15_000)).await, Ok(200));
    assert_eq!(outcome(head(20_000)).await, HEAD_TOO_LARGE);
    let many = format!("HTTP/1.1 200 OK\r\n{}content-length: 0\r\n\r\n", "a: b\r\n".repeat(2_000));
    assert_eq!(outcome(many).await, HEAD_TOO_LARGE);
}
