//! Sessions, people and providers.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use keyturn_application::ports::{
    BeginSession, CommitError, Order, Paging, PersonStore as _, ProviderStore as _, Refreshed,
    SessionStore as _,
};
use keyturn_domain::Timestamp;
use keyturn_domain::history::{Action, HistoryEntry};
use keyturn_domain::person::{KnownPerson, Person, Role};
use keyturn_domain::provider::{CompanyRule, Provider};
use keyturn_domain::secret::Sealed;
use keyturn_domain::session::{Session, SessionId};
use uuid::Uuid;

use crate::support::Store;
use crate::support::make::{birth, company, hash};

pub(crate) fn person(subject: &str) -> Person {
    Person {
        issuer: "https://login.example.com".to_owned(),
        subject: subject.to_owned(),
        name: "Ada Admin".to_owned(),
        mail: Some("ada@example.com".to_owned()),
    }
}

pub(crate) fn session(number: u128, subject: &str) -> Session {
    Session {
        id: SessionId::new(Uuid::from_u128(number)),
        hash: hash(7),
        person: person(subject),
        company: company(),
        role: Role::Admin,
        provider: "corp".parse().unwrap(),
        provider_session: Some(format!("sid of {subject}")),
        created_at: birth(),
        authenticated_at: Some(birth()),
        refreshed_at: birth(),
        seen_at: None,
        ends_at: birth() + TimeDelta::hours(8),
        renewable: true,
    }
}

pub(crate) fn sealed(text: &str) -> Sealed {
    Sealed::new(text.as_bytes().to_vec())
}

/// Signs somebody in.
pub(crate) async fn begin(store: &Store, number: u128, subject: &str) -> Session {
    try_to_begin(store, number, subject).await.unwrap()
}

async fn try_to_begin(store: &Store, number: u128, subject: &str) -> Result<Session, CommitError> {
    let session = session(number, subject);
    let action = Action::SignedIn { role: session.role };
    let entry = HistoryEntry::about_sign_in(session.id.uuid(), company(), &session.person, birth(), action);
    let begin = BeginSession {
        session: session.clone(),
        refresh_token: Some(sealed("a refresh token")),
        entry_id: Uuid::from_u128(number << 64),
        entry,
    };
    store.table.begin_session(&begin).await.map(|()| session)
}

fn minutes(minutes: i64) -> Timestamp {
    birth() + TimeDelta::minutes(minutes)
}

#[tokio::test]
async fn a_session_comes_back_and_leaves_nothing_when_it_ends() {
    let store = Store::start().await;
    let session = begin(&store, 1, "ada").await;
    let table = &store.table;
    assert_eq!(table.session(session.id).await.unwrap(), Some(session.clone()));
    assert_eq!(table.refresh_token(session.id).await.unwrap(), Some(sealed("a refresh token")));
    assert_eq!(store.due(birth()).await.len(), 1, "its event is due");
    let expiring = store.dump().await.into_iter().filter(|((pk, sk), _)| {
        pk.starts_with("SESSION#") || pk.starts_with("PROVIDERSESSION#") || sk.starts_with("SESSION#")
    });
    let expiring: Vec<_> = expiring.collect();
    assert_eq!(expiring.len(), 4);
    for (key, item) in expiring {
        assert_eq!(item["ttl"].as_n().unwrap(), &session.ends_at.timestamp().to_string(), "{key:?}");
    }

    table.end_session(&session).await.unwrap();
    assert_eq!(table.session(session.id).await.unwrap(), None);
    assert_eq!(table.refresh_token(session.id).await.unwrap(), None);
    let left = store.dump().await;
    assert!(left.keys().all(|(pk, sk)| pk.starts_with("SERIES#") || sk.starts_with("PERSON#")), "{left:?}");
    table.end_session(&session).await.unwrap();
}

#[tokio::test]
async fn an_earlier_use_does_not_replace_a_later_one_and_revives_no_session() {
    let store = Store::start().await;
    let session = begin(&store, 1, "ada").await;
    for (noted, last) in [(5, 5), (4, 5), (6, 6)] {
        store.table.record_session_use(session.id, minutes(noted)).await.unwrap();
        let seen = store.table.session(session.id).await.unwrap().unwrap().seen_at;
        assert_eq!(seen, Some(minutes(last)));
    }
    store.table.end_session(&session).await.unwrap();
    store.table.record_session_use(session.id, minutes(7)).await.unwrap();
    let (now, until) = (minutes(7), minutes(8));
    assert!(!store.table.claim_refresh(session.id, now, until).await.unwrap());
    let refreshed = Refreshed { session: session.clone(), refresh_token: Some(sealed("another")) };
    store.table.save_refresh(&refreshed).await.unwrap();
    assert_eq!(store.table.session(session.id).await.unwrap(), None);
    assert_eq!(store.table.refresh_token(session.id).await.unwrap(), None);
}

#[tokio::test]
async fn one_process_refreshes_a_session_at_a_time() {
    let store = Store::start().await;
    let session = begin(&store, 1, "ada").await;
    let claim = async |now, until| store.table.claim_refresh(session.id, now, until).await.unwrap();
    assert!(claim(minutes(10), minutes(11)).await);
    assert!(!claim(minutes(10), minutes(11)).await);
    assert!(claim(minutes(11), minutes(12)).await, "the process before it may have died");

    let after = Session { role: Role::Viewer, refreshed_at: minutes(11), ..session.clone() };
    let refreshed = Refreshed { session: after.clone(), refresh_token: Some(sealed("the next one")) };
    store.table.save_refresh(&refreshed).await.unwrap();
    assert_eq!(store.table.session(session.id).await.unwrap(), Some(after));
    assert_eq!(store.table.refresh_token(session.id).await.unwrap(), Some(sealed("the next one")));
    assert!(claim(minutes(11), minutes(12)).await, "it is done");
}

#[tokio::test]
async fn sessions_are_found_by_company_person_and_the_providers_session() {
    let store = Store::start().await;
    let (first, other, last) =
        (begin(&store, 1, "ada").await, begin(&store, 2, "otto").await, begin(&store, 3, "ada").await);
    let table = &store.table;
    let page = |order, size| Paging { size, order, bound: None };
    let all = table.sessions(&company(), page(Order::Descending, 10)).await.unwrap().items;
    assert_eq!(all, [last.clone(), other.clone(), first.clone()]);
    let some = table.sessions(&company(), page(Order::Ascending, 2)).await.unwrap();
    assert_eq!(some.items, [first.clone(), other.clone()]);
    let next = Paging { bound: some.next, ..page(Order::Ascending, 2) };
    assert_eq!(table.sessions(&company(), next).await.unwrap().items, std::slice::from_ref(&last));
    assert!(
        table.sessions(&"other".parse().unwrap(), page(Order::Ascending, 2)).await.unwrap().items.is_empty()
    );

    let of = table.sessions_of(&company(), first.person.id()).await.unwrap();
    assert_eq!(of, [first.clone(), last.clone()]);
    let issuer = &first.person.issuer;
    let of = table.sessions_of_provider_session(issuer, "sid of otto").await.unwrap();
    assert_eq!(of, std::slice::from_ref(&other));
    let of = table.sessions_of_provider_session("https://other.example", "sid of otto").await.unwrap();
    assert!(of.is_empty());
}

/// When the only person is deleted.
async fn forgotten_at(store: &Store) -> Option<i64> {
    let dump = store.dump().await;
    let person = dump.iter().find(|((_, sort), _)| sort.starts_with("PERSON#")).unwrap().1;
    person.get("ttl").map(|ttl| ttl.as_n().unwrap().parse().unwrap())
}

#[tokio::test]
async fn people_are_remembered_after_their_sessions() {
    let store = Store::start().await;
    let session = begin(&store, 1, "ada").await;
    let table = &store.table;
    let known = async || table.known_person(&company(), session.person.id()).await.unwrap();
    let expected = KnownPerson {
        person: session.person.clone(),
        role: Some(Role::Admin),
        signed_in_at: Some(birth()),
        barred_at: None,
    };
    assert_eq!(known().await, Some(expected.clone()));
    assert!(table.set_barred(&company(), session.person.id(), true, minutes(1)).await.unwrap());
    let refused = try_to_begin(&store, 2, "ada").await;
    assert!(matches!(refused, Err(CommitError::Conflict)), "a sign-in that was under way");
    let barred = known().await.unwrap();
    assert_eq!(barred.barred_at, Some(minutes(1)));
    assert!(!barred.can_sign_in());
    assert_eq!(forgotten_at(&store).await, None, "a bar lasts until it is lifted");
    assert!(table.set_barred(&company(), session.person.id(), false, minutes(2)).await.unwrap());
    assert!(forgotten_at(&store).await > Some(minutes(2).timestamp()));
    assert!(!table.set_barred(&company(), person("nobody").id(), false, minutes(2)).await.unwrap());

    let action = Action::SignInRefused { reason: keyturn_domain::provider::RefusedSignIn::NoRole };
    let entry = HistoryEntry::about_sign_in(Uuid::from_u128(9), company(), &session.person, birth(), action);
    let without = KnownPerson { role: None, ..expected };
    table.note_refused_sign_in(Some(&without), Uuid::from_u128(99), &entry).await.unwrap();
    assert_eq!(known().await, Some(without.clone()));
    assert_eq!(table.known_people(&company(), None, 10).await.unwrap(), [without]);
}

#[tokio::test]
async fn providers_come_back() {
    let store = Store::start().await;
    let provider = |id: &str, company: CompanyRule, client_secret| Provider {
        id: id.parse().unwrap(),
        name: "Sign in with corp".to_owned(),
        issuer: "https://login.example.com".to_owned(),
        client_id: "keyturn".to_owned(),
        client_secret,
        scopes: vec!["profile".to_owned()],
        company,
        role_claim: "groups".to_owned(),
        roles: BTreeMap::from([("admins".to_owned(), Role::Admin)]),
    };
    let values = BTreeMap::from([("t-1".to_owned(), company())]);
    let claim = CompanyRule::Claim { name: "tid".to_owned(), values };
    let (one, two) = (
        provider("corp", CompanyRule::Only(company()), Some(sealed("a client secret"))),
        provider("other", claim, None),
    );
    for provider in [&one, &two] {
        store.table.save_provider(provider).await.unwrap();
        assert_eq!(store.table.provider(&provider.id).await.unwrap().as_ref(), Some(provider));
    }
    assert_eq!(store.table.providers().await.unwrap(), [one.clone(), two.clone()]);
    store.table.remove_provider(&one.id).await.unwrap();
    assert_eq!(store.table.providers().await.unwrap(), [two]);
}

/// Authentication with a session reads one item, like that with a token string, and it is as small: one read unit.
#[tokio::test]
async fn a_session_is_read_with_one_unit() {
    let store = Store::start().await;
    let mut session = session(1, &"s".repeat(255));
    session.person.name = "n".repeat(200);
    session.person.mail = Some("m".repeat(200));
    session.person.issuer = format!("https://{}.example.com", "i".repeat(200));
    let entry = HistoryEntry::about_sign_in(
        session.id.uuid(),
        company(),
        &session.person,
        birth(),
        Action::SignedIn { role: Role::Admin },
    );
    let begin = BeginSession { session, refresh_token: None, entry_id: Uuid::from_u128(1 << 64), entry };
    store.table.begin_session(&begin).await.unwrap();
    let item = store.item(format!("SESSION#{}", Uuid::from_u128(1)), "SESSION").await.unwrap();
    assert!(crate::support::weight(&item) < 4_096);
}
