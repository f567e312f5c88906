//! Events published by the SDK's own client to a fake EventBridge that records requests.

mod eventbridge;

use std::time::Duration;

use futures::future::join_all;
use keyturn_application::ports::{Deliver as _, EntryKey, OutboxEntry};
use keyturn_domain::Timestamp;
use keyturn_domain::backoff::Failures;
use keyturn_domain::history::{Action, Actor, HistoryEntry};
use keyturn_domain::settings::Name;
use keyturn_events::EventBridgePublisher;
use serde_json::{Value, json};
use uuid::Uuid;

use eventbridge::{Answer, FakeService, client};

const ENTRY: Uuid = Uuid::from_u128(0x0199_b000_0000_7000_8000_0000_0000_000e);
/// Longer than any request of these tests takes.
const TIMEOUT: Duration = Duration::from_secs(10);
const TOKEN: &str = "0199a3c4-5b6d-7e8f-9012-3456789abcde";

fn entry(action: Action) -> OutboxEntry {
    let entry = HistoryEntry {
        at: "2026-12-11T09:00:00Z".parse().expect("a moment"),
        company: "acme".parse().expect("a company"),
        series: TOKEN.parse().expect("an id"),
        token: TOKEN.parse().expect("an id"),
        name: Name::parse("partner").expect("a name"),
        successor: None,
        actor: Actor::Schedule,
        action,
        mail: None,
        addresses: None,
        request_token: None,
    };
    let key = EntryKey { partition: format!("SERIES#{TOKEN}"), sort: format!("ENTRY#{ENTRY}") };
    OutboxEntry {
        key,
        id: ENTRY,
        pending: entry.channels(),
        entry,
        failures: Failures::default(),
        due_at: Timestamp::UNIX_EPOCH,
        gathered: false,
        is_new: false,
    }
}

fn publisher(eventbridge: &FakeService) -> EventBridgePublisher {
    EventBridgePublisher::new(client(eventbridge, TIMEOUT), "keyturn-bus".to_owned())
}

#[tokio::test]
async fn publishes_source_type_time_and_detail_on_the_bus() {
    let eventbridge = eventbridge::start(Answer::Taken).await;
    publisher(&eventbridge).deliver(&entry(Action::Expired)).await.unwrap();

    let [(target, request)] = eventbridge.received().try_into().expect("one request");
    assert_eq!(target, "AWSEvents.PutEvents");
    let [event] = request["Entries"].as_array().unwrap().as_slice() else { panic!("not one: {request}") };
    assert_eq!(event["Source"], "keyturn");
    assert_eq!(event["DetailType"], "Token Expired");
    assert_eq!(event["EventBusName"], "keyturn-bus");
    assert_eq!(event["Time"].as_f64(), Some(1_796_979_600.0));
    let detail: Value = serde_json::from_str(event["Detail"].as_str().unwrap()).unwrap();
    assert_eq!(
        detail,
        json!({
            "id": ENTRY.to_string(),
            "companyId": "acme",
            "tokenId": TOKEN,
            "seriesId": TOKEN,
            "at": "2026-12-11T09:00:00Z",
            "actor": { "type": "schedule" },
        })
    );
}

#[tokio::test]
async fn publishes_a_copy_as_a_handover_too() {
    let eventbridge = eventbridge::start(Answer::Taken).await;
    for _ in 0..2 {
        publisher(&eventbridge).deliver(&entry(Action::Copied)).await.unwrap();
    }
    let received = eventbridge.received();
    let types: Vec<_> = received.iter().map(|(_, request)| &request["Entries"][0]["DetailType"]).collect();
    assert_eq!(types, ["Token Copied", "Token Handed Over", "Token Copied", "Token Handed Over"]);
    let ids: Vec<_> = received.iter().flat_map(|(_, request)| ids(request)).collect();
    assert_eq!(ids[0], ENTRY.to_string());
    assert!(ids[1] != ids[0] && ids[2..] == ids[..2], "{ids:?}");
}

#[tokio::test]
async fn fails_if_a_200_accepted_nothing() {
    let eventbridge = eventbridge::start(Answer::NotTaken).await;
    let error = publisher(&eventbridge).deliver(&entry(Action::Created)).await.unwrap_err();
    assert_eq!(error.to_string(), "an event was not accepted");
    assert_eq!(eventbridge::causes(&error), "ThrottlingException: Rate exceeded");
}

#[tokio::test]
async fn keeps_the_cause_of_a_failure() {
    for (status, kind) in [(400, "ResourceNotFoundException"), (500, "InternalException")] {
        let eventbridge = eventbridge::start(Answer::Failed { status, kind }).await;
        let error = publisher(&eventbridge).deliver(&entry(Action::Created)).await.unwrap_err();
        assert_eq!(error.to_string(), "an event was not accepted");
        assert!(eventbridge::causes(&error).contains(kind), "{error:?}");
    }
}

#[tokio::test]
async fn fails_after_a_timeout() {
    let eventbridge = eventbridge::start(Answer::Never).await;
    let client = client(&eventbridge, Duration::from_millis(100));
    let publisher = EventBridgePublisher::new(client, "keyturn-bus".to_owned());
    let error = publisher.deliver(&entry(Action::Created)).await.unwrap_err();
    assert_eq!(error.to_string(), "an event was not accepted");
}

#[tokio::test]
async fn fails_without_publishing_if_the_entry_has_no_event() {
    let eventbridge = eventbridge::start(Answer::Taken).await;
    let entry = entry(Action::ExpiryAnnounced { days: 7 });
    let error = publisher(&eventbridge).deliver(&entry).await.unwrap_err();
    assert_eq!(error.to_string(), "the entry has no event");
    assert_eq!(eventbridge.received(), []);
}

fn entry_id(number: u128) -> Uuid {
    Uuid::from_u128(ENTRY.as_u128() + number)
}

/// So many entries with ids of their own.
fn entries(count: u128) -> Vec<OutboxEntry> {
    (0..count).map(|number| OutboxEntry { id: entry_id(number), ..entry(Action::Expired) }).collect()
}

#[tokio::test]
async fn batches_up_to_ten_events_each_once() {
    let eventbridge = eventbridge::start(Answer::Taken).await;
    let (publisher, entries) = (publisher(&eventbridge), entries(45));
    let published = entries.iter().map(|entry| publisher.deliver(entry));
    assert!(join_all(published).await.iter().all(Result::is_ok));

    let calls: Vec<Vec<String>> = eventbridge.received().iter().map(|(_, request)| ids(request)).collect();
    // The first twenty are sent at once; the others wait for the end of a call.
    let mut sizes: Vec<_> = calls.iter().map(Vec::len).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [vec![1; 20], vec![5, 10, 10]].concat());
    let mut published = calls.concat();
    published.sort_unstable();
    let expected: Vec<_> = (0..45).map(|number| entry_id(number).to_string()).collect();
    assert_eq!(published, expected);
}

/// The entries' ids in a request.
fn ids(request: &Value) -> Vec<String> {
    let events = request["Entries"].as_array().expect("entries").iter();
    let detail =
        |event: &Value| event["Detail"].as_str().and_then(|detail| serde_json::from_str(detail).ok());
    let details = events.map(|event| detail(event).expect("a detail as JSON"));
    details.map(|detail: Value| detail["id"].as_str().expect("an id").to_owned()).collect()
}

#[tokio::test]
async fn only_rejected_events_of_a_batch_fail() {
    let eventbridge = eventbridge::start(Answer::TakenBut { detail_type: "Token Copied" }).await;
    let publisher = publisher(&eventbridge);
    let actions = [Action::Created, Action::Expired, Action::Copied, Action::Deactivated, Action::Copied];
    let entries = actions.map(entry);
    let published = join_all(entries.iter().map(|entry| publisher.deliver(entry))).await;
    let taken: Vec<_> = published.iter().map(Result::is_ok).collect();
    assert_eq!(taken, [true, true, false, true, false]);
    assert_eq!(eventbridge::causes(published[2].as_ref().unwrap_err()), "ThrottlingException: Rate exceeded");
}

#[tokio::test]
async fn a_failed_call_fails_each_event_of_its_batch() {
    let eventbridge = eventbridge::start(Answer::Failed { status: 400, kind: "InternalException" }).await;
    let (publisher, entries) = (publisher(&eventbridge), entries(25));
    let published = join_all(entries.iter().map(|entry| publisher.deliver(entry))).await;
    for error in published.iter().map(|published| published.as_ref().unwrap_err()) {
        assert!(eventbridge::causes(error).contains("InternalException"), "{error:?}");
    }
    assert_eq!(eventbridge.received().len(), 21, "twenty alone, and a batch of five");
}

#[tokio::test]
async fn publishes_the_rest_of_a_batch_when_a_caller_gives_up() {
    let eventbridge = eventbridge::start(Answer::Taken).await;
    let (publisher, entries) = (publisher(&eventbridge), entries(2));
    let mut first = Box::pin(publisher.deliver(&entries[0]));
    let mut second = Box::pin(publisher.deliver(&entries[1]));
    assert!(futures::poll!(&mut first).is_pending());
    assert!(futures::poll!(&mut second).is_pending());
    drop(first);
    second.await.unwrap();
}
