//! Creating requests that are sent twice.

use std::collections::BTreeSet;

use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Answer, Caller, HOUR, MINUTE, Options, Receiver, TestStack, renewing};

const TOKENS: &str = "/apiAccessTokens";

fn plain(name: &str) -> Value {
    json!({"name": name, "rights": "READ", "applications": ["ORDERS"]})
}

async fn send(caller: &Caller, path: &str, key: &str, body: &Value) -> Answer {
    caller.with_header(Method::POST, path, ("Idempotency-Key", key), body).await
}

/// Sends what must be accepted.
async fn sent(caller: &Caller, path: &str, key: &str, body: &Value) -> Answer {
    let answer = send(caller, path, key, body).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer
}

/// All that a client goes by.
fn essence(answer: &Answer) -> (u16, &Value, [&str; 4]) {
    let headers = ["location", "etag", "content-type", "cache-control"].map(|name| answer.header(name));
    (answer.status, &answer.body, headers)
}

fn assert_reused(answer: &Answer) {
    assert_eq!(
        (answer.status, answer.text("errorCode")),
        (422, "IDEMPOTENCY_KEY_REUSED".into()),
        "{answer:?}"
    );
}

/// How many tokens there are besides the management token.
async fn tokens(stack: &TestStack) -> usize {
    let list = stack.manager().get("/apiAccessTokens?size=100").await;
    list.body["items"].as_array().unwrap().len() - 1
}

async fn an_order(stack: &TestStack) -> Value {
    let end = stack.now().await + chrono::TimeDelta::days(2);
    json!({"name": "renewed", "existingTokenExpiresAt": end.to_rfc3339()})
}

#[tokio::test]
async fn the_same_request_gives_the_same_answer_for_a_day() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let (manager, token) = (stack.manager(), renewing(&receiver));
    let first = sent(&manager, TOKENS, "one", &token).await;
    assert!(first.body["autoRenewal"]["callback"]["signingSecret"].is_string());
    stack.advance(24 * HOUR - MINUTE).await;
    let again = sent(&manager, TOKENS, "one", &token).await;
    assert_eq!(essence(&again), essence(&first), "the string and the signing secret too");
    assert_eq!(tokens(&stack).await, 1);
    stack.sweep().await;
    assert_eq!(stack.event_types(&first.id()).await, ["Token Created"]);

    stack.advance(MINUTE + 1).await;
    let later = sent(&manager, TOKENS, "one", &token).await;
    assert_ne!((later.id(), later.text("token")), (first.id(), first.text("token")));
    assert_eq!(essence(&sent(&manager, TOKENS, "one", &token).await), essence(&later), "and it's kept anew");
    assert_eq!(tokens(&stack).await, 2);
    stack.assert_nothing_is_stored_in_the_clear().await;
}

#[tokio::test]
async fn without_a_key_every_request_counts() {
    let stack = TestStack::start().await;
    let first = stack.manager().created(&plain("same")).await;
    assert_ne!(stack.manager().created(&plain("same")).await.id(), first.id());
    assert_eq!(tokens(&stack).await, 2);
}

#[tokio::test]
async fn another_request_with_the_key_is_refused() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let first = sent(&manager, TOKENS, "one", &plain("a")).await;
    assert_reused(&send(&manager, TOKENS, "one", &plain("b")).await);
    assert_reused(&send(&manager, TOKENS, "one", &json!({})).await);
    let order = an_order(&stack).await;
    let renew = format!("{TOKENS}/{}/renew", first.id());
    assert_reused(&send(&manager, &renew, "one", &order).await);
    let other = manager.created(&plain("other")).await.id();
    sent(&manager, &renew, "two", &order).await;
    assert_reused(&send(&manager, &format!("{TOKENS}/{other}/renew"), "two", &order).await);
    assert_reused(&send(&manager, TOKENS, "two", &plain("a")).await);
    assert_eq!(tokens(&stack).await, 3);
    assert!(manager.token(&other).await.body["renewedBy"].is_null());
}

#[tokio::test]
async fn another_callers_key_is_its_own() {
    let folder = TempDir::new().unwrap();
    let stack = TestStack::start_with(Options { data_dir: Some(folder.path()), ..Options::default() }).await;
    let manager = stack.manager();
    let second = json!({"name": "second", "rights": "READ_WRITE", "applications": ["API_ACCESS_TOKENS"]});
    let second = stack.caller(&manager.created(&second).await.text("token"));
    let elsewhere = stack.found(folder.path(), "elsewhere").await;
    let mut strings = BTreeSet::new();
    for caller in [&manager, &second, &elsewhere] {
        strings.insert(sent(caller, TOKENS, "one", &plain("a")).await.text("token"));
    }
    assert_eq!(strings.len(), 3);
    assert_eq!(sent(&elsewhere, TOKENS, "two", &plain("b")).await.text("companyId"), "elsewhere");
}

#[tokio::test]
async fn a_renewal_is_repeated_too() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let old = manager.created(&plain("old")).await.id();
    let (renew, order) = (format!("{TOKENS}/{old}/renew"), an_order(&stack).await);
    let first = sent(&manager, &renew, "one", &order).await;
    assert_eq!(essence(&sent(&manager, &renew, "one", &order).await), essence(&first));
    stack.advance(23 * HOUR).await;
    assert_eq!(essence(&sent(&manager, &renew, "one", &order).await), essence(&first));
    let mut other = order.clone();
    other["name"] = json!("other");
    assert_reused(&send(&manager, &renew, "one", &other).await);
    assert_eq!(send(&manager, &renew, "two", &order).await.status, 409);
    stack.advance(2 * HOUR).await;
    assert_eq!(send(&manager, &renew, "one", &order).await.status, 409, "after the day it's a new request");
    assert_eq!(tokens(&stack).await, 2);
}

#[tokio::test]
async fn what_was_in_order_then_is_answered_as_then() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let mut token = plain("short-lived");
    token["expiresAt"] = json!((stack.now().await + chrono::TimeDelta::hours(1)).to_rfc3339());
    let first = sent(&manager, TOKENS, "one", &token).await;
    let order = json!({"name": "renewed", "existingTokenExpiresAt": stack.now().await.to_rfc3339()});
    let renew = format!("{TOKENS}/{}/renew", first.id());
    let renewed = sent(&manager, &renew, "two", &order).await;
    stack.advance(2 * HOUR).await;
    assert_eq!(essence(&sent(&manager, TOKENS, "one", &token).await), essence(&first));
    assert_eq!(essence(&sent(&manager, &renew, "two", &order).await), essence(&renewed));
    assert_eq!(send(&manager, TOKENS, "three", &token).await.faulty_fields(), ["expiresAt"]);
}

#[tokio::test]
async fn many_at_once_make_one_token() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let token = plain("one");
    let created = join_all((0..20).map(|_| send(&manager, TOKENS, "one", &token))).await;
    let first = &created[0];
    assert_eq!(first.status, 201);
    assert!(created.iter().all(|answer| essence(answer) == essence(first)), "{created:?}");
    assert_eq!(tokens(&stack).await, 1);

    let (renew, order) = (format!("{TOKENS}/{}/renew", first.id()), an_order(&stack).await);
    let renewed = join_all((0..20).map(|_| send(&manager, &renew, "two", &order))).await;
    assert_eq!(renewed[0].status, 201);
    assert!(renewed.iter().all(|answer| essence(answer) == essence(&renewed[0])), "{renewed:?}");
    assert_eq!(tokens(&stack).await, 2);
}

#[tokio::test]
async fn of_different_requests_at_once_one_keeps_the_key() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let bodies: Vec<_> = (0..10).map(|number| plain(&format!("token {number}"))).collect();
    let answers = join_all(bodies.iter().map(|body| send(&manager, TOKENS, "one", body))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    answers.iter().filter(|answer| answer.status != 201).for_each(assert_reused);
    assert_eq!(tokens(&stack).await, 1);
}

#[tokio::test]
async fn keys_that_are_none() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let id = manager.created(&plain("old")).await.id();
    let renewal = json!({"name": "new", "existingTokenExpiresAt": "2999-12-31"});
    for (path, body) in [(TOKENS, plain("a")), (&format!("{TOKENS}/{id}/renew"), renewal)] {
        for key in ["", " ", &"x".repeat(256), "schl\u{fc}ssel", "a\tb"] {
            let refused = send(&manager, path, key, &body).await;
            assert_eq!(
                (refused.status, refused.faulty_fields()),
                (400, vec!["Idempotency-Key".to_owned()]),
                "{key}"
            );
        }
    }
    for key in ["x", &"x".repeat(255), "\"8e03978e-40d5-43dd-bc93-6894a57f9324\"", "a b"] {
        sent(&manager, TOKENS, key, &plain("a")).await;
    }
    assert_eq!(tokens(&stack).await, 5);
}

#[tokio::test]
async fn a_refused_request_is_not_remembered() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let faulty = json!({"name": "", "rights": "READ", "applications": ["ORDERS"]});
    assert_eq!(send(&manager, TOKENS, "one", &faulty).await.faulty_fields(), ["name"]);
    let corrected = sent(&manager, TOKENS, "one", &plain("right")).await;
    assert_reused(&send(&manager, TOKENS, "one", &faulty).await);

    let renew = format!("{TOKENS}/{}/renew", corrected.id());
    assert_eq!(send(&manager, &renew, "two", &json!({"name": "n"})).await.status, 400);
    assert_eq!(
        send(&manager, &format!("{TOKENS}/1/renew"), "two", &an_order(&stack).await).await.status,
        404
    );
    sent(&manager, &renew, "two", &an_order(&stack).await).await;
    assert_eq!(tokens(&stack).await, 2);
}

#[tokio::test]
async fn a_restart_forgets_no_answer() {
    let folder = TempDir::new().unwrap();
    let options = || Options { data_dir: Some(folder.path()), ..Options::default() };
    let stack = TestStack::start_with(options()).await;
    let first = sent(&stack.manager(), TOKENS, "one", &plain("a")).await;
    stack.kill().await;
    let stack = TestStack::start_with(options()).await;
    assert_eq!(essence(&sent(&stack.manager(), TOKENS, "one", &plain("a")).await), essence(&first));
    assert_eq!(tokens(&stack).await, 1);
    stack.assert_nothing_is_stored_in_the_clear().await;
}
