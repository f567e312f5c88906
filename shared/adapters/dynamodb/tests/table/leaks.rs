//! Reports of leaks, and what a token's record knows of one.

use keyturn_application::ports::{LeakReport, LeakReports as _, ReportedString, TokenStore as _};
use keyturn_domain::backoff::Failures;
use keyturn_domain::history::Actor;
use keyturn_domain::leak::{FoundAt, LeakSource};
use keyturn_domain::leak_report;
use keyturn_domain::pull;
use keyturn_domain::secret::Kind;
use uuid::Uuid;

use crate::support::Store;
use crate::support::make::{birth, create, hash, hours, id, rules, settings, string};

fn report(number: u128) -> LeakReport {
    let string = |kind, number| ReportedString {
        kind,
        token: id(number),
        hash: hash(9),
        found_at: FoundAt::parse("https://github.com/acme").filter(|_| kind == Kind::Token),
    };
    LeakReport {
        id: Uuid::from_u128(number),
        at: birth(),
        source: LeakSource::GitHub,
        strings: vec![string(Kind::Token, 1), string(Kind::Request, 2)],
    }
}

#[tokio::test]
async fn a_report_is_due_until_it_is_worked_off() {
    let store = Store::start().await;
    let table = &store.table;
    for number in [1, 2] {
        table.store(&report(number)).await.unwrap();
    }
    assert_eq!(store.due(birth()).await, [], "no shard that anything else stands in");
    let due = table.due_reports(birth()).await.unwrap();
    assert_eq!(due.len(), 2);
    let (first, second) = (report(1), report(2));
    assert_eq!(table.report(first.id).await.unwrap(), Some((first.clone(), Failures::default())));

    let failures = Failures::default().with_another(birth());
    table.defer_report(second.id, failures, birth() + hours(1)).await.unwrap();
    assert_eq!(table.due_reports(birth()).await.unwrap(), [(birth(), first.id)]);
    assert_eq!(table.report(second.id).await.unwrap(), Some((second.clone(), failures)));
    assert_eq!(table.due_reports(birth() + hours(1)).await.unwrap().len(), 2);

    for done in [&first, &second] {
        table.finish(done).await.unwrap();
        table.finish(done).await.unwrap();
        table.defer_report(done.id, failures, birth()).await.unwrap();
        assert_eq!(table.report(done.id).await.unwrap(), None);
        let item = store.item(format!("LEAKS#{}", done.id), "REPORT").await.unwrap();
        assert!(item.contains_key("ttl") && !item.contains_key("strings"), "{item:?}");
    }
    assert!(store.due_index().await.is_empty());
}

#[tokio::test]
async fn the_record_of_a_version_before_leaks_may_have_been_pulled() {
    let store = Store::start().await;
    let mut pulling = settings();
    let renewal = keyturn_domain::draft::AutoRenewalSettings { every_days: 30, callback: None, pull: true };
    pulling.auto_renewal = Some(renewal);
    let token = store.write(create(pulling, 1)).await.change.tokens.remove(0);
    let pulled = pull::pull(&token, string(2), &rules(), Actor::Token(id(1)), birth() + hours(720));
    let old = store.write(pulled).await.change.tokens.remove(0);
    assert_eq!(store.table.token(old.id).await.unwrap(), Some(old.clone()));
    let mut item = store.item(format!("TOKEN#{}", old.id), "TOKEN").await.unwrap();
    item.remove("pulled");
    store.put(item).await;
    let earlier = store.table.token(old.id).await.unwrap().unwrap();
    assert_eq!(leak_report::implicated_by_string(&earlier), Some(id(2)));
}
