//! Mass renewals as they are stored, and what they select.

use keyturn_application::ports::{DueItem, MassRenewalKey, MassRenewals as _, TokenFilter};
use keyturn_domain::backoff::Failures;
use keyturn_domain::history::Actor;
use keyturn_domain::mass_renewal::{MassRenewal, MassRenewalId, Order, Selection, StartedBy, State, Turn};
use keyturn_domain::token::Status;
use uuid::Uuid;

use crate::support::company::{Traits, numbered};
use crate::support::make::{birth, company, hours, id};
use crate::support::{RETENTION, Store};

fn mass(selection: Selection) -> MassRenewal {
    let ids = (MassRenewalId::new(Uuid::from_u128(0x55)), id(u128::MAX));
    let by =
        StartedBy { actor: Actor::Token(id(9)), expires_at: Some(birth() + hours(5)), administers: true };
    MassRenewal::new(ids, company(), by, Order { selection, over_hours: 3 }, birth())
}

fn matching() -> Selection {
    Selection::Matching {
        application: Some("ORDERS".to_owned()),
        search: Some("x".to_owned()),
        older_than_days: Some(90),
    }
}

fn key() -> MassRenewalKey {
    MassRenewalKey::from(&mass(matching()))
}

async fn assert_stored(store: &Store, mass: &MassRenewal) {
    assert!(store.table.write_mass_renewal(mass).await.unwrap());
    assert_eq!(store.table.mass_renewal(&key()).await.unwrap().as_ref(), Some(mass));
}

#[tokio::test]
async fn round_trips_each_step_and_is_due_while_it_runs() {
    let store = Store::start().await;
    let due = async || store.due(birth() + hours(999)).await;
    assert_eq!(store.table.mass_renewal(&key()).await.unwrap(), None);
    let item = DueItem::MassRenewal(key());

    let mut mass = MassRenewal { fingerprint: Some([7; 32]), ..mass(matching()) };
    assert_stored(&store, &mass).await;
    assert_eq!(due().await, [(birth(), item.clone())]);
    mass = mass.counted(30, 4, Some(numbered(5)), birth());
    assert_stored(&store, &mass).await;
    mass = mass.failed(7, birth());
    assert_stored(&store, &mass).await;
    mass = mass.counted(0, 0, None, birth() + hours(1));
    assert_stored(&store, &mass).await;
    assert_eq!((mass.state, mass.failures), (State::Running, Failures::default()));
    mass = mass.turned(&[Turn::Started, Turn::Skipped], Some(numbered(7)), birth() + hours(1));
    assert_stored(&store, &mass).await;
    assert_eq!(due().await, [(mass.due_at.unwrap(), item.clone())]);
    mass = mass.pause(birth() + hours(2)).unwrap().unwrap();
    assert_stored(&store, &mass).await;
    assert_eq!(due().await, []);
    mass = mass.resume(birth() + hours(3)).unwrap().unwrap();
    assert_stored(&store, &mass).await;
    assert_eq!(due().await, [(birth() + hours(3), item)]);
    mass = mass.stop(birth() + hours(4)).unwrap().unwrap();
    assert_stored(&store, &mass).await;
    assert_eq!(due().await, []);
    let (partition, sort) = (format!("RENEWALS#{}", company()), format!("RENEWALS#{}", mass.id));
    let item = store.item(partition, sort).await.unwrap();
    let end = (birth() + hours(4) + RETENTION).timestamp().to_string();
    assert_eq!(item["ttl"].as_n().unwrap(), &end);
}

#[tokio::test]
async fn a_write_replaces_only_the_version_before() {
    let store = Store::start().await;
    let first = mass(Selection::Ids(vec![id(1), id(2), id(u128::MAX)]));
    assert_stored(&store, &first).await;
    assert!(!store.table.write_mass_renewal(&first).await.unwrap(), "it exists");
    let (one, other) = (first.pause(birth()).unwrap().unwrap(), first.stop(birth()).unwrap().unwrap());
    assert_stored(&store, &one).await;
    assert!(!store.table.write_mass_renewal(&other).await.unwrap(), "it was paused meanwhile");
    assert_eq!(store.table.mass_renewal(&key()).await.unwrap(), Some(one));
}

#[tokio::test]
async fn selects_a_companys_tokens_the_oldest_first() {
    let store = Store::start().await;
    let tokens: Vec<_> = (0..300)
        .map(|number| Traits {
            name: format!("n{}", number % 2),
            applications: vec!["ORDERS"],
            deactivated_at: (number == 3).then_some(1),
            ..Traits::default()
        })
        .collect();
    store.fill("acme", &tokens).await;
    let filter =
        TokenFilter { status: Some(Status::Active), search: Some("N1".to_owned()), ..TokenFilter::default() };
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let until = numbered(250);
        let page = store.table.select(&company(), &filter, after, until, 40, birth()).await.unwrap();
        assert!(page.ids.len() == 40 || page.reached.is_none());
        found.extend(page.ids);
        after = page.reached;
        if after.is_none() {
            break;
        }
    }
    let expected = (0..=250).filter(|number| number % 2 == 1 && *number != 3).map(numbered);
    assert_eq!(found, expected.collect::<Vec<_>>());
}
