//! The stack's own routes, without a socket and with a scheduled function that does nothing.

use async_trait::async_trait;
use axum::{
    body::Body,
    http::{Method, Request, StatusCode},
};
use chrono::{DateTime, Utc};
use keyturn_application::sweep::Summary;
use lambda_http::Service;
use serde_json::{Value, json};

use super::*;
use crate::time::{clock::Unmoved, schedule::Sweeping};

struct Idle;

#[async_trait]
impl Sweeping for Idle {
    async fn run(&self) -> Result<Summary, String> {
        Ok(Summary { renewed: 1, ..Summary::default() })
    }

    async fn next_due_after(&self, _: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, String> {
        Ok(None)
    }
}

struct Pages(Router);

impl Pages {
    fn new() -> Self {
        let clock = Arc::new(TestClock::open(Unmoved::Runs, None).unwrap());
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
        let (mails, events) = (Journal::in_memory(), Journal::in_memory());
        mails.append(&[mail]).unwrap();
        events.append(&[event]).unwrap();
        Self(router(Local {
            schedule: Arc::new(Schedule::new(Arc::clone(&clock), Box::new(Idle))),
            clock,
            sent: Sent {
                mails: Arc::new(mails),
                events: Arc::new(events),
                faults: Arc::new(Faults::default()),
            },
            has_console: false,
        }))
    }

    async fn call(
        &mut self,
        method: Method,
        path: &str,
        accept: &str,
        body: &str,
    ) -> (StatusCode, String, String) {
        let request = Request::builder().method(method).uri(path).header("accept", accept);
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let response = self.0.call(request).await.unwrap();
        let kind =
            response.headers().get(header::CONTENT_TYPE).map(|value| value.to_str().unwrap().to_owned());
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, kind.unwrap_or_default(), String::from_utf8(body.to_vec()).unwrap())
    }

    async fn json(&mut self, method: Method, path: &str, body: &str) -> (StatusCode, Value) {
        let (status, _, text) = self.call(method, path, "application/json", body).await;
        (status, serde_json::from_str(&text).unwrap())
    }

    async fn page(&mut self, path: &str) -> String {
        let (status, kind, text) = self.call(Method::GET, path, "text/html,*/*;q=0.8", "").await;
        assert_eq!((status, kind.as_str()), (StatusCode::OK, "text/html; charset=utf-8"));
        text
    }
}

#[tokio::test]
async fn mails_and_events_are_json_for_a_program() {
    let mut pages = Pages::new();
    let (_, mails) = pages.json(Method::GET, "/_local/mails", "").await;
    assert_eq!(mails[0]["to"], json!(["ops@example.com"]));
    assert_eq!(mails[0]["html"], "<p title=\"x\">renewed</p>");
    let (_, events) = pages.json(Method::GET, "/_local/events", "").await;
    assert_eq!(events[0]["detailType"], "Token Renewed");
    assert_eq!(events[0]["detail"]["tokenId"], "<i>");
}

#[tokio::test]
async fn pages_escape_everything() {
    let mut pages = Pages::new();
    let mails = pages.page("/_local/mails").await;
    assert!(mails.contains("a &#38; b") && mails.contains("&#60;b&#62;renewed"), "{mails}");
    assert!(mails.contains("srcdoc=\"&#60;p title=&#34;x&#34;&#62;renewed&#60;/p&#62;\""), "{mails}");
    assert!(mails.contains("<iframe sandbox "), "{mails}");
    assert!(!pages.page("/_local/events").await.contains("<i>"));
    assert!(pages.page("/_local").await.contains("href=\"/_local/mails\""));
}

#[tokio::test]
async fn the_clock_moves_and_answers_with_the_totals() {
    let mut pages = Pages::new();
    let seconds =
        |answer: &Value| answer["now"].as_str().unwrap().parse::<DateTime<Utc>>().unwrap().timestamp();
    let (_, before) = pages.json(Method::GET, "/_local/clock", "").await;
    let (status, advanced) = pages.json(Method::POST, "/_local/clock/advance", r#"{"seconds":7200}"#).await;
    assert_eq!(status, StatusCode::OK);
    assert!((7_200..7_260).contains(&(seconds(&advanced) - seconds(&before))));
    assert_eq!((&advanced["sweeps"], &advanced["renewed"]), (&json!(1), &json!(1)));
}

#[tokio::test]
async fn a_bad_advance_is_explained() {
    let mut pages = Pages::new();
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
        let (status, kind, text) = pages.call(Method::POST, "/_local/clock/advance", "*/*", body).await;
        assert_eq!((status, kind.as_str()), (StatusCode::BAD_REQUEST, "application/problem+json"), "{body}");
        assert!(text.contains("seconds"), "{text}");
    }
}

#[tokio::test]
async fn the_other_routes_answer() {
    let mut pages = Pages::new();
    let health = pages.json(Method::GET, "/_local/health", "").await;
    assert_eq!(health, (StatusCode::OK, json!({ "status": "ok" })));
    let (status, swept) = pages.json(Method::POST, "/_local/sweep", "").await;
    assert_eq!((status, &swept["renewed"]), (StatusCode::OK, &json!(1)));
    let faults = pages.json(Method::POST, "/_local/faults", r#"{"ses":2}"#).await;
    assert_eq!(faults, (StatusCode::OK, json!({ "ses": 2, "eventbridge": 0 })));
    let (status, _) = pages.json(Method::GET, "/_local/sweep", "").await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
    let (status, ..) = pages.call(Method::GET, "/", "*/*", "").await;
    assert_eq!(status, StatusCode::TEMPORARY_REDIRECT);
}
