//! The fakes, called by the SDK's own clients over a socket.

use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use aws_sdk_sesv2::config::retry::RetryConfig;
use aws_sdk_sesv2::error::ProvideErrorMetadata as _;
use aws_sdk_sesv2::operation::send_email::builders::SendEmailFluentBuilder;
use aws_sdk_sesv2::types::{Body, Content, Destination, EmailContent, Message, MessageHeader, MessageTag};
use keyturn_environment::Environment;

use super::faults::FaultCounts;
use super::*;
use crate::environment::variables;
use crate::headless::ManualClock;

/// The fakes, and clients of them without retries.
async fn start() -> (Arc<Fakes>, aws_sdk_sesv2::Client, aws_sdk_eventbridge::Client) {
    let (mails, events) = (Journal::open(None).unwrap(), Journal::open(None).unwrap());
    let fakes = Arc::new(Fakes {
        mails,
        events,
        faults: Faults::default(),
        clock: Arc::new(ManualClock::at("2027-03-01T12:00:00Z".parse().unwrap())),
    });
    let serve = async |router: axum::Router| {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    };
    let (ses, eventbridge) =
        (serve(ses::router(fakes.clone())).await, serve(eventbridge::router(fakes.clone())).await);
    let variables = variables(["", &ses, &eventbridge], "", std::path::Path::new(""));
    let environment =
        Environment::with_variables(variables.into_iter().map(|(name, value)| (name.to_owned(), value)));
    let (retry, sdk) = (RetryConfig::disabled(), environment.sdk());
    let ses = aws_sdk_sesv2::config::Builder::from(sdk).retry_config(retry.clone()).build();
    let eventbridge = aws_sdk_eventbridge::config::Builder::from(sdk).retry_config(retry).build();
    (fakes, aws_sdk_sesv2::Client::from_conf(ses), aws_sdk_eventbridge::Client::from_conf(eventbridge))
}

fn part(text: &str) -> Content {
    Content::builder().data(text).charset("UTF-8").build().unwrap()
}

fn content(body: Body) -> EmailContent {
    EmailContent::builder().simple(Message::builder().subject(part("Grüße")).body(body).build()).build()
}

fn mail(client: &aws_sdk_sesv2::Client) -> SendEmailFluentBuilder {
    client
        .send_email()
        .from_email_address("Keyturn <keyturn@localhost.example>")
        .destination(Destination::builder().to_addresses("ops@example.com").build())
        .content(content(Body::builder().text(part("Hello")).html(part("<p>Hello</p>")).build()))
}

fn message(subject: &str) -> aws_sdk_sesv2::types::builders::MessageBuilder {
    Message::builder().subject(part(subject)).body(Body::builder().text(part("Hello")).build())
}

fn subject(text: &str) -> EmailContent {
    EmailContent::builder().simple(message(text).build()).build()
}

fn header(value: &str) -> EmailContent {
    let header = MessageHeader::builder().name("Auto-Submitted").value(value).build().unwrap();
    EmailContent::builder().simple(message("Hello").headers(header).build()).build()
}

fn tag(name: &str, value: &str) -> MessageTag {
    MessageTag::builder().name(name).value(value).build().unwrap()
}

#[tokio::test]
async fn keeps_a_mail_as_it_was_sent() {
    let (fakes, client, _) = start().await;
    let response = mail(&client).send().await.unwrap();
    let expected = Mail {
        id: response.message_id().unwrap().to_owned(),
        at: "2027-03-01T12:00:00Z".to_owned(),
        from: "Keyturn <keyturn@localhost.example>".to_owned(),
        to: vec!["ops@example.com".to_owned()],
        subject: "Grüße".to_owned(),
        text: Some("Hello".to_owned()),
        html: Some("<p>Hello</p>".to_owned()),
    };
    assert_eq!(fakes.mails.newest_first(), [expected]);
}

#[tokio::test]
async fn refuses_the_mails_that_ses_refuses() {
    let (fakes, client, _) = start().await;
    let to = |address: &str| Some(Destination::builder().to_addresses(address).build());
    for call in [
        mail(&client).set_from_email_address(None),
        mail(&client).set_destination(None),
        mail(&client).set_destination(to("no address")),
        mail(&client).set_content(None),
        mail(&client).content(content(Body::builder().build())),
        mail(&client).content(subject("a\r\nBcc: b")),
        mail(&client).content(subject(&"x".repeat(990))),
        mail(&client).content(subject(&"🔑".repeat(150))),
        mail(&client).email_tags(tag("entry", "a b")),
        mail(&client).email_tags(tag("entry", &"x".repeat(257))),
        mail(&client).content(header(&"x".repeat(871))),
    ] {
        let error = call.send().await.unwrap_err().into_service_error();
        assert!(error.is_bad_request_exception(), "{error:?}");
        assert!(error.message().is_some_and(|message| !message.is_empty()), "{error:?}");
    }
    assert!(fakes.mails.newest_first().is_empty());
}

fn entry(detail: &str) -> PutEventsRequestEntry {
    let entry =
        PutEventsRequestEntry::builder().source("keyturn").detail_type("Token Created").detail(detail);
    entry.event_bus_name("keyturn").build()
}

#[tokio::test]
async fn keeps_valid_entries_and_refuses_the_others() {
    let (fakes, _, client) = start().await;
    let no_source = PutEventsRequestEntry::builder().detail_type("x").detail("{}").build();
    let entries = vec![entry(r#"{"tokenId": "1"}"#), no_source, entry("[1]")];
    let response = client.put_events().set_entries(Some(entries)).send().await.unwrap();
    assert_eq!(response.failed_entry_count(), 2);
    let codes: Vec<_> = response.entries().iter().map(|entry| entry.error_code()).collect();
    assert_eq!(codes, [None, Some("InvalidArgument"), Some("MalformedDetail")]);
    let expected = Event {
        id: response.entries()[0].event_id().unwrap().to_owned(),
        at: "2027-03-01T12:00:00Z".to_owned(),
        source: "keyturn".to_owned(),
        detail_type: "Token Created".to_owned(),
        detail: json!({ "tokenId": "1" }),
        bus: "keyturn".to_owned(),
    };
    assert_eq!(fakes.events.newest_first(), [expected]);
}

#[tokio::test]
async fn refuses_calls_with_too_many_or_too_large_entries() {
    let (fakes, _, client) = start().await;
    let too_many = vec![entry("{}"); 11];
    let too_large = vec![entry(&format!(r#"{{"x":"{}"}}"#, "x".repeat(300 * 1024)))];
    for entries in [too_many, too_large] {
        let error = client.put_events().set_entries(Some(entries)).send().await.unwrap_err();
        assert_eq!(error.into_service_error().code(), Some("ValidationException"));
    }
    assert!(fakes.events.newest_first().is_empty());
}

#[tokio::test]
async fn as_many_calls_fail_as_asked_for() {
    let (fakes, ses, eventbridge) = start().await;
    fakes.faults.set(&FaultCounts { ses: Some(1), eventbridge: Some(1) });
    let throttled = mail(&ses).send().await.unwrap_err().into_service_error();
    assert!(throttled.is_too_many_requests_exception(), "{throttled:?}");
    mail(&ses).send().await.unwrap();
    let publish = || eventbridge.put_events().entries(entry("{}")).send();
    let failed = publish().await.unwrap_err().into_service_error();
    assert!(failed.is_internal_exception(), "{failed:?}");
    publish().await.unwrap();
    assert_eq!((fakes.mails.newest_first().len(), fakes.events.newest_first().len()), (1, 1));
}
