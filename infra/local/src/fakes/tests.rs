//! The stand-ins driven by the SDK's own clients, over a socket.

use std::sync::Arc;

use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use aws_sdk_sesv2::{
    config::{BehaviorVersion, Credentials, Region, retry::RetryConfig},
    error::ProvideErrorMetadata as _,
    types::{Body, Content, Destination, EmailContent, Message},
};
use chrono::{DateTime, Utc};
use keyturn_application::Clock;

use super::{
    eventbridge::{self, Event, EventBridge},
    faults::{FaultCounts, Faults},
    ses::{self, Mail, Ses},
};
use crate::files::journal::Journal;

/// Stands still.
struct Noon;

impl Clock for Noon {
    fn now(&self) -> DateTime<Utc> {
        "2027-03-01T12:00:00Z".parse().unwrap()
    }
}

async fn serve(router: axum::Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

async fn ses() -> (aws_sdk_sesv2::Client, Arc<Journal<Mail>>, Arc<Faults>) {
    let (mails, faults) = (Arc::new(Journal::in_memory()), Arc::new(Faults::default()));
    let service = Ses { mails: Arc::clone(&mails), clock: Arc::new(Noon), faults: Arc::clone(&faults) };
    let config = aws_sdk_sesv2::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(serve(ses::router(service)).await)
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("a", "b", None, None, "test"))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .retry_config(RetryConfig::disabled())
        .build();
    (aws_sdk_sesv2::Client::from_conf(config), mails, faults)
}

async fn eventbridge() -> (aws_sdk_eventbridge::Client, Arc<Journal<Event>>, Arc<Faults>) {
    let (events, faults) = (Arc::new(Journal::in_memory()), Arc::new(Faults::default()));
    let service =
        EventBridge { events: Arc::clone(&events), clock: Arc::new(Noon), faults: Arc::clone(&faults) };
    let config = aws_sdk_eventbridge::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(serve(eventbridge::router(service)).await)
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("a", "b", None, None, "test"))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .retry_config(RetryConfig::disabled())
        .build();
    (aws_sdk_eventbridge::Client::from_conf(config), events, faults)
}

fn part(text: &str) -> Content {
    Content::builder().data(text).charset("UTF-8").build().unwrap()
}

fn content() -> EmailContent {
    let body = Body::builder().text(part("Hello")).html(part("<p>Hello</p>")).build();
    EmailContent::builder().simple(Message::builder().subject(part("Grüße")).body(body).build()).build()
}

#[tokio::test]
async fn a_mail_is_kept_as_it_was_sent() {
    let (client, mails, _) = ses().await;
    let answer = client
        .send_email()
        .from_email_address("Keyturn <keyturn@localhost.example>")
        .destination(Destination::builder().to_addresses("ops@example.com").build())
        .content(content())
        .send()
        .await
        .unwrap();
    let kept = mails.newest_first();
    assert_eq!(kept.len(), 1);
    assert_eq!(Some(kept[0].id.as_str()), answer.message_id());
    assert_eq!(kept[0].at, "2027-03-01T12:00:00Z");
    assert_eq!(kept[0].to, ["ops@example.com"]);
    assert_eq!(kept[0].subject, "Grüße");
    assert_eq!(kept[0].text.as_deref(), Some("Hello"));
    assert_eq!(kept[0].html.as_deref(), Some("<p>Hello</p>"));
}

#[tokio::test]
async fn a_mail_that_ses_refuses_is_refused() {
    let (client, mails, _) = ses().await;
    let to = |address: &str| Destination::builder().to_addresses(address).build();
    let from = "keyturn@localhost.example";
    let send = || client.send_email();
    let no_recipient = Destination::builder().build();
    let no_body = Message::builder().subject(part("x")).body(Body::builder().build()).build();
    for call in [
        send().destination(to("ops@example.com")).content(content()),
        send().from_email_address(from).content(content()),
        send().from_email_address(from).destination(no_recipient).content(content()),
        send().from_email_address(from).destination(to("no address")).content(content()),
        send().from_email_address(from).destination(to("ops@example.com")),
        send()
            .from_email_address(from)
            .destination(to("ops@example.com"))
            .content(EmailContent::builder().simple(no_body).build()),
    ] {
        let error = call.send().await.unwrap_err().into_service_error();
        assert!(error.is_bad_request_exception(), "{error:?}");
        assert!(error.message().is_some_and(|message| !message.is_empty()), "{error:?}");
    }
    assert!(mails.newest_first().is_empty());
}

#[tokio::test]
async fn mails_are_throttled_when_asked_for() {
    let (client, mails, faults) = ses().await;
    faults.set(&FaultCounts { ses: Some(1), eventbridge: None });
    let send = || {
        client
            .send_email()
            .from_email_address("a@example.com")
            .destination(Destination::builder().to_addresses("b@example.com").build())
            .content(content())
            .send()
    };
    assert!(send().await.unwrap_err().into_service_error().is_too_many_requests_exception());
    assert!(send().await.is_ok());
    assert_eq!(mails.newest_first().len(), 1);
}

fn entry(detail: &str) -> PutEventsRequestEntry {
    PutEventsRequestEntry::builder()
        .source("keyturn")
        .detail_type("Token Created")
        .detail(detail)
        .event_bus_name("keyturn")
        .build()
}

#[tokio::test]
async fn good_entries_are_kept_although_others_are_refused() {
    let (client, events, _) = eventbridge().await;
    let no_source = PutEventsRequestEntry::builder().detail_type("x").detail("{}").build();
    let answer = client
        .put_events()
        .entries(entry(r#"{"tokenId": "1"}"#))
        .entries(no_source)
        .entries(entry("[1]"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.failed_entry_count(), 2);
    let kept = events.newest_first();
    assert_eq!(answer.entries()[0].event_id(), Some(kept[0].id.as_str()));
    assert_eq!(answer.entries()[1].error_code(), Some("InvalidArgument"));
    assert_eq!(answer.entries()[2].error_code(), Some("MalformedDetail"));
    assert_eq!(kept.len(), 1);
    assert_eq!((kept[0].source.as_str(), kept[0].bus.as_str()), ("keyturn", "keyturn"));
    assert_eq!(kept[0].detail_type, "Token Created");
    assert_eq!(kept[0].detail, serde_json::json!({ "tokenId": "1" }));
}

#[tokio::test]
async fn a_call_of_too_many_or_too_large_entries_is_refused() {
    let (client, events, _) = eventbridge().await;
    let too_many = (0..11).map(|_| entry("{}")).collect();
    let too_large = vec![entry(&format!(r#"{{"x":"{}"}}"#, "x".repeat(300 * 1024)))];
    for entries in [too_many, too_large] {
        let error = client.put_events().set_entries(Some(entries)).send().await.unwrap_err();
        assert_eq!(error.into_service_error().code(), Some("ValidationException"));
    }
    assert!(events.newest_first().is_empty());
}

#[tokio::test]
async fn publishing_fails_when_asked_for() {
    let (client, events, faults) = eventbridge().await;
    faults.set(&FaultCounts { ses: None, eventbridge: Some(1) });
    let error = client.put_events().entries(entry("{}")).send().await.unwrap_err();
    assert!(error.into_service_error().is_internal_exception());
    assert!(events.newest_first().is_empty());
}
