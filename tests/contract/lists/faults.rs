//! Wrong parameters of the list.

use super::{named, tokens};
use crate::support::{TestStack, assert_no_secrets};

#[tokio::test]
async fn reports_every_fault_at_once() {
    let stack = TestStack::start().await;
    let (list, long) = (tokens(&stack.manager()), "x".repeat(101));
    let others = [("status", "FOO"), ("application", "orders"), ("search", long.as_str())];
    list.assert_reports_every_fault(&others).await;
    list.assert_refused("status", &["", "active", "ACTIVE,EXPIRED", "ACTIVE "]).await;
    list.assert_refused("application", &["", "ORDERS,PRODUCTS", "ÄPFEL", &"A".repeat(31)]).await;
}

#[tokio::test]
async fn echoes_wrong_values_but_no_secrets() {
    let stack = TestStack::start().await;
    let string = stack.manager().created(&named("n")).await.string();
    let list = tokens(&stack.manager());
    let refused = list.request(&[("size", "0"), ("sort", "UP")]).await;
    let errors = &refused.body["validationErrors"];
    assert_eq!((&errors[0]["value"], &errors[1]["value"]), (&"0".into(), &"UP".into()));
    assert_eq!(errors[0]["error"], "must be 1 to 100");
    assert_eq!(
        (&errors[0]["code"], &errors[1]["code"]),
        (&"OUT_OF_RANGE".into(), &"UNSUPPORTED_VALUE".into())
    );
    for (name, value) in [("startingAfter", string.as_str()), ("status", &string), (&string, "x")] {
        let refused = list.request(&[(name, value)]).await.expect(400);
        assert_no_secrets("the response", &refused.body.to_string());
    }
}

#[tokio::test]
async fn searches_for_operators_and_placeholders_literally() {
    let stack = TestStack::start().await;
    let (manager, emoji) = (stack.manager(), "🔑".repeat(100));
    for text in ["'); DROP TABLE--", ":now", "#a", "\u{202e}", emoji.as_str()] {
        assert!(tokens(&manager).only("search", text).ids().await.is_empty(), "{text}");
    }
}
