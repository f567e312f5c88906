//! New entries are delivered as the table's stream reports them, by whoever takes them up first.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use keyturn_application::deliver::{DeliverNew, Delivered, MailLane};
use keyturn_application::outbox::{Adapters, Outbox};
use keyturn_application::ports::{Deliver, DeliveryOutcome, DueStore as _, EntryKey, OutboxEntry};
use keyturn_application::{Clock, Context, PortError, Randomness};
use keyturn_domain::Timestamp;
use keyturn_domain::channel::Channel;
use keyturn_domain::history::{Action, HistoryEntry};
use keyturn_domain::mail::{Mail, Notice};
use keyturn_domain::settings::MailAddress;
use keyturn_dynamodb::StreamEvent;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::Store;
use crate::support::make::{birth, calling, create, entry, hours};

struct Standing;

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        birth()
    }
}

impl Randomness for Standing {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

/// Notes what it's given, or fails.
#[derive(Default)]
struct Noting {
    delivered: Mutex<Vec<Uuid>>,
    fails: bool,
}

#[async_trait]
impl Deliver for Noting {
    async fn deliver(&self, entry: &OutboxEntry) -> Result<DeliveryOutcome, PortError> {
        if self.fails {
            return Err(PortError::bare("it fails"));
        }
        self.delivered.lock().unwrap().push(entry.id);
        Ok(DeliveryOutcome::Delivered)
    }
}

fn deliver_new(store: &Store, events: &Arc<Noting>, mails: &Arc<Noting>) -> DeliverNew {
    let table = Arc::new(store.table.clone());
    let adapters = Adapters::new(|channel| match channel {
        Channel::Event => events.clone(),
        Channel::Mail => mails.clone(),
    });
    let context = Context::new(Arc::new(Standing), Arc::new(Standing));
    let outbox = Outbox { adapters, due: table.clone(), tokens: table, mail_limits: None, context };
    DeliverNew { outbox, mails: MailLane::default() }
}

fn with_mail() -> HistoryEntry {
    let recipient = MailAddress::parse("ops@example.com").unwrap();
    let mail = Some(Mail { recipient, copy_to: None, notice: Notice::Expired { at: birth() } });
    HistoryEntry { mail, ..entry(Action::Expired) }
}

async fn run(deliver: &DeliverNew, keys: &[&EntryKey]) -> Delivered {
    deliver.run(keys.iter().map(|key| (*key).clone()).collect(), &|| true).await
}

#[tokio::test]
async fn the_stream_reports_each_new_entry_once() {
    let store = Store::start().await;
    let stream = store.enable_stream();
    let created = store.write(create(calling(), 1)).await;
    let entry = store.key(&created);
    store.acknowledge(&entry).await;
    let event: StreamEvent =
        serde_json::from_value(json!({ "Records": store.stream_records(&stream) })).unwrap();
    assert_eq!(event.new_entries(), [entry]);
}

#[tokio::test]
async fn a_batch_that_is_repeated_delivers_nothing_again() {
    let store = Store::start().await;
    let (events, mails) = (Arc::new(Noting::default()), Arc::new(Noting::default()));
    let key = store.write_entry(with_mail(), birth()).await;
    let deliver = deliver_new(&store, &events, &mails);
    let keys = [&key];
    let (first, second) = tokio::join!(run(&deliver, &keys), run(&deliver, &keys));
    assert_eq!(first.taken + second.taken, 1);
    assert_eq!(run(&deliver, &[&key]).await, Delivered::default());
    for channel in [&events, &mails] {
        assert_eq!(channel.delivered.lock().unwrap().len(), 1);
    }
    assert_eq!(store.due(birth() + hours(24)).await, []);
}

#[tokio::test]
async fn an_entry_that_the_sweep_has_taken_up_is_left_to_it() {
    let store = Store::start().await;
    let (events, mails) = (Arc::new(Noting::default()), Arc::new(Noting::default()));
    let key = store.write_entry(with_mail(), birth() + hours(1)).await;
    assert_eq!(run(&deliver_new(&store, &events, &mails), &[&key]).await, Delivered::default());
    assert_eq!(store.table.outbox_entry(&key).await.unwrap().unwrap().due_at, birth() + hours(1));
}

#[tokio::test]
async fn a_mail_service_that_fails_is_left_to_the_schedule() {
    let store = Store::start().await;
    let events = Arc::new(Noting::default());
    let mails = Arc::new(Noting { fails: true, ..Noting::default() });
    let keys = [store.write_entry(with_mail(), birth()).await, store.write_entry(with_mail(), birth()).await];
    let delivered = run(&deliver_new(&store, &events, &mails), &keys.each_ref()).await;
    assert_eq!(delivered, Delivered { taken: 2, events: 2, mails: 0, left: 2 });
    let mut failures = Vec::new();
    for key in &keys {
        let left = store.table.outbox_entry(key).await.unwrap().unwrap();
        assert_eq!(left.pending.iter().collect::<Vec<_>>(), [Channel::Mail]);
        failures.push((left.failures.count, left.due_at > birth()));
    }
    failures.sort_unstable();
    // The second one was not tried.
    assert_eq!(failures, [(0, false), (1, true)]);
}

#[tokio::test]
async fn without_time_left_nothing_is_taken_up() {
    let store = Store::start().await;
    let (events, mails) = (Arc::new(Noting::default()), Arc::new(Noting::default()));
    let key = store.write_entry(with_mail(), birth()).await;
    let left = deliver_new(&store, &events, &mails).run(vec![key.clone()], &|| false).await;
    assert_eq!(left, Delivered { left: 1, ..Delivered::default() });
    assert_eq!(store.table.outbox_entry(&key).await.unwrap().unwrap().due_at, birth());
}

#[test]
fn other_changes_are_no_new_entries() {
    let record = |name: &str, sort: &str| -> Value {
        json!({"eventName": name, "dynamodb": {"Keys": {"pk": {"S": "SERIES#1"}, "sk": {"S": sort}}}})
    };
    let records = [record("MODIFY", "ENTRY#1"), record("REMOVE", "ENTRY#1"), record("INSERT", "TOKEN")];
    let event: StreamEvent = serde_json::from_value(json!({ "Records": records })).unwrap();
    assert_eq!(event.new_entries(), []);
}
