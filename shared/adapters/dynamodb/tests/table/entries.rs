//! Round trips of entries: every action, with every mail and without one.

use std::collections::HashSet;
use std::mem::discriminant;

use keyturn_application::ports::{DueStore as _, OutboxEntry};
use keyturn_domain::backoff::Failures;
use keyturn_domain::delivery::{Delivery, Failure, FailureClass};
use keyturn_domain::edited_field::EditedField;
use keyturn_domain::history::{Action, Actor, Handover, HistoryEntry, RenewalMethod};
use keyturn_domain::leak::{FoundAt, LastUse, LeakReaction, LeakSource, LeakedString};
use keyturn_domain::mail::{Mail, Notice};
use keyturn_domain::owner::{Owner, OwnerChange};
use keyturn_domain::person::Role;
use keyturn_domain::provider::RefusedSignIn;
use keyturn_domain::settings::MailAddress;
use keyturn_domain::source::TwoAddresses;
use keyturn_domain::token::RequestReason;

use crate::sessions;
use crate::support::Store;
use crate::support::make::{birth, entry, hash, hours, id};

/// Deliveries with every outcome that there is.
fn deliveries() -> impl Iterator<Item = Delivery> {
    let failed = FailureClass::ALL.into_iter().flat_map(|class| {
        let failure = Failure { class, status: None, retry_after: None };
        [failure, Failure { status: Some(503), retry_after: Some(hours(1)), ..failure }]
    });
    [Ok(200), Ok(204)].into_iter().chain(failed.map(Err)).map(|outcome| Delivery {
        at: birth() - hours(1),
        attempt: 3,
        try_number: 2,
        reason: RequestReason::SuccessorUnused,
        duration_ms: u64::MAX,
        outcome,
        last_try: outcome.is_ok(),
    })
}

fn actions() -> Vec<Action> {
    let mut actions = vec![
        Action::Created,
        Action::Updated { fields: EditedField::ALL.into(), owner: Some(owners()) },
        Action::Updated {
            fields: vec![EditedField::Owner],
            owner: Some(OwnerChange { after: None, ..owners() }),
        },
        Action::Updated { fields: vec![], owner: None },
        Action::Copied,
        Action::Deactivated,
        Action::Renewed(RenewalMethod::Redemption),
        Action::Renewed(RenewalMethod::Schedule),
        Action::Renewed(RenewalMethod::Manual),
        Action::Renewed(RenewalMethod::Pull),
        Action::RenewalRequested { attempt: u32::MAX, reason: RequestReason::SuccessorUnused },
        Action::RenewalUnfetched { days: 3 },
        Action::RenewalUnredeemed { attempt: 7 },
        Action::TestRequested,
        Action::HandedOver { how: Handover::Redemption, repeat: true, elsewhere: false },
        Action::HandedOver { how: Handover::Pull, repeat: true, elsewhere: true },
        Action::HandedOver { how: Handover::Test, repeat: false, elsewhere: false },
        Action::RenewalStarted,
        Action::LeakSuspected,
        leaked(LeakSource::Anybody, None),
        leaked(LeakSource::GitHub, FoundAt::parse("https://github.com/acme")),
        Action::SecretRotated,
        Action::ExpiryAnnounced { days: 30 },
        Action::Expired,
        Action::OverlapEnding,
        Action::MailRefused,
        Action::MailOverLimit,
        Action::SignedIn { role: Role::Operator },
        Action::SignInRefused { reason: RefusedSignIn::NoRole },
    ];
    actions.extend(deliveries().map(Action::CallbackTried));
    actions.extend(deliveries().map(Action::CallbackTested));
    actions
}

fn owners() -> OwnerChange {
    let owner = |subject| Some(Owner::from(&sessions::person(subject)));
    OwnerChange { before: owner("ada"), after: owner("otto") }
}

fn addresses() -> TwoAddresses {
    TwoAddresses { first: "192.0.2.1".parse().unwrap(), other: "2001:db8::7".parse().unwrap() }
}

fn leaked(source: LeakSource, found_at: Option<FoundAt>) -> Action {
    Action::Leaked { what: LeakedString::RequestToken, reaction: LeakReaction::Renew, source, found_at }
}

fn leak_notice(last_use: Option<LastUse>) -> Notice {
    let ends_at = last_use.map(|last_use| last_use.at);
    Notice::Leaked { what: LeakedString::TokenString, reaction: LeakReaction::Notify, ends_at, last_use }
}

/// No mail, and one with every notice.
fn mails() -> Vec<Option<Mail>> {
    let at = birth() + hours(24);
    let notices = [
        Notice::RenewedByRedemption { old_valid_until: at },
        Notice::RenewedByPull { old_valid_until: at },
        Notice::RenewedBySchedule { copy_until: at },
        Notice::RenewedByHand { old_valid_until: at },
        Notice::Unredeemed { attempt: 3, next_callback_at: at },
        Notice::CallbackChanged,
        Notice::Unfetched { days: 3 },
        Notice::OverlapEnding { ends_at: at },
        Notice::TwoAddresses(addresses()),
        leak_notice(None),
        leak_notice(Some(LastUse { at, from: None })),
        leak_notice(Some(LastUse { at, from: Some(addresses().other) })),
        Notice::Expiring { at },
        Notice::Expired { at },
    ];
    let recipient = MailAddress::parse("ops@example.com").unwrap();
    let mail = |notice| Mail { recipient: recipient.clone(), copy_to: None, notice };
    let copied = Mail { copy_to: Some(recipient.clone()), ..mail(Notice::CallbackChanged) };
    [None, Some(copied)].into_iter().chain(notices.map(mail).map(Some)).collect()
}

async fn assert_comes_back(store: &Store, entry: HistoryEntry) {
    let key = store.write_entry(entry.clone(), birth()).await;
    let id = key.sort.rsplit('#').next().unwrap().parse().unwrap();
    let pending = entry.channels();
    let written = OutboxEntry {
        key: key.clone(),
        id,
        entry,
        pending,
        failures: Failures::default(),
        due_at: birth(),
        gathered: false,
        is_new: false,
    };
    let expected = Some(written).filter(|_| !pending.is_empty());
    assert_eq!(store.table.outbox_entry(&key).await.unwrap(), expected);
}

#[tokio::test]
async fn round_trips_every_action_with_every_mail() {
    let store = Store::start().await;
    let actors = [
        Actor::Token(id(9)),
        Actor::Schedule,
        Actor::Operator,
        Actor::Person(Box::new(sessions::person("ada"))),
    ];
    for (number, action) in actions().into_iter().enumerate() {
        for mail in mails() {
            let successor = mail.is_some().then_some(id(2));
            let addresses = mail.is_some().then(addresses);
            let actor = actors[number % actors.len()].clone();
            let request_token = mail.is_some().then(|| hash(5));
            let entry =
                HistoryEntry { actor, successor, request_token, mail, addresses, ..entry(action.clone()) };
            assert_comes_back(&store, entry).await;
        }
    }
}

/// Does not compile until a new action or notice stands here, and fails until it stands above as well.
#[test]
fn covers_every_action() {
    let kinds: HashSet<_> = actions().iter().map(discriminant).collect();
    assert_eq!(kinds.len(), 23, "{kinds:?}");
    for action in actions() {
        match action {
            Action::Created
            | Action::Updated { .. }
            | Action::Copied
            | Action::Deactivated
            | Action::Renewed(
                RenewalMethod::Redemption
                | RenewalMethod::Pull
                | RenewalMethod::Schedule
                | RenewalMethod::Manual,
            )
            | Action::RenewalRequested { .. }
            | Action::RenewalUnredeemed { .. }
            | Action::RenewalUnfetched { .. }
            | Action::CallbackTried(_)
            | Action::RenewalStarted
            | Action::LeakSuspected
            | Action::Leaked { .. }
            | Action::SecretRotated
            | Action::TestRequested
            | Action::CallbackTested(_)
            | Action::HandedOver { how: Handover::Redemption | Handover::Pull | Handover::Test, .. }
            | Action::ExpiryAnnounced { .. }
            | Action::Expired
            | Action::OverlapEnding
            | Action::MailRefused
            | Action::MailOverLimit
            | Action::SignedIn { .. }
            | Action::SignInRefused { .. } => {}
            Action::Unknown => panic!("no version writes what it has no word for"),
        }
    }
}
