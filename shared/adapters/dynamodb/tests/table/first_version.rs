//! Records as the first version wrote them, in files that never change. Every later version reads them, and writes all
//! that the first version needs, so that a rollback works.

use chrono::TimeDelta;
use keyturn_application::ports::{
    AnswerKey, AnswerStore as _, CredentialStore as _, DeliveryFilter, DueItem, DueStore as _, History as _,
    Order, Page, Paging, RequestTokenHistory as _, SavedAnswer, SavedBody, TokenFilter, TokenList as _,
    TokenStore as _,
};
use keyturn_domain::Timestamp;
use keyturn_domain::change::Change;
use keyturn_domain::credential::Credential;
use keyturn_domain::delivery::{Delivery, Failure, FailureClass, LastDelivery};
use keyturn_domain::history::{Action, Actor, HistoryEntry};
use keyturn_domain::mail::{Mail, Notice};
use keyturn_domain::secret::Sealed;
use keyturn_domain::settings::MailAddress;
use keyturn_domain::token::{
    Noticed, PendingRenewal, Redeemed, Renewed, RequestReason, TestRequestToken, Token,
};
use serde_json::Value;
use uuid::Uuid;

use crate::support::Store;
use crate::support::make::{birth, calling, company, create, deactivate, hash, hours, id};

const TOKEN: &str = include_str!("first_version/token.json");
const CREDENTIAL: &str = include_str!("first_version/credential.json");
const ENTRY: &str = include_str!("first_version/entry.json");
const DELIVERY: &str = include_str!("first_version/delivery.json");
const ANSWER: &str = include_str!("first_version/answer.json");

fn items() -> [Value; 5] {
    [TOKEN, CREDENTIAL, ENTRY, DELIVERY, ANSWER].map(|text| serde_json::from_str(text).unwrap())
}

fn sealed(text: &str) -> Sealed {
    Sealed::new(text.as_bytes().to_vec())
}

fn due() -> Timestamp {
    birth() + hours(720)
}

/// A token with everything that a record can hold.
fn token() -> Token {
    let mut token = create(calling(), 1).tokens.remove(0);
    token.sealed_until = Some(due() + hours(2));
    token.expires_at = Some(birth() + TimeDelta::days(90));
    token.pending = Some(PendingRenewal {
        attempt: 2,
        hash: hash(11),
        sealed: Some(sealed("a request token")),
        requested_at: due(),
        tries: 3,
        next_try_at: Some(due() + hours(1)),
        last_delivery: Some(LastDelivery { success: false, at: due() }),
        lapsed: false,
        reason: RequestReason::RenewalDue,
    });
    token.redeemed = Some(Redeemed { hash: hash(12), redeem_by: due() + hours(2) });
    token.test_request_token = Some(TestRequestToken { hash: hash(13), redeem_by: due() + hours(2) });
    token.renewed_from = Some(id(2));
    token.renewed = Some(Renewed { by: id(3), at: due() });
    token.noticed = Noticed { expiry_days: Some(30), expired: false, overlap: true };
    let callback = token.auto_renewal.as_mut().unwrap().callback.as_mut().unwrap();
    callback.previous = vec![(sealed("an old secret"), due() + hours(24))];
    token
}

fn entry() -> HistoryEntry {
    let action = Action::RenewalRequested { attempt: 2, reason: RequestReason::RenewalDue };
    let notice = Notice::Unredeemed { attempt: 1, next_callback_at: due() };
    let recipient = MailAddress::parse("ops@example.com").unwrap();
    let about = HistoryEntry::about(&token(), due(), Actor::Token(id(9)), action).of_request_token(hash(11));
    HistoryEntry { successor: Some(id(3)), mail: Some(Mail { recipient, copy_to: None, notice }), ..about }
}

fn delivery() -> HistoryEntry {
    let failure =
        Failure { class: FailureClass::Status, status: Some(503), retry_after: Some(TimeDelta::seconds(60)) };
    let delivery = Delivery {
        at: due(),
        attempt: 2,
        try_number: 3,
        reason: RequestReason::RenewalDue,
        duration_ms: 12,
        outcome: Err(failure),
        last_try: false,
    };
    HistoryEntry::about(&token(), due(), Actor::Schedule, Action::CallbackTried(delivery))
}

fn answer() -> SavedAnswer {
    SavedAnswer {
        key: AnswerKey { caller: id(9), hash: [7; 32] },
        fingerprint: [8; 32],
        body: SavedBody::Whole(sealed("an answer")),
        saved_at: due(),
        expires_at: due() + hours(24),
    }
}

/// Writes the same records with the version under test.
async fn written() -> Store {
    let store = Store::start().await;
    let change = Change { tokens: vec![token()], replaced: Vec::new(), entry: Some(entry()) };
    let mut commit = store.commit(change, due());
    commit.answer = Some(answer());
    store.table.commit(&commit).await.unwrap();
    store.write_entry(delivery(), due()).await;
    store.table.record_use(id(1), due().into()).await.unwrap();
    store
}

fn credential() -> Credential {
    // The first version wrote no renewal into credentials.
    Credential { last_used_at: Some(due()), renewal: None, ..Credential::of(&token()) }
}

fn page() -> Paging {
    Paging { size: 10, order: Order::Descending, bound: None }
}

#[tokio::test]
async fn reads_records_of_the_first_version() {
    let store = Store::holding(&items()).await;
    let table = &store.table;
    assert_eq!(table.token(id(1)).await.unwrap(), Some(token()));
    assert_eq!(table.credential(id(1)).await.unwrap(), Some(credential()));
    assert_eq!(table.saved_answer(&answer().key).await.unwrap(), Some(answer()));

    let listed = table.list(&company(), &TokenFilter::default(), page(), due()).await.unwrap();
    assert_eq!(listed.items, [((&token()).into(), Some(due()))]);
    let of =
        |found: Page<(_, HistoryEntry)>| found.items.into_iter().map(|(_, entry)| entry).collect::<Vec<_>>();
    let shown = HistoryEntry { request_token: None, mail: None, ..entry() };
    assert_eq!(of(table.activities(&token(), page()).await.unwrap()), [shown]);
    let log = table.deliveries(&company(), &DeliveryFilter::default(), page()).await.unwrap();
    assert_eq!(table.delivery(&company(), log.items[0].0).await.unwrap(), Some(delivery()));
    assert_eq!(of(log), [delivery()]);
    for filter in [
        DeliveryFilter { token: Some(id(1)), ..DeliveryFilter::default() },
        DeliveryFilter { error_only: true, ..DeliveryFilter::default() },
    ] {
        assert_eq!(of(table.deliveries(&company(), &filter, page()).await.unwrap()), [delivery()]);
    }
    assert!(table.was_issued(id(1), &hash(11)).await.unwrap());
}

#[tokio::test]
async fn continues_with_records_of_the_first_version() {
    let store = Store::holding(&items()).await;
    let due_items = store.due(token().expires_at.unwrap()).await;
    let pending = due_items.iter().filter_map(|(_, item)| match item {
        DueItem::Entry(key) => Some(key),
        DueItem::Token(_) | DueItem::MassRenewal(_) => None,
    });
    let mut entries = Vec::new();
    for key in pending {
        let pending = store.table.outbox_entry(key).await.unwrap().unwrap();
        // The first version wrote the time to live with the entry.
        assert!(store.entry(key).await.unwrap().contains_key("ttl"));
        store.table.reschedule(&pending, due()).await.unwrap();
        assert!(!store.entry(key).await.unwrap().contains_key("ttl"));
        store.table.acknowledge(&pending).await.unwrap();
        assert!(store.entry(key).await.unwrap().contains_key("ttl"));
        assert_eq!(store.table.outbox_entry(key).await.unwrap(), None);
        entries.push(pending.entry);
    }
    assert!(entries.contains(&entry()) && entries.contains(&delivery()), "{entries:?}");
    assert!(due_items.iter().any(|(_, item)| *item == DueItem::Token(id(1))), "{due_items:?}");

    let read = store.table.token(id(1)).await.unwrap().unwrap();
    let mut commit = store.commit(deactivate(&read, due()), due());
    commit.entry_id = Uuid::from_u128(0xf << 32);
    store.table.commit(&commit).await.unwrap();
    let changed = commit.change.tokens.remove(0);
    assert_eq!(store.table.token(id(1)).await.unwrap(), Some(changed));
    assert_eq!(store.table.credential(id(1)).await.unwrap().unwrap().deactivated_at, Some(due()));
}

#[tokio::test]
async fn writes_everything_that_the_first_version_reads() {
    let (old, new) = (Store::holding(&items()).await.dump().await, written().await.dump().await);
    assert_eq!(old.len(), new.len());
    for (mut key, old) in old {
        // The callback log was spread later: after a rollback, the first version delivers these entries but doesn't list
        // them.
        let is_spread = key.0 == "CALLBACKS#acme";
        if is_spread {
            key.0 = "CALLBACKS#acme#failed#1".to_owned();
        }
        for (attribute, value) in old {
            if is_spread && attribute == "pk" {
                continue;
            }
            // No version reads the time to live. That of an entry is written with its last acknowledgement.
            if attribute == "ttl" && key.1.starts_with("ENTRY#") {
                continue;
            }
            assert_eq!(new[&key].get(&attribute), Some(&value), "{attribute} of {key:?}");
        }
    }
}
