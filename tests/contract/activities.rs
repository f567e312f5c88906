//! The activities of a token: who did what when.

use chrono::{DateTime, Utc};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    ApiClient, DAY, HOUR, List, TestStack, assert_no_secrets, ids, plain, renewal, renewing_by_mail,
    renewing_token, token,
};

fn activities(client: &ApiClient, token: &str) -> List {
    List::new(client, &format!("/apiAccessTokens/{token}/activities"))
}

/// All activities of a token, newest first; fails if one shows a secret.
async fn history(client: &ApiClient, token: &str) -> Vec<Value> {
    let items = activities(client, token).items(&[("size", "100")]).await;
    for item in &items {
        assert_no_secrets("an activity", &item.to_string());
    }
    let time = |item: &Value| item["at"].as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
    assert!(items.is_sorted_by(|newer, older| time(newer) >= time(older)), "{items:?}");
    items
}

fn actions(history: &[Value]) -> Vec<&str> {
    history.iter().rev().map(|item| item["action"].as_str().unwrap()).collect()
}

fn only<'a>(history: &'a [Value], action: &str) -> &'a Value {
    let mut found = history.iter().filter(|item| item["action"] == action);
    let only = found.next().unwrap_or_else(|| panic!("no {action} in {history:?}"));
    assert!(found.next().is_none(), "more than one {action}");
    only
}

#[tokio::test]
async fn records_every_action_with_its_actor() {
    let (stack, receiver, created) = renewing_token().await;
    let (manager, id) = (stack.manager(), created.id());
    let second = manager.created(&token("READ_WRITE", "API_ACCESS_TOKENS")).await;
    let colleague = stack.client_of(&second);
    colleague.edit(&id, &json!({"description": "mine"})).await.expect(200);
    manager.copy(&id).await.expect(200);
    colleague.test_callback(&id).await.expect(200);
    manager.rotate_secret(&id).await.expect(200);
    colleague.start_renewal(&id).await.expect(200);
    stack.advance(0).await;
    stack.client_of(&created).redeemed(&receiver.request_token()).await;

    let history = history(&manager, &id).await;
    let me = manager.own_token().await.id();
    let expected = [
        ("CREATED", "TOKEN", Some(&me)),
        ("UPDATED", "TOKEN", Some(&second.id())),
        ("COPIED", "TOKEN", Some(&me)),
        ("CALLBACK_TEST_REQUESTED", "TOKEN", Some(&second.id())),
        ("SIGNING_SECRET_ROTATED", "TOKEN", Some(&me)),
        ("RENEWAL_STARTED", "TOKEN", Some(&second.id())),
        ("RENEWAL_REQUESTED", "SCHEDULE", None),
        ("RENEWED_BY_REDEMPTION", "TOKEN", Some(&id)),
    ];
    assert_eq!(actions(&history), expected.map(|(action, ..)| action));
    for (item, (action, kind, token)) in history.iter().rev().zip(expected) {
        let actor = token.map_or(json!({"type": kind}), |token| json!({"type": kind, "tokenId": token}));
        assert_eq!((&item["actor"], &item["tokenId"]), (&actor, &json!(id)), "{action}");
    }
    let successor = manager.token(&id).await.text("renewedBy");
    assert_eq!(only(&history, "RENEWED_BY_REDEMPTION")["successorId"], successor.as_str());
    assert_eq!(only(&history, "RENEWAL_REQUESTED")["attempt"], 1);
    assert_eq!(only(&history, "CREATED")["at"], created.text("createdDate"));
    stack.assert_no_stored_secrets().await;
}

#[tokio::test]
async fn records_nothing_that_fails_or_changes_nothing() {
    let (stack, _receiver, created) = renewing_token().await;
    let (manager, id) = (stack.manager(), created.id());
    let path = format!("/apiAccessTokens/{id}");
    manager.edit(&id, &json!({"name": "another"})).await;
    manager.with_header(Method::PATCH, &path, ("If-Match", "\"9\""), &json!({"description": "x"})).await;
    manager.renew(&id, &json!({})).await;
    manager.token(&id).await;
    assert_eq!(actions(&history(&manager, &id).await), ["CREATED"]);
    manager.deactivate(&id).await.expect(200);
    manager.deactivate(&id).await.expect(200);
    assert_eq!(actions(&history(&manager, &id).await), ["CREATED", "DEACTIVATED"]);
    let history = history(&manager, &manager.own_token().await.id()).await;
    assert_eq!((actions(&history), &history[0]["actor"]), (vec!["CREATED"], &json!({"type": "OPERATOR"})));
}

#[tokio::test]
async fn shows_a_renewal_in_the_histories_of_both_tokens() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let created = manager.created(&renewing_by_mail(7)).await;
    stack.advance_to(created.time("createdDate"), 7 * DAY).await;
    let second = manager.token(&created.id()).await.text("renewedBy");
    let by_schedule = only(&history(&manager, &second).await, "RENEWED_BY_SCHEDULE").clone();
    assert_eq!(by_schedule["actor"], json!({"type": "SCHEDULE"}));
    let tokens = json!([by_schedule["tokenId"], by_schedule["successorId"]]);
    assert_eq!(tokens, json!([created.id(), second]));

    let third = manager.renew(&second, &renewal(stack.after(HOUR).await)).await.expect(201).id();
    stack.advance(25 * HOUR).await;
    let mut histories = Vec::new();
    for (token, expected) in [
        (&created.id(), &["CREATED", "RENEWED_BY_SCHEDULE", "EXPIRED"][..]),
        (&second, &["RENEWED_BY_SCHEDULE", "RENEWED_BY_HAND", "EXPIRED"]),
        (&third, &["RENEWED_BY_HAND"]),
    ] {
        histories.push(history(&manager, token).await);
        assert_eq!(actions(histories.last().unwrap()), expected);
    }
    let me = manager.own_token().await.id();
    assert_eq!(histories[2][0]["actor"], json!({"type": "TOKEN", "tokenId": me}));
    assert_eq!(histories[2][0], *only(&histories[1], "RENEWED_BY_HAND"), "the same activity in both");
}

#[tokio::test]
async fn counts_unredeemed_request_tokens() {
    let (stack, _receiver, created) = renewing_token().await;
    stack.advance_to(created.time("createdDate"), 31 * DAY + 3 * HOUR).await;
    let history = history(&stack.manager(), &created.id()).await;
    let counted =
        history.iter().rev().skip(1).map(|item| (item["action"].as_str(), item["attempt"].as_u64()));
    let expected = [1, 2].map(|attempt| {
        ["RENEWAL_REQUESTED", "RENEWAL_UNREDEEMED"].map(|action| (Some(action), Some(attempt)))
    });
    assert_eq!(counted.collect::<Vec<_>>(), expected.concat());
}

#[tokio::test]
async fn pages_and_refuses_wrong_parameters() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let created = manager.created(&plain()).await.id();
    for _ in 0..40 {
        manager.copy(&created).await.expect(200);
    }
    let list = activities(&manager, &created);
    let all = ids(&list.items(&[("size", "100")]).await);
    assert_eq!(all.len(), 41);
    assert_eq!(ids(&list.items(&[]).await), all[..25]);
    list.assert_pages(&all).await;
    list.assert_reports_every_fault(&[("status", "ACTIVE")]).await;
}
