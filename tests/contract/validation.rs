//! The token table's rules, all faults at once.

use serde_json::{Value, json};

use crate::support::TestStack;

#[tokio::test]
async fn every_fault_is_named_at_once_and_nothing_is_created() {
    let stack = TestStack::start().await;
    let answer = stack
        .manager()
        .create(&json!({
            "name": "  ", "description": "x".repeat(1_001), "rights": "ALL", "applications": ["NOPE"], "expiresAt": "2020-01-01",
            "autoRenewal": {"everyDays": 0, "callback": {"url": "ftp://example.com"}}, "renewalMailRecipient": "nobody", "colour": "red",
        }))
        .await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let mut fields = answer.faulty_fields();
    fields.sort();
    let all = [
        "applications",
        "autoRenewal.callback.url",
        "autoRenewal.everyDays",
        "colour",
        "description",
        "expiresAt",
        "name",
        "renewalMailRecipient",
        "rights",
    ];
    assert_eq!(fields, all);
    assert_eq!(answer.text("errorCode"), "VALIDATION_FAILED");
    assert_eq!(answer.text("errorMessage"), answer.text("detail"));
    stack.sweep().await;
    let created = stack.events().await.iter().filter(|event| event["detailType"] == "Token Created").count();
    assert_eq!(created, 1, "only the management token");
}

#[tokio::test]
async fn rules_one_by_one() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let good = json!({"name": "n", "rights": "READ", "applications": ["ORDERS"]});
    let renewal = json!({"everyDays": 30});
    let callback = json!({"everyDays": 30, "callback": {"url": "https://example.com/"}});
    let soon = (stack.now().await + chrono::TimeDelta::days(31)).to_rfc3339();
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
        ("autoRenewal", renewal.clone(), "autoRenewal"),
        (
            "autoRenewal",
            json!({"everyDays": 3_651, "callback": {"url": "https://example.com/"}}),
            "autoRenewal.everyDays",
        ),
        (
            "autoRenewal",
            json!({"everyDays": 1.5, "callback": {"url": "https://example.com/"}}),
            "autoRenewal.everyDays",
        ),
        ("autoRenewal", json!({"callback": {"url": "https://example.com/"}}), "autoRenewal.everyDays"),
        ("autoRenewal", json!({"everyDays": 30, "callback": {}}), "autoRenewal.callback.url"),
        (
            "autoRenewal",
            json!({"everyDays": 30, "callback": {"url": "http://10.0.0.1/"}}),
            "autoRenewal.callback.url",
        ),
        (
            "autoRenewal",
            json!({"everyDays": 30, "callback": {"url": "https://a:b@example.com/"}}),
            "autoRenewal.callback.url",
        ),
        ("autoRenewal", json!([]), "autoRenewal"),
        ("renewalMailRecipient", json!("a@b.com,c@d.com"), "renewalMailRecipient"),
        ("callback", json!({"url": "https://example.com/"}), "callback"),
    ];
    for (field, value, faulty) in cases {
        let mut token = good.clone();
        token[field] = value;
        let answer = manager.create(&token).await;
        assert_eq!((answer.status, answer.faulty_fields()), (400, vec![faulty.to_owned()]), "{token}");
    }
    let mut too_soon = good.clone();
    too_soon["autoRenewal"] = callback;
    too_soon["expiresAt"] = json!(soon);
    assert_eq!(manager.create(&too_soon).await.faulty_fields(), ["autoRenewal.everyDays"]);
    assert_eq!(manager.create(&good).await.status, 201);
}

#[tokio::test]
async fn bodies_that_are_none() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    for body in
        [b"".to_vec(), b"{".to_vec(), b"[]".to_vec(), b"\"x\"".to_vec(), b"{\"name\": \"\xff\"}".to_vec()]
    {
        let answer = manager.post_raw("/apiAccessTokens", body).await;
        assert_eq!((answer.status, answer.faulty_fields()), (400, vec!["body".to_owned()]), "{answer:?}");
    }
    let long = json!({"name": "x".repeat(70_000)});
    assert_eq!(manager.create(&long).await.status, 413);
    let secret = format!("kat_{}", "0".repeat(71));
    let echoing = manager.create(&json!({"name": secret, "rights": secret})).await;
    assert!(!echoing.body.to_string().contains(&secret), "a secret is not echoed");
}

#[tokio::test]
async fn an_expiry_given_as_a_date_means_the_end_of_that_day() {
    let stack = TestStack::start().await;
    let day = (stack.now().await + chrono::TimeDelta::days(10)).format("%Y-%m-%d").to_string();
    let token = json!({"name": "n", "rights": "READ", "applications": ["ORDERS"], "expiresAt": day});
    assert_eq!(stack.manager().created(&token).await.text("expiresAt"), format!("{day}T23:59:59Z"));
}
