//! What counts as an answer of Keyturn.

use axum::Router;
use axum::http::{HeaderMap, HeaderValue, StatusCode};

use super::*;

fn string() -> Secret {
    Secret::token(&format!("kat_{:071}", 1)).unwrap()
}

/// The API at a server that always gives this answer.
async fn answering(status: u16, headers: &[(&'static str, &'static str)], body: Value) -> Keyturn {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(*name, HeaderValue::from_static(value));
    }
    let answer = (StatusCode::from_u16(status).unwrap(), map, body.to_string());
    let answer = async move || answer.clone();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
    Keyturn::new(&address, None, Duration::from_secs(5)).unwrap()
}

fn failure(answer: Answer) -> Failure {
    let Answer::Failed(failure) = answer else { panic!("{answer:?} is no failure") };
    failure
}

#[tokio::test]
async fn only_a_refusal_of_keyturn_itself_is_one() {
    let problem =
        json!({"errorCode": "UNAUTHENTICATED", "detail": "The token expired at 2026-01-01T00:00:00Z."});
    let keyturn = answering(401, &[], problem).await;
    assert!(
        matches!(keyturn.prove(&string()).await, Answer::Refused(reason) if reason.contains("expired at"))
    );
    // A proxy, a redirect, another server
    let found = [("location", "https://elsewhere.example")];
    for (status, headers, body) in [
        (401, &[][..], json!("Unauthorized")),
        (407, &[], Value::Null),
        (302, &found, Value::Null),
        (404, &[], Value::Null),
        (200, &[], json!({"status": "ok"})),
    ] {
        let keyturn = answering(status, headers, body).await;
        for answer in [keyturn.prove(&string()).await, keyturn.look(&string()).await] {
            assert!(failure(answer).what.contains("is the address right?"), "{status}");
        }
    }
}

#[tokio::test]
async fn what_passes_is_tried_again_when_the_server_says() {
    let keyturn = answering(503, &[("retry-after", "90")], Value::Null).await;
    let failure = failure(keyturn.fetch(&string()).await);
    assert_eq!(
        (failure.what.as_str(), failure.retry_after),
        ("answered with 503", TimeDelta::try_seconds(90))
    );
    let nobody = Keyturn::new("http://127.0.0.1:9", None, Duration::from_secs(5)).unwrap();
    let failure = self::failure(nobody.fetch(&string()).await);
    assert!(failure.what.starts_with("no answer"), "{}", failure.what);
    assert_eq!(nobody.calls(), 1);
}

#[tokio::test]
async fn a_fetch_gives_a_string_or_a_reason() {
    let new = format!("kat_{:071}", 2);
    let keyturn = answering(200, &[], json!({"token": new})).await;
    assert!(matches!(keyturn.fetch(&string()).await, Answer::Successor(found) if found.expose() == new));
    let keyturn = answering(200, &[], json!({"token": "kat_short"})).await;
    assert_eq!(failure(keyturn.fetch(&string()).await).what, "the answer holds no token string");
    let early = json!({"errorCode": "RENEWAL_NOT_DUE"});
    let keyturn = answering(409, &[("retry-after", "60")], early).await;
    assert_eq!(keyturn.fetch(&string()).await, Answer::NotDue(TimeDelta::seconds(60)));
    let by_hand = json!({"errorCode": "ALREADY_RENEWED", "detail": "Not done: it was renewed."});
    let keyturn = answering(409, &[], by_hand).await;
    assert!(matches!(keyturn.fetch(&string()).await, Answer::Conflict(_)));
    let request = Secret::new("krt_x".to_owned());
    for status in [403, 404, 410] {
        let keyturn = answering(status, &[], json!({"errorCode": "X"})).await;
        assert_eq!(keyturn.redeem(&string(), &request).await, Answer::Dead, "{status}");
    }
}

#[tokio::test]
async fn the_difference_of_the_clocks_is_known() {
    let date = [("date", "Tue, 31 Dec 2999 23:59:59 GMT")];
    let problem = json!({"errorCode": "UNAUTHENTICATED", "detail": ""});
    let keyturn = answering(401, &date, problem).await;
    assert_eq!(keyturn.skew(), 0);
    keyturn.prove(&string()).await;
    assert!(keyturn.skew() > 600, "{}", keyturn.skew());
}
