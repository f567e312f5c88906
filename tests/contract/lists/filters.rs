//! Parts of the list.

use serde_json::json;

use super::{fill, named, tokens};
use crate::support::{DAY, TestStack};

#[tokio::test]
async fn by_status_as_the_clock_says() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let me = manager.get("/apiAccessTokens/self").await.id();
    let now = stack.now().await;
    let ending = |days: i64| {
        let end = (now + chrono::TimeDelta::days(days)).to_rfc3339();
        json!({"name": "n", "rights": "READ", "applications": ["ORDERS"], "expiresAt": end})
    };
    let lasting = manager.created(&named("lasting")).await.id();
    let (short, long) = (manager.created(&ending(1)).await.id(), manager.created(&ending(9)).await.id());
    let off = manager.created(&named("off")).await.id();
    let off_and_over = manager.created(&ending(1)).await.id();
    for id in [&off, &off_and_over] {
        assert_eq!(manager.deactivate(id).await.status, 200);
    }
    let list = tokens(&manager);
    let by = async |status: &str| list.only("status", status).ids().await;

    assert_eq!(by("ACTIVE").await, [&long, &short, &lasting, &me].map(String::as_str));
    assert!(by("EXPIRED").await.is_empty());
    // The schedule does not run: nobody waits for it.
    stack.jump(DAY + 1).await;
    assert_eq!(by("ACTIVE").await, [&long, &lasting, &me].map(String::as_str));
    assert_eq!(by("EXPIRED").await, [short.as_str()]);
    assert_eq!(by("DEACTIVATED").await, [&off_and_over, &off].map(String::as_str));
    stack.advance(0).await;
    assert_eq!(by("EXPIRED").await, [short.as_str()], "nor does the list change when it has run");
}

#[tokio::test]
async fn by_application() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let me = manager.get("/apiAccessTokens/self").await.id();
    let mut created = Vec::new();
    for applications in [json!(["ORDERS"]), json!(["PRODUCTS", "ORDERS"]), json!(["INVOICES"])] {
        let token = json!({"name": "n", "rights": "READ", "applications": applications});
        created.push(manager.created(&token).await.id());
    }
    let by = async |application: &str| tokens(&manager).only("application", application).ids().await;
    assert_eq!(by("ORDERS").await, [&created[1], &created[0]].map(String::as_str));
    assert_eq!(by("INVOICES").await, [created[2].as_str()]);
    assert_eq!(by("API_ACCESS_TOKENS").await, [me]);
    assert!(by("ORDER").await.is_empty(), "no part of a name is a name");
    assert!(by("NO_LONGER_THERE").await.is_empty());
}

#[tokio::test]
async fn by_any_part_of_the_name_in_any_case() {
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
        ("nothing of the kind", &[]),
    ] {
        let mut ids = tokens(&manager).only("search", search).ids().await;
        ids.retain(|id| created.contains(id));
        let expected: Vec<_> = found.iter().rev().map(|index| created[*index].clone()).collect();
        assert_eq!(ids, expected, "{search}");
    }
    assert_eq!(tokens(&manager).only("search", "").ids().await.len(), 7, "every name holds it");
}

#[tokio::test]
async fn filters_together_leave_what_all_of_them_leave_on_full_pages() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let mut expected = Vec::new();
    for number in 0..60_usize {
        let (rare, orders, off) =
            (number.is_multiple_of(3), number.is_multiple_of(2), number.is_multiple_of(5));
        let application = if orders { "ORDERS" } else { "PRODUCTS" };
        let name = if rare { format!("Rare {number}") } else { format!("common {number}") };
        let token = json!({"name": name, "rights": "READ", "applications": ["REPORTS", application]});
        let id = manager.created(&token).await.id();
        if off {
            assert_eq!(manager.deactivate(&id).await.status, 200);
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
async fn a_rare_match_is_found_among_many_others() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let mut expected = vec![manager.created(&named("needle")).await.id()];
    fill(&manager, 450).await;
    expected.insert(0, manager.created(&named("another needle")).await.id());
    tokens(&manager).only("search", "needle").assert_pages(&expected).await;
}
