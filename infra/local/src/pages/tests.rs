//! The stack's own routes, without a socket.

use anyhow::Result;
use async_trait::async_trait;
use axum::body::Body;
use axum::http::{Method, Request};
use chrono::{DateTime, Utc};
use keyturn_application::sweep::Summary;
use lambda_http::Service as _;
use serde_json::json;

use super::*;
use crate::fakes::{eventbridge::Event, faults::Faults, ses::Mail};
use crate::journal::Journal;
use crate::time::clock::Mode;
use crate::time::schedule::ScheduledFunction;

struct Idle;

#[async_trait]
impl ScheduledFunction for Idle {
    async fn run(&self) -> Result<Summary> {
        Ok(Summary { renewed: 1, ..Summary::default() })
    }

    async fn next_due_after(&self, _: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
        Ok(None)
    }
}

/// Calls a route of a stack with a mail and an event; returns status, content type and body.
async fn call(method: Method, path: &str, accept: &str, body: &str) -> (StatusCode, String, String) {
    let clock = Arc::new(TestClock::open(Mode::Running, None).unwrap());
    let mail = Mail {
        id: "1".to_owned(),
        at: "2027-03-01T12:00:00Z".to_owned(),
        from: "keyturn@localhost.example".to_owned(),
        to: vec!["ops@example.com".to_owned()],
        subject: "<b>renewed</b>".to_owned(),
        text: Some("a & b".to_owned()),
        html: Some("<p title=\"x\">renewed</p>".to_owned()),
    };
    let event = Event {
        id: "2".to_owned(),
        at: "2027-03-01T12:00:01Z".to_owned(),
        source: "keyturn".to_owned(),
        detail_type: "Token Renewed".to_owned(),
        detail: json!({ "tokenId": "<i>" }),
        bus: "keyturn".to_owned(),
    };
    let (mails, events) = (Journal::open(None).unwrap(), Journal::open(None).unwrap());
    mails.append(&[mail]).unwrap();
    events.append(&[event]).unwrap();
    let fakes = Fakes { mails, events, faults: Faults::default(), clock: Arc::<TestClock>::clone(&clock) };
    let schedule = Arc::new(Schedule::new(Arc::clone(&clock), Box::new(Idle)));
    let mut router = router(Local { schedule, clock, stream: None, fakes: Arc::new(fakes) });
    let request = Request::builder().method(method).uri(path).header("accept", accept);
    let response = router.call(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
    let kind = response.headers().get(header::CONTENT_TYPE).map(|value| value.to_str().unwrap().to_owned());
    let status = response.status();
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, kind.unwrap_or_default(), String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn pages_escape_everything() {
    let page = async |path| {
        let (status, kind, text) = call(Method::GET, path, "text/html,*/*;q=0.8", "").await;
        assert_eq!((status, kind.as_str()), (StatusCode::OK, "text/html; charset=utf-8"));
        text
    };
    let mails = page("/_local/mails").await;
    assert!(mails.contains("a &#38; b") && mails.contains("&#60;b&#62;renewed"), "{mails}");
    assert!(mails.contains("srcdoc=\"&#60;p title=&#34;x&#34;&#62;renewed&#60;/p&#62;\""), "{mails}");
    assert!(mails.contains("<iframe sandbox "), "{mails}");
    assert!(!page("/_local/events").await.contains("<i>"));
    assert!(page("/_local").await.contains("href=\"/_local/mails\""));
}

#[tokio::test]
async fn a_wrong_advance_is_explained() {
    for body in [
        "",
        "{}",
        "[]",
        r#"{"seconds":-1}"#,
        r#"{"seconds":1.5}"#,
        r#"{"seconds":"1"}"#,
        r#"{"seconds":99999999999}"#,
        r#"{"seconds":1,"x":2}"#,
    ] {
        let (status, kind, text) = call(Method::POST, "/_local/clock/advance", "*/*", body).await;
        assert_eq!((status, kind.as_str()), (StatusCode::BAD_REQUEST, "application/problem+json"), "{body}");
        assert!(text.contains("seconds"), "{text}");
    }
}

#[tokio::test]
async fn the_other_routes_respond() {
    for (method, path, body, expected) in [
        (Method::GET, "/_local/health", "", StatusCode::OK),
        (Method::POST, "/_local/sweep", "", StatusCode::OK),
        (Method::POST, "/_local/faults", r#"{"ses":2}"#, StatusCode::OK),
        (Method::POST, "/_local/clock/advance", r#"{"seconds":7200}"#, StatusCode::OK),
        (Method::GET, "/_local/sweep", "", StatusCode::METHOD_NOT_ALLOWED),
        (Method::GET, "/", "", StatusCode::TEMPORARY_REDIRECT),
    ] {
        assert_eq!(call(method, path, "*/*", body).await.0, expected, "{path}");
    }
}
