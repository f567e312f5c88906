//! Validation of a new token.

use serde_json::{Value, json};

use crate::support::{DAY, TestStack, With, plain};

#[tokio::test]
async fn reports_every_fault_and_creates_nothing() {
    let stack = TestStack::start().await;
    let token = json!({
        "name": "  ", "description": "x".repeat(1_001), "rights": "ALL", "applications": ["NOPE"], "expiresAt": "2020-01-01",
        "autoRenewal": {"everyDays": 0, "callback": {"url": "ftp://example.com"}}, "renewalMailRecipient": "nobody", "colour": "red",
    });
    let refused = stack.manager().create(&token).await;
    let all = "applications autoRenewal.callback.url autoRenewal.everyDays colour description expiresAt name \
               renewalMailRecipient rights";
    refused.assert_invalid(&all.split_whitespace().collect::<Vec<_>>());
    assert_eq!(refused.header("content-type"), "application/problem+json");
    assert_eq!(refused.text("errorCode"), "VALIDATION_FAILED");
    assert_eq!(refused.text("errorMessage"), refused.text("detail"));
    stack.sweep().await;
    let created = stack.events().await.iter().filter(|event| event["detailType"] == "Token Created").count();
    assert_eq!(created, 1, "only the management token");
}

#[tokio::test]
async fn applies_each_rule() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let good = plain();
    let renewal = |days: Value, url: &str| json!({"everyDays": days, "callback": {"url": url}});
    let example = "https://example.com/";
    let cases: [(&str, Value, &str); 21] = [
        ("name", json!(null), "name"),
        ("name", json!(7), "name"),
        ("name", json!("x".repeat(101)), "name"),
        ("rights", json!(null), "rights"),
        ("rights", json!("read"), "rights"),
        ("applications", json!([]), "applications"),
        ("applications", json!(["ORDERS", "ORDERS"]), "applications"),
        ("applications", json!("ORDERS"), "applications"),
        ("applications", json!([1]), "applications"),
        ("expiresAt", json!("yesterday"), "expiresAt"),
        ("expiresAt", json!("2020-01-01T00:00:00Z"), "expiresAt"),
        ("autoRenewal", json!({"everyDays": 30}), "autoRenewal"),
        ("autoRenewal", renewal(json!(3_651), example), "autoRenewal.everyDays"),
        ("autoRenewal", renewal(json!(1.5), example), "autoRenewal.everyDays"),
        ("autoRenewal", json!({"callback": {"url": example}}), "autoRenewal.everyDays"),
        ("autoRenewal", json!({"everyDays": 30, "callback": {}}), "autoRenewal.callback.url"),
        ("autoRenewal", renewal(json!(30), "http://10.0.0.1/"), "autoRenewal.callback.url"),
        ("autoRenewal", renewal(json!(30), "https://a:b@example.com/"), "autoRenewal.callback.url"),
        ("autoRenewal", json!([]), "autoRenewal"),
        ("renewalMailRecipient", json!("a@b.com,c@d.com"), "renewalMailRecipient"),
        ("callback", json!({"url": "https://example.com/"}), "callback"),
    ];
    for (field, value, faulty) in cases {
        manager.create(&good.clone().with(field, value)).await.assert_invalid(&[faulty]);
    }
    let too_soon = good.clone().with("autoRenewal", renewal(json!(30), example));
    let too_soon = too_soon.with("expiresAt", stack.after(31 * DAY).await);
    manager.create(&too_soon).await.assert_invalid(&["autoRenewal.everyDays"]);
    manager.created(&good).await;
}

#[tokio::test]
async fn refuses_malformed_and_oversized_bodies_without_echoing_secrets() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    for body in [&b""[..], b"{", b"[]", b"\"x\"", b"{\"name\": \"\xff\"}"] {
        manager.post_raw("/apiAccessTokens", body).await.assert_invalid(&["body"]);
    }
    manager.create(&json!({"name": "x".repeat(70_000)})).await.expect(413);
    let secret = format!("kat_{}", "0".repeat(71));
    let echoing = manager.create(&json!({"name": secret, "rights": secret})).await;
    assert!(!echoing.body.to_string().contains(&secret));
}

#[tokio::test]
async fn reads_a_date_as_the_end_of_that_day() {
    let stack = TestStack::start().await;
    let day = stack.after(10 * DAY).await.format("%Y-%m-%d").to_string();
    let created = stack.manager().created(&plain().with("expiresAt", &day)).await;
    assert_eq!(created.text("expiresAt"), format!("{day}T23:59:59Z"));
}
