//! Parameters that nothing can be made of.

use super::{named, tokens};
use crate::support::{TestStack, assert_no_secrets};

#[tokio::test]
async fn every_fault_is_named_at_once() {
    let stack = TestStack::start().await;
    let (list, long) = (tokens(&stack.manager()), "x".repeat(101));
    let others = [("status", "FOO"), ("application", "orders"), ("search", long.as_str())];
    list.assert_faults_are_told_at_once(&others).await;
    list.assert_refused("status", &["", "active", "ACTIVE,EXPIRED", "ACTIVE "]).await;
    list.assert_refused("application", &["", "ORDERS,PRODUCTS", "ÄPFEL", &"A".repeat(31)]).await;
}

#[tokio::test]
async fn what_is_faulty_is_said_and_echoed_unless_it_looks_like_a_secret() {
    let stack = TestStack::start().await;
    let string = stack.manager().created(&named("n")).await.text("token");
    let list = tokens(&stack.manager());
    let answer = list.ask(&[("size", "0"), ("sort", "UP")]).await;
    let errors = &answer.body["validationErrors"];
    assert_eq!((&errors[0]["value"], &errors[1]["value"]), (&"0".into(), &"UP".into()));
    assert_eq!(
        (&errors[0]["error"], &errors[0]["code"]),
        (&"must be 1 to 100".into(), &"OUT_OF_RANGE".into())
    );
    assert_eq!(errors[1]["code"], "UNSUPPORTED_VALUE");
    for (name, value) in [("startingAfter", string.as_str()), ("status", &string), (&string, "x")] {
        let answer = list.ask(&[(name, value)]).await;
        assert_eq!(answer.status, 400);
        assert_no_secrets("the answer", &answer.body.to_string());
    }
}

#[tokio::test]
async fn strange_queries_are_no_server_errors() {
    let stack = TestStack::start().await;
    let (manager, emoji) = (stack.manager(), "🔑".repeat(100));
    for query in ["search=%00", "search=%FF%FE", "search=%", "&&&", "=", "search=%20", "size=%31", "search"] {
        let answer = manager.get(&format!("/apiAccessTokens?{query}")).await;
        assert!([200, 400].contains(&answer.status), "{query}: {answer:?}");
    }
    for text in ["'); DROP TABLE--", ":now", "#a", "\u{202e}", emoji.as_str()] {
        assert!(tokens(&manager).only("search", text).ids().await.is_empty(), "{text}");
    }
}
