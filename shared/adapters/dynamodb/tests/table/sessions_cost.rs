//! What people cost: the figures of `infra/docs/costs.md`, by the calls that the use cases make.

use keyturn_application::ports::{
    BeginSession, PersonStore as _, ProviderStore as _, Refreshed, SessionStore as _,
};
use keyturn_domain::history::{Action, HistoryEntry};
use uuid::Uuid;

use crate::sessions::{begin, sealed, session};
use crate::support::make::{birth, company, hours};
use crate::support::{Reading, Store};

const PAGE: &str = include_str!("../../../../../infra/docs/costs.md");

/// Fails unless the page has these figures of an operation.
fn assert_documented(operation: &str, consumed: Reading) {
    let row = format!("| {operation} | {} | {} |", consumed.units(), consumed.writes);
    assert!(PAGE.contains(&row), "the page lacks {row}");
}

#[tokio::test]
async fn people_cost_what_the_page_says() {
    let store = Store::start().await;
    let (table, meter) = store.metered(0);
    let (session, refresh_token) = (session(1, "ada"), Some(sealed(&"x".repeat(1_500))));
    let person = session.person.id();

    table.provider(&session.provider).await.unwrap();
    table.known_person(&company(), person).await.unwrap();
    let action = Action::SignedIn { role: session.role };
    let entry = HistoryEntry::about_sign_in(session.id.uuid(), company(), &session.person, birth(), action);
    let (id, entry_id) = (session.id, Uuid::from_u128(1 << 64));
    let begin =
        BeginSession { session: session.clone(), refresh_token: refresh_token.clone(), entry_id, entry };
    table.begin_session(&begin).await.unwrap();
    let mut sign_in = meter.take();
    // The event's entry leaves the due index when it is published.
    sign_in.writes += 2.0;
    assert_documented("sign in", sign_in);

    table.session(id).await.unwrap();
    let request = meter.take();
    assert_documented("a request", request);
    table.record_session_use(id, birth()).await.unwrap();
    let mut with_use = meter.take();
    with_use.items = request.items;
    assert_documented("a request, once a minute", with_use);

    table.session(id).await.unwrap();
    table.session(id).await.unwrap();
    assert!(table.claim_refresh(id, birth(), hours_later()).await.unwrap());
    table.provider(&session.provider).await.unwrap();
    table.refresh_token(id).await.unwrap();
    table.known_person(&company(), person).await.unwrap();
    table.save_refresh(&Refreshed { session: session.clone(), refresh_token }).await.unwrap();
    assert_documented("refresh the role, every 10 minutes", meter.take());

    table.session(id).await.unwrap();
    table.session(id).await.unwrap();
    table.end_session(&session).await.unwrap();
    assert_documented("sign out", meter.take());
}

fn hours_later() -> keyturn_domain::Timestamp {
    birth() + hours(1)
}

/// The list's filter for owners who can't sign in reads all people of a company.
#[tokio::test]
async fn people_are_read_at_a_thirtieth_of_a_unit_each() {
    const PEOPLE: u8 = 200;
    let store = Store::start().await;
    for number in 1..=PEOPLE {
        begin(&store, number.into(), &format!("person-{number:03}")).await;
    }
    let (table, meter) = store.metered(0);
    let found = table.known_people(&company(), None, 500).await.unwrap();
    assert_eq!(found.len(), usize::from(PEOPLE));
    let units = meter.take().units();
    assert!(units <= f64::from(PEOPLE) / 30.0, "{units} read units");
}
