//! Mails are counted by day, company and address, and gathered entries of a recipient stand together.

use chrono::{Days, NaiveDate};
use keyturn_application::ports::{DueStore as _, MailCount, MailCounter as _, OutboxEntry};
use keyturn_domain::history::{Action, HistoryEntry, RenewalMethod};
use keyturn_domain::mail::{Mail, Notice};
use keyturn_domain::settings::MailAddress;

use crate::support::Store;
use crate::support::make::{birth, company, entry, hours, id};

const MOST: u32 = 3;

fn address(text: &str) -> MailAddress {
    MailAddress::parse(text).unwrap()
}

fn today() -> NaiveDate {
    birth().date_naive()
}

fn to(recipient: Option<&str>) -> MailCount {
    MailCount { company: company(), day: today(), recipient: recipient.map(address) }
}

async fn counted(store: &Store, of: &MailCount) -> usize {
    let mut counted = 0;
    while store.table.count(of, MOST).await.unwrap() {
        counted += 1;
    }
    counted
}

#[tokio::test]
async fn counts_up_to_the_limit() {
    let store = Store::start().await;
    let count = to(Some("ops@example.com"));
    assert_eq!(counted(&store, &count).await, 3);
    store.table.uncount(&count).await.unwrap();
    assert_eq!(counted(&store, &count).await, 1, "the one that was not sent");
    assert_eq!(counted(&store, &to(Some("OPS@example.com"))).await, 0, "the same mailbox");
}

#[tokio::test]
async fn counts_each_day_company_and_address_on_its_own() {
    let store = Store::start().await;
    let own = to(Some("ops@example.com"));
    let others = [
        to(Some("other@example.com")),
        to(None),
        MailCount { company: "other".parse().unwrap(), ..own.clone() },
        MailCount { day: today() + Days::new(1), ..own.clone() },
    ];
    assert_eq!(counted(&store, &own).await, 3);
    for other in others {
        assert_eq!(counted(&store, &other).await, 3, "{other:?}");
    }
}

#[tokio::test]
async fn counts_hold_no_address_and_end() {
    let store = Store::start().await;
    counted(&store, &to(Some("ops@example.com"))).await;
    store.table.uncount(&to(Some("never@example.com"))).await.unwrap();
    let items = store.dump().await;
    assert_eq!(items.len(), 1, "what was never counted is not created");
    let item = items.values().next().unwrap();
    assert!(!format!("{item:?}").contains("example.com"), "{item:?}");
    let end: i64 = item["ttl"].as_n().unwrap().parse().unwrap();
    let midnight = today().and_time(chrono::NaiveTime::MIN).and_utc();
    assert_eq!(end, (midnight + hours(48)).timestamp());
}

fn renewed(token: u128) -> HistoryEntry {
    let notice = Notice::RenewedBySchedule { copy_until: birth() + hours(24) };
    let mail = Some(Mail { recipient: address("ops@example.com"), copy_to: None, notice });
    let entry = entry(Action::Renewed(RenewalMethod::Schedule));
    HistoryEntry { series: id(token), token: id(token), mail, ..entry }
}

#[tokio::test]
async fn gathered_entries_of_a_recipient_are_due_in_the_same_shard() {
    let store = Store::start().await;
    let due = birth() + hours(1);
    let mut gathered = Vec::new();
    for token in 1..=5 {
        let key = store.write_entry(renewed(token), birth()).await;
        let entry = store.table.outbox_entry(&key).await.unwrap().unwrap();
        let entry = OutboxEntry { gathered: true, due_at: due, ..entry };
        store.table.reschedule(&entry, due).await.unwrap();
        assert_eq!(store.table.outbox_entry(&key).await.unwrap(), Some(entry.clone()));
        gathered.push(entry);
    }
    let mut sizes = Vec::new();
    for shard in 0..store.table.shards() {
        sizes.push(store.table.due(shard, due, None).await.unwrap().items.len());
    }
    sizes.retain(|size| *size > 0);
    assert_eq!(sizes, [5]);
    for entry in &gathered {
        store.table.acknowledge(entry).await.unwrap();
        assert!(!store.entry(&entry.key).await.unwrap().contains_key("gathered"));
    }
    assert!(store.due_index().await.is_empty());
}
