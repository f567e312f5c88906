//! Read and write units, calls and bytes of every operation, so that none grows dearer unnoticed. `infra/docs/costs.md` says why none of
//! them can be cheaper.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use keyturn_harness::bench::bill::{Bill, money};
use keyturn_harness::bench::prices::Prices;
use keyturn_harness::bench::services::Services;
use keyturn_harness::bench::units::{EMPTY_SWEEP, RENEWAL, REPEAT, Units, measure};

async fn measured() -> Units {
    let program = Path::new(env!("CARGO_BIN_EXE_keyturn-harness"));
    measure(&Services::start(program).await.unwrap()).await.unwrap()
}

#[tokio::test]
async fn every_operation_consumes_its_documented_units() {
    let units = measured().await;
    // Read units, write units, calls of DynamoDB, and kilobytes of their bodies
    let expected = [
        ("create a token", 1.0, 8.0, 2, 3.1),
        ("create a token with Idempotency-Key", 2.0, 10.0, 3, 4.9),
        ("verify (authorizer), the first time in an hour", 1.0, 1.0, 2, 1.0),
        ("verify (authorizer)", 1.0, 0.0, 1, 0.7),
        ("verify a mistyped string", 0.0, 0.0, 0, 0.0),
        ("introspect", 2.0, 0.0, 2, 1.3),
        ("read a token", 3.0, 0.0, 1, 2.4),
        ("list 4 tokens", 5.5, 0.0, 4, 6.0),
        ("overview of 4 tokens", 5.5, 0.0, 4, 6.2),
        ("dry run of a mass renewal of 4 tokens", 5.5, 0.0, 4, 6.3),
        ("edit a token", 3.0, 5.0, 2, 4.5),
        ("copy a token string", 2.0, 3.0, 3, 2.7),
        ("renew by hand", 2.0, 14.0, 3, 6.3),
        ("deactivate a token", 3.0, 9.0, 2, 5.4),
        (RENEWAL[0], 2.0, 23.0, 5, 11.7),
        (EMPTY_SWEEP, 4.5, 0.0, 9, 2.7),
        (RENEWAL[1], 2.0, 18.0, 2, 8.4),
        (RENEWAL[2], 1.0, 7.0, 5, 2.9),
        ("a whole automatic renewal", 5.0, 48.0, 12, 23.1),
        (REPEAT, 3.0, 3.0, 3, 5.0),
        ("read the own token", 2.0, 0.0, 1, 2.0),
        ("renewalInfo", 1.0, 0.0, 1, 0.7),
        ("renew by pull", 2.0, 16.0, 2, 6.8),
        ("the same pull again", 3.0, 3.0, 3, 4.5),
        ("report a leaked string", 0.0, 2.0, 1, 0.5),
        ("order a mass renewal", 1.0, 2.0, 2, 1.5),
        ("look at a mass renewal", 2.0, 0.0, 2, 1.5),
        ("a step of a mass renewal, besides the tokens", 2.0, 2.0, 3, 2.1),
    ];
    let actual = units
        .all()
        .iter()
        .map(|it| (it.name, it.consumed.read, it.consumed.write, it.consumed.store_calls()));
    assert_eq!(
        actual.collect::<Vec<_>>(),
        expected.map(|(name, read, write, calls, _)| (name, read, write, calls))
    );
    for (operation, (name, .., kilobytes)) in units.all().iter().zip(expected) {
        let actual = operation.consumed.kilobytes();
        // Numbers and ports differ in length from run to run.
        assert!(
            (actual - kilobytes).abs() < 0.1 + kilobytes / 50.0,
            "{name}: {actual} KB, {kilobytes} expected"
        );
    }
}

/// `cargo xtask bench --only bill` prints what the page must show.
#[tokio::test]
async fn the_pages_show_the_bill() {
    let bill = Bill::of(&Prices::read().unwrap(), &measured().await);
    let read = |page: &str| {
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(page)).unwrap()
    };
    assert!(
        read("infra/docs/costs.md").contains(&bill.to_string()),
        "infra/docs/costs.md lacks this:\n{bill}"
    );
    let [idle, thousand, million, verifications] = bill.total.map(money);
    let readme = read("README.md").split_whitespace().collect::<Vec<_>>().join(" ");
    for sentence in [
        format!("An idle deployment costs US$ {idle} a month"),
        format!("with 1,000 tokens renewed monthly US$ {thousand}"),
        format!("with a million US$ {million}"),
        format!("A million verifications cost US$ {verifications}"),
    ] {
        assert!(readme.contains(&sentence), "README.md lacks: {sentence}");
    }
    // The targets
    assert!(bill.with_free_tier[0] < 4.0 && bill.total[3] < 0.5, "{bill}");
}

#[tokio::test]
async fn verification_is_one_call() {
    let units = measured().await;
    let calls = |name: &str| units.of(name).unwrap().calls.clone().into_iter().collect::<Vec<_>>();
    assert_eq!(calls("verify (authorizer)"), [("GetItem".to_owned(), 1)]);
    assert_eq!(calls("verify a mistyped string"), []);
}
