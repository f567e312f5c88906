//! Filters of the list.

use super::{fill, named, tokens};
use crate::support::{DAY, TestStack, With, plain};

#[tokio::test]
async fn filters_by_the_status_at_the_time_of_the_request() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let me = manager.own_token().await.id();
    let (day, week) = (stack.after(DAY).await, stack.after(7 * DAY).await);
    let created = async |token| manager.created(&token).await.id();
    let lasting = created(plain()).await;
    let (short, long) =
        (created(plain().with("expiresAt", day)).await, created(plain().with("expiresAt", week)).await);
    let (off, off_and_over) = (created(plain()).await, created(plain().with("expiresAt", day)).await);
    for id in [&off, &off_and_over] {
        manager.deactivate(id).await.expect(200);
    }
    let list = tokens(&manager);
    let by = async |status: &str| list.only("status", status).ids().await;

    assert_eq!(by("ACTIVE").await, [&long, &short, &lasting, &me].map(String::as_str));
    assert!(by("EXPIRED").await.is_empty());
    // Without any run of the schedule
    stack.jump(DAY + 1).await;
    assert_eq!(by("ACTIVE").await, [&long, &lasting, &me].map(String::as_str));
    assert_eq!(by("EXPIRED").await, [short.as_str()]);
    assert_eq!(by("DEACTIVATED").await, [&off_and_over, &off].map(String::as_str));
    stack.advance(0).await;
    assert_eq!(by("EXPIRED").await, [short.as_str()], "the same after a run of the schedule");
}

#[tokio::test]
async fn filters_by_application() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let me = manager.own_token().await.id();
    let mut created = Vec::new();
    for applications in [&["ORDERS"][..], &["PRODUCTS", "ORDERS"], &["INVOICES"]] {
        created.push(manager.created(&plain().with("applications", applications)).await.id());
    }
    let by = async |application: &str| tokens(&manager).only("application", application).ids().await;
    assert_eq!(by("ORDERS").await, [&created[1], &created[0]].map(String::as_str));
    assert_eq!(by("INVOICES").await, [created[2].as_str()]);
    assert_eq!(by("API_ACCESS_TOKENS").await, [me]);
    assert!(by("ORDER").await.is_empty(), "a part of a name is no match");
    assert!(by("NO_LONGER_THERE").await.is_empty());
}

#[tokio::test]
async fn searches_any_part_of_the_name_in_any_case() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let names = [
        "Bäckerei Müller & Söhne",
        "Straßenbau (Köln)",
        "STRASSENBAU ÖL",
        "50 % off_sale* 'x' \"y\" \\z, a+b=c #1?",
        "ΟΔΟΣ Αθηνών",
        "日本語 🔑",
    ];
    let mut created = Vec::new();
    for name in names {
        created.push(manager.created(&named(name)).await.id());
    }
    for (search, found) in [
        ("bäckerei", &[0][..]),
        ("BÄCKEREI MÜLLER", &[0]),
        ("& söhne", &[0]),
        ("er", &[0]),
        ("Backerei", &[]),
        ("straßenbau", &[1, 2]),
        ("STRASSENBAU", &[1, 2]),
        ("STRAẞENBAU", &[1, 2]),
        ("(köln)", &[1]),
        ("öl", &[1, 2]),
        ("ÖL", &[1, 2]),
        ("50 % OFF_", &[3]),
        ("*", &[3]),
        ("%", &[3]),
        ("_", &[3]),
        ("'X' \"Y\" \\", &[3]),
        ("z, a+b=c #1?", &[3]),
        ("οδος", &[4]),
        ("ΟΔΟ", &[4]),
        ("οδοσ", &[4]),
        ("αθηνΏν", &[4]),
        ("本語", &[5]),
        ("🔑", &[5]),
        (" ", &[0, 1, 2, 3, 4, 5]),
        ("no such name", &[]),
    ] {
        let mut ids = tokens(&manager).only("search", search).ids().await;
        ids.retain(|id| created.contains(id));
        let expected: Vec<_> = found.iter().rev().map(|index| created[*index].clone()).collect();
        assert_eq!(ids, expected, "{search}");
    }
    assert_eq!(tokens(&manager).only("search", "").ids().await.len(), 7, "every name contains it");
}

#[tokio::test]
async fn combines_filters_on_full_pages() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let mut expected = Vec::new();
    for number in 0..60_usize {
        let (rare, orders, off) =
            (number.is_multiple_of(3), number.is_multiple_of(2), number.is_multiple_of(5));
        let application = if orders { "ORDERS" } else { "PRODUCTS" };
        let name = if rare { format!("Rare {number}") } else { format!("common {number}") };
        let id = manager.created(&named(&name).with("applications", ["REPORTS", application])).await.id();
        if off {
            manager.deactivate(&id).await.expect(200);
        }
        if rare && orders && !off {
            expected.insert(0, id);
        }
    }
    let list = tokens(&manager).only("search", "rARE").only("application", "ORDERS");
    list.only("status", "ACTIVE").assert_pages(&expected).await;
    assert_eq!(expected.len(), 8);
    assert_eq!(list.only("status", "DEACTIVATED").ids().await.len(), 2);
    list.only("status", "EXPIRED").assert_pages(&[]).await;
}

#[tokio::test]
async fn finds_a_rare_match_among_many_tokens() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let mut expected = vec![manager.created(&named("needle")).await.id()];
    fill(&manager, 450).await;
    expected.insert(0, manager.created(&named("another needle")).await.id());
    tokens(&manager).only("search", "needle").assert_pages(&expected).await;
}
