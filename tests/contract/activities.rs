//! Who did what when.

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{
    Caller, DAY, HOUR, List, Options, Receiver, TestStack, assert_no_secrets, id, ids, renewing,
};

fn activities(caller: &Caller, token: &str) -> List {
    List::new(caller, &format!("/apiAccessTokens/{token}/activities"))
}

/// What happened to a token, the newest first, free of secrets.
async fn story(caller: &Caller, token: &str) -> Vec<Value> {
    let items = activities(caller, token).items(&[("size", "100")]).await;
    for item in &items {
        assert_no_secrets("an activity", &item.to_string());
    }
    let time = |item: &Value| item["at"].as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
    assert!(items.is_sorted_by(|newer, older| time(newer) >= time(older)), "{items:?}");
    items
}

/// The words of a story, the oldest first.
fn words(story: &[Value]) -> Vec<&str> {
    story.iter().rev().map(|item| item["action"].as_str().unwrap()).collect()
}

/// The only activity of a kind.
fn one<'a>(story: &'a [Value], action: &str) -> &'a Value {
    let mut found = story.iter().filter(|item| item["action"] == action);
    let one = found.next().unwrap_or_else(|| panic!("no {action} in {story:?}"));
    assert!(found.next().is_none(), "more than one {action}");
    one
}

async fn done(answer: impl Future<Output = crate::support::Answer>) {
    let answer = answer.await;
    assert!([200, 201].contains(&answer.status), "{answer:?}");
}

#[tokio::test]
async fn everything_that_people_do_is_there_with_who_did_it() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let manager = stack.manager();
    let token =
        json!({"name": "second manager", "rights": "READ_WRITE", "applications": ["API_ACCESS_TOKENS"]});
    let second = manager.created(&token).await;
    let colleague = stack.caller(&second.text("token"));
    let created = manager.created(&renewing(&receiver)).await;
    let path = |tail: &str| format!("/apiAccessTokens/{}{tail}", created.id());
    done(colleague.patch(&path(""), &json!({"description": "mine"}))).await;
    done(manager.get(&path("/token"))).await;
    done(colleague.post(&path("/callback/test"), &json!({}))).await;
    done(manager.post(&path("/callback/rotateSecret"), &json!({}))).await;
    done(colleague.post(&path("/startRenewal"), &json!({}))).await;
    stack.advance(0).await;
    let client = stack.caller(&created.text("token"));
    done(client.redeem(&receiver.last().request_token())).await;

    let story = story(&manager, &created.id()).await;
    let me = manager.get("/apiAccessTokens/self").await.id();
    let successor = manager.token(&created.id()).await.text("renewedBy");
    let expected = [
        ("CREATED", "TOKEN", Some(&me)),
        ("UPDATED", "TOKEN", Some(&second.id())),
        ("COPIED", "TOKEN", Some(&me)),
        ("CALLBACK_TEST_REQUESTED", "TOKEN", Some(&second.id())),
        ("SIGNING_SECRET_ROTATED", "TOKEN", Some(&me)),
        ("RENEWAL_STARTED", "TOKEN", Some(&second.id())),
        ("RENEWAL_REQUESTED", "SCHEDULE", None),
        ("RENEWED_BY_REDEMPTION", "TOKEN", Some(&created.id())),
    ];
    assert_eq!(words(&story), expected.map(|(action, ..)| action));
    for (item, (action, kind, token)) in story.iter().rev().zip(expected) {
        let actor = match token {
            Some(token) => json!({"type": kind, "tokenId": token}),
            None => json!({"type": kind}),
        };
        assert_eq!((&item["actor"], &item["tokenId"]), (&actor, &json!(created.id())), "{action}");
    }
    assert_eq!(one(&story, "RENEWED_BY_REDEMPTION")["successorId"], successor.as_str());
    assert_eq!(one(&story, "RENEWAL_REQUESTED")["attempt"], 1);
    assert_eq!(one(&story, "CREATED")["at"], created.text("createdDate"));
    stack.assert_nothing_is_stored_in_the_clear().await;
}

#[tokio::test]
async fn what_fails_or_changes_nothing_is_not() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let manager = stack.manager();
    let created = manager.created(&renewing(&receiver)).await;
    let path = format!("/apiAccessTokens/{}", created.id());
    manager.patch(&path, &json!({"name": "another"})).await;
    manager.with_header(Method::PATCH, &path, ("If-Match", "\"9\""), &json!({"description": "x"})).await;
    manager.post(&format!("{path}/renew"), &json!({})).await;
    manager.token(&created.id()).await;
    assert_eq!(words(&story(&manager, &created.id()).await), ["CREATED"]);
    done(manager.deactivate(&created.id())).await;
    done(manager.deactivate(&created.id())).await;
    assert_eq!(words(&story(&manager, &created.id()).await), ["CREATED", "DEACTIVATED"]);
    let me = manager.get("/apiAccessTokens/self").await.id();
    let story = story(&manager, &me).await;
    assert_eq!((words(&story), &story[0]["actor"]), (vec!["CREATED"], &json!({"type": "OPERATOR"})));
}

#[tokio::test]
async fn a_successor_s_story_begins_with_the_renewal_that_made_it() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let created = manager
        .created(&json!({
            "name": "n", "rights": "READ", "applications": ["ORDERS"],
            "autoRenewal": {"everyDays": 7}, "renewalMailRecipient": "ops@example.com",
        }))
        .await;
    stack.advance_to(created.time("createdDate"), 7 * DAY).await;
    let second = manager.token(&created.id()).await.text("renewedBy");
    let by_schedule = one(&story(&manager, &second).await, "RENEWED_BY_SCHEDULE").clone();
    assert_eq!(by_schedule["actor"], json!({"type": "SCHEDULE"}));
    assert_eq!(
        (&by_schedule["tokenId"], &by_schedule["successorId"]),
        (&json!(created.id()), &json!(second))
    );

    let order = json!({"name": "n", "existingTokenExpiresAt": stack.now().await + TimeDelta::hours(1)});
    let third = manager.post(&format!("/apiAccessTokens/{second}/renew"), &order).await;
    assert_eq!(third.status, 201, "{}", third.body);
    stack.advance(25 * HOUR).await;

    let stories = [
        story(&manager, &created.id()).await,
        story(&manager, &second).await,
        story(&manager, &third.id()).await,
    ];
    assert_eq!(words(&stories[0]), ["CREATED", "RENEWED_BY_SCHEDULE", "EXPIRED"]);
    assert_eq!(words(&stories[1]), ["RENEWED_BY_SCHEDULE", "RENEWED_BY_HAND", "EXPIRED"]);
    assert_eq!(words(&stories[2]), ["RENEWED_BY_HAND"]);
    let me = manager.get("/apiAccessTokens/self").await.id();
    assert_eq!(stories[2][0]["actor"], json!({"type": "TOKEN", "tokenId": me}));
    assert_eq!(stories[2][0], *one(&stories[1], "RENEWED_BY_HAND"), "one and the same in both");
}

#[tokio::test]
async fn request_tokens_that_nobody_redeems_are_counted() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let manager = stack.manager();
    let created = manager.created(&renewing(&receiver)).await;
    stack.advance_to(created.time("createdDate"), 31 * DAY + 3 * HOUR).await;
    let story = story(&manager, &created.id()).await;
    let counted: Vec<_> = story
        .iter()
        .rev()
        .skip(1)
        .map(|item| (item["action"].as_str().unwrap(), item["attempt"].as_u64().unwrap()))
        .collect();
    let expected = [
        ("RENEWAL_REQUESTED", 1),
        ("RENEWAL_UNREDEEMED", 1),
        ("RENEWAL_REQUESTED", 2),
        ("RENEWAL_UNREDEEMED", 2),
    ];
    assert_eq!(counted, expected);
}

#[tokio::test]
async fn page_by_page_and_wrong_parameters_refused() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let token = json!({"name": "n", "rights": "READ", "applications": ["ORDERS"]});
    let created = manager.created(&token).await.id();
    for _ in 0..40 {
        done(manager.get(&format!("/apiAccessTokens/{created}/token"))).await;
    }
    let list = activities(&manager, &created);
    let all = ids(&list.items(&[("size", "100")]).await);
    assert_eq!(all.len(), 41);
    assert_eq!(ids(&list.items(&[]).await), all[..25]);
    list.assert_pages(&all).await;
    list.assert_faults_are_told_at_once(&[("status", "ACTIVE")]).await;
}

#[tokio::test]
async fn another_company_s_token_has_no_story() {
    let folder = TempDir::new().unwrap();
    let stack = TestStack::start_with(Options { data_dir: Some(folder.path()), ..Options::default() }).await;
    let (ours, theirs) = (stack.manager(), stack.found(folder.path(), "other").await);
    let mine = ours.get("/apiAccessTokens/self").await.id();
    assert_eq!(activities(&ours, &mine).ids().await.len(), 1);
    for unknown in [mine.as_str(), "0199a3c4-5b6d-7e8f-9012-3456789abcde", "1", "%00"] {
        let answer = activities(&theirs, unknown).ask(&[]).await;
        assert_eq!((answer.status, answer.text("errorCode")), (404, "NOT_FOUND".to_owned()), "{unknown}");
    }
    let own = theirs.get("/apiAccessTokens/self").await.id();
    let story = story(&theirs, &own).await;
    assert_eq!((story.len(), &story[0]["tokenId"]), (1, &json!(own)));
    assert_ne!(id(&story[0]), mine);
}
