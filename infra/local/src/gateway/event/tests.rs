//! Events, read with the runtime's own types.

use lambda_http::{Body, Request, RequestExt, request::LambdaRequest};

use super::*;

fn parts(query: &str, headers: &[(&str, &str)]) -> Parts {
    let request =
        axum::http::Request::post(if query.is_empty() { "/".to_owned() } else { format!("/?{query}") });
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    request.body(()).unwrap().into_parts().0
}

fn event(parts: &Parts, path: &str, body: &[u8]) -> Value {
    let route = Found {
        key: "POST /apiAccessTokens/{id}".to_owned(),
        function: "f",
        parameters: vec![("id".to_owned(), "a b".to_owned())],
    };
    let incoming = Incoming {
        parts,
        path,
        body,
        peer: "[::ffff:127.0.0.1]:5000".parse().unwrap(),
        port: 8080,
        id: "id-1",
        now: "2027-03-01T12:00:00.5Z".parse().unwrap(),
    };
    build(&incoming, &route)
}

/// What a function gets for the event.
fn read(event: &Value) -> Request {
    serde_json::from_str::<LambdaRequest>(&event.to_string()).unwrap().into()
}

#[test]
fn repeated_headers_are_joined_and_cookies_listed() {
    let headers = [
        ("host", "127.0.0.1:8080"),
        ("accept", "a/b"),
        ("accept", "c/d"),
        ("cookie", "x=1; y=2"),
        ("connection", "close"),
        ("x-forwarded-for", "192.0.2.1"),
        ("x-forwarded-proto", "odd value"),
    ];
    let parts = parts("", &headers);
    let event = event(&parts, "/apiAccessTokens/a b", b"");
    assert_eq!(event["headers"]["accept"], "a/b,c/d");
    assert_eq!(event["cookies"], json!(["x=1", "y=2"]));
    assert_eq!(event["headers"]["x-forwarded-for"], "192.0.2.1, 127.0.0.1");
    assert_eq!(event["headers"]["x-forwarded-proto"], "http");
    assert!(event["headers"].get("cookie").is_none() && event["headers"].get("connection").is_none());
    assert!(event.get("body").is_none());
    assert_eq!(read(&event).headers()["cookie"], "x=1; y=2");
}

#[test]
fn the_context_describes_the_request() {
    let event = event(&parts("", &[("user-agent", "curl")]), "/apiAccessTokens/a b", b"");
    for (pointer, expected) in [
        ("/version", json!("2.0")),
        ("/routeKey", json!("POST /apiAccessTokens/{id}")),
        ("/rawPath", json!("/apiAccessTokens/a b")),
        ("/requestContext/http/method", json!("POST")),
        ("/requestContext/http/sourceIp", json!("127.0.0.1")),
        ("/requestContext/http/userAgent", json!("curl")),
        ("/requestContext/http/protocol", json!("HTTP/1.1")),
        ("/requestContext/time", json!("01/Mar/2027:12:00:00 +0000")),
        ("/requestContext/timeEpoch", json!(1_803_902_400_500_i64)),
        ("/requestContext/stage", json!("$default")),
        ("/requestContext/requestId", json!("id-1")),
    ] {
        assert_eq!(event.pointer(pointer), Some(&expected), "{pointer}");
    }
}

#[test]
fn path_parameters_arrive_decoded() {
    let request = read(&event(&parts("", &[("host", "localhost:1")]), "/apiAccessTokens/a b", b""));
    assert_eq!(request.path_parameters().first("id"), Some("a b"));
    assert_eq!(request.raw_http_path(), "/apiAccessTokens/a b");
}

#[test]
fn queries_keep_duplicates_and_encoded_characters() {
    let event = event(&parts("a=1&b=x%26y&a=2&c=p+q&d", &[]), "/", b"");
    let expected = json!({ "a": "1,2", "b": "x&y", "c": "p q", "d": "" });
    assert_eq!(event["queryStringParameters"], expected);
    assert_eq!(event["rawQueryString"], "a=1&b=x%26y&a=2&c=p+q&d");
    let request = read(&event);
    assert_eq!(request.query_string_parameters().all("a"), Some(vec!["1", "2"]));
    assert_eq!(request.query_string_parameters().first("b"), Some("x&y"));
}

#[test]
fn sends_text_as_text_and_everything_else_as_base64() {
    let json_type = ("content-type", "application/json; charset=utf-8");
    for (headers, body, encoded) in [
        (vec![json_type], "{\"a\":\"ü\"}".as_bytes(), false),
        (vec![], b"plain".as_slice(), false),
        (vec![("content-type", "application/merge-patch+json")], b"{}".as_slice(), false),
        (vec![("content-type", "application/x-www-form-urlencoded")], b"token=1".as_slice(), true),
        (vec![("content-type", "application/octet-stream")], b"x".as_slice(), true),
        (vec![json_type, ("content-encoding", "gzip")], b"x".as_slice(), true),
        (vec![json_type], b"\xff\x00".as_slice(), true),
    ] {
        let event = event(&parts("", &headers), "/", body);
        assert_eq!(event["isBase64Encoded"], encoded, "{headers:?}");
        let received = read(&event).into_body();
        assert_eq!(received.as_ref(), body, "{headers:?}");
        assert_eq!(matches!(received, Body::Binary(_)), encoded, "{headers:?}");
    }
}

#[test]
fn detects_a_host_that_no_url_can_contain() {
    for (host, valid) in
        [("127.0.0.1:8080", true), ("[::1]:80", true), ("a b", false), ("a/b", false), ("", false)]
    {
        let headers = parts("", &[("host", host)]).headers;
        assert_eq!(has_valid_host(&headers), valid, "{host}");
    }
    assert!(has_valid_host(&HeaderMap::new()));
}
