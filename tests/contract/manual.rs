//! Renewal by hand.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::join_all;
use serde_json::{Value, json};

use crate::support::{
    Answer, Caller, DAY, HOUR, MINUTE, Receiver, Reply, TestStack, renewing, verify_independently,
};

fn plain() -> Value {
    json!({"name": "n", "rights": "READ_WRITE", "applications": ["ORDERS"]})
}

/// An order to renew, the old token ending then.
fn order(end: DateTime<Utc>) -> Value {
    json!({"name": "renewed", "existingTokenExpiresAt": end.to_rfc3339()})
}

async fn renew(caller: &Caller, id: &str, order: &Value) -> Answer {
    caller.post(&format!("/apiAccessTokens/{id}/renew"), order).await
}

async fn renewed(caller: &Caller, id: &str, order: &Value) -> Answer {
    let answer = renew(caller, id, order).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer
}

fn assert_conflict(answer: &Answer, code: &str) {
    assert_eq!((answer.status, answer.text("errorCode")), (409, code.to_owned()), "{answer:?}");
}

async fn renewals(stack: &TestStack, id: &str) -> usize {
    stack.event_types(id).await.iter().filter(|kind| *kind == "Token Renewed").count()
}

#[tokio::test]
async fn the_successor_is_handed_over_and_takes_everything_along() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let manager = stack.manager();
    let created = manager.created(&renewing(&receiver)).await;
    stack.advance_to(created.time("createdDate"), 10 * DAY).await;
    let end = stack.now().await + TimeDelta::hours(6);
    let order =
        json!({"name": " second ", "description": "by hand", "existingTokenExpiresAt": end.to_rfc3339()});
    let answer = renewed(&manager, &created.id(), &order).await;

    assert_eq!(answer.header("location"), format!("/apiAccessTokens/{}", answer.id()));
    assert_eq!((answer.header("etag"), answer.header("cache-control")), ("\"1\"", "no-store"));
    assert_eq!((answer.text("name"), answer.text("description")), ("second".into(), "by hand".into()));
    for field in ["seriesId", "companyId", "rights", "applications", "renewalMailRecipient", "expiresAt"] {
        assert_eq!(answer.body[field], created.body[field], "{field}");
    }
    assert_eq!(answer.text("renewedFrom"), created.id());
    let next = answer.time("createdDate") + TimeDelta::days(30);
    let renewal = json!({
        "everyDays": 30, "nextRenewalAt": next.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "callback": {"url": receiver.url()},
    });
    assert_eq!(answer.body["autoRenewal"], renewal, "without the signing secret, which stays the same");

    let old = manager.token(&created.id()).await;
    assert_eq!(old.time("expiresAt").timestamp(), end.timestamp(), "exactly when asked");
    assert_eq!((old.text("renewedBy"), &old.body["autoRenewal"]), (answer.id(), &json!(null)));
    let mut read = manager.get(&format!("/apiAccessTokens/{}", answer.id())).await.body;
    read["token"] = json!(answer.text("token"));
    assert_eq!(read, answer.body);

    let (before, after) = (stack.caller(&created.text("token")), stack.caller(&answer.text("token")));
    assert!(before.is_authenticated().await && after.is_authenticated().await);
    stack.advance_to(end, -1).await;
    assert!(before.is_authenticated().await);
    stack.advance_to(end, 1).await;
    assert!(!before.is_authenticated().await && after.is_authenticated().await);

    stack.advance_to(answer.time("createdDate"), 30 * DAY).await;
    let [callback] = receiver.received().try_into().expect("only the successor renews itself");
    assert_eq!(
        (&callback.body["data"]["tokenId"], &callback.body["data"]["name"]),
        (&json!(answer.id()), &json!("second"))
    );
    let secret = created.body["autoRenewal"]["callback"]["signingSecret"].as_str().unwrap();
    assert!(verify_independently(&callback, secret).await, "the same signing secret");
    assert_eq!(after.redeem(&callback.request_token()).await.status, 200);
}

#[tokio::test]
async fn a_mail_an_event_and_an_activity_tell_of_it() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let manager = stack.manager();
    let created = manager.created(&renewing(&receiver)).await;
    let end = stack.now().await + TimeDelta::hours(6);
    let successor = renewed(&manager, &created.id(), &order(end)).await;
    stack.sweep().await;
    let [mail] = stack.mails().await.try_into().expect("exactly one mail");
    assert_eq!(mail["to"], json!(["ops@example.com"]));
    let until = end.format("%H:%M UTC").to_string();
    for part in ["text", "html"] {
        let text = mail[part].as_str().unwrap();
        assert!(
            text.contains(&until) && text.contains("by hand") && text.contains(&successor.id()),
            "{text}"
        );
    }
    assert_eq!(stack.event_types(&created.id()).await, ["Token Created", "Token Renewed"]);
    let events = stack.events().await;
    let event = events.iter().find(|event| event["detailType"] == "Token Renewed").unwrap();
    assert_eq!(
        (&event["detail"]["how"], &event["detail"]["successorId"]),
        (&json!("HAND"), &json!(successor.id()))
    );
    let activities = manager.get(&format!("/apiAccessTokens/{}/activities", created.id())).await.body;
    assert_eq!(activities["items"][0]["action"], "RENEWED_BY_HAND", "{activities}");
    stack.assert_nothing_is_stored_in_the_clear().await;
}

#[tokio::test]
async fn every_fault_is_named_at_once_and_nothing_is_renewed() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let mut token = plain();
    let end = stack.now().await + TimeDelta::days(10);
    token["expiresAt"] = json!(end.to_rfc3339());
    let id = manager.created(&token).await.id();
    let good = order(end);
    let with = |field: &str, value: Value| {
        let mut order = good.clone();
        order[field] = value;
        order
    };
    let cases = [
        (json!({}), vec!["existingTokenExpiresAt", "name"]),
        (json!({"name": null, "existingTokenExpiresAt": null}), vec!["existingTokenExpiresAt", "name"]),
        (
            json!({"name": 1, "description": 2, "existingTokenExpiresAt": 3, "rights": "READ", "expiresAt": null}),
            vec!["description", "existingTokenExpiresAt", "expiresAt", "name", "rights"],
        ),
        (with("name", json!("  ")), vec!["name"]),
        (with("name", json!("x".repeat(101))), vec!["name"]),
        (with("description", json!("x".repeat(1_001))), vec!["description"]),
        (with("existingTokenExpiresAt", json!("tomorrow")), vec!["existingTokenExpiresAt"]),
        (with("existingTokenExpiresAt", json!("2020-01-01")), vec!["existingTokenExpiresAt"]),
        (order(stack.now().await - TimeDelta::hours(1)), vec!["existingTokenExpiresAt"]),
        (order(end + TimeDelta::seconds(1)), vec!["existingTokenExpiresAt"]),
        (json!([]), vec!["body"]),
    ];
    for (order, faulty) in cases {
        let answer = renew(&manager, &id, &order).await;
        let mut fields = answer.faulty_fields();
        fields.sort();
        assert_eq!(
            (answer.status, fields),
            (400, faulty.into_iter().map(str::to_owned).collect()),
            "{order}"
        );
    }
    let untouched = manager.token(&id).await.body;
    assert_eq!((&untouched["version"], &untouched["renewedBy"]), (&json!(1), &json!(null)));
    assert_eq!(renewed(&manager, &id, &good).await.text("description"), "", "a description is optional");
    assert_eq!(manager.token(&id).await.time("expiresAt").timestamp(), end.timestamp());
}

#[tokio::test]
async fn the_old_token_ends_now_or_at_the_end_of_a_day() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let now = manager.created(&plain()).await;
    renewed(&manager, &now.id(), &order(stack.now().await)).await;
    assert_eq!(manager.token(&now.id()).await.text("status"), "EXPIRED");
    let refused = stack.caller(&now.text("token")).redeem("krt_").await;
    assert!(refused.header("www-authenticate").contains("was renewed"), "{refused:?}");

    let by_day = manager.created(&plain()).await.id();
    let day = (stack.now().await + TimeDelta::days(2)).format("%Y-%m-%d").to_string();
    let order = json!({"name": "n", "description": "d", "existingTokenExpiresAt": day});
    renewed(&manager, &by_day, &order).await;
    assert_eq!(manager.token(&by_day).await.text("expiresAt"), format!("{day}T23:59:59Z"));
}

#[tokio::test]
async fn a_successor_lives_as_long_as_its_predecessor_was_given() {
    let stack = TestStack::start().await;
    let mut token = plain();
    token["expiresAt"] = json!((stack.now().await + TimeDelta::days(40)).to_rfc3339());
    token["description"] = json!("kept");
    let created = stack.manager().created(&token).await;
    stack.advance(20 * DAY).await;
    let end = stack.now().await + TimeDelta::hours(1);
    let successor = renewed(&stack.manager(), &created.id(), &order(end)).await;
    let lifetime = |token: &Answer| token.time("expiresAt") - token.time("createdDate");
    assert_eq!(lifetime(&successor), lifetime(&created));
    assert_eq!(successor.text("description"), "kept", "the predecessor's, if none is given");
    let third = renewed(&stack.manager(), &successor.id(), &order(end)).await;
    assert_eq!((third.text("seriesId"), lifetime(&third)), (created.id(), lifetime(&created)));
}

#[tokio::test]
async fn a_request_token_that_is_out_is_dead() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    receiver.always(Reply::Status(500));
    let created = stack.manager().created(&renewing(&receiver)).await;
    stack.advance_to(created.time("createdDate"), 30 * DAY).await;
    let key = receiver.last().request_token();
    let successor =
        renewed(&stack.manager(), &created.id(), &order(stack.now().await + TimeDelta::hours(2))).await;
    assert!(stack.manager().token(&created.id()).await.body["pendingRenewal"].is_null());
    for caller in [stack.caller(&created.text("token")), stack.manager()] {
        assert_eq!(caller.redeem(&key).await.status, 410);
    }
    stack.advance(HOUR).await;
    assert_eq!(receiver.received().len(), 1, "no retry");
    assert_eq!(stack.manager().token(&created.id()).await.text("renewedBy"), successor.id());
    assert_eq!(renewals(&stack, &created.id()).await, 1);
}

#[tokio::test]
async fn what_has_a_successor_or_has_ended_is_not_renewed() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let manager = stack.manager();
    let manual = manager.created(&plain()).await.id();
    let end = stack.now().await + TimeDelta::days(60);
    renewed(&manager, &manual, &order(end)).await;
    let redeemed = manager.created(&renewing(&receiver)).await;
    let deactivated = manager.created(&plain()).await.id();
    manager.deactivate(&deactivated).await;
    let mut expired = plain();
    expired["expiresAt"] = json!((stack.now().await + TimeDelta::days(3)).to_rfc3339());
    let expired = manager.created(&expired).await.id();
    stack.advance_to(redeemed.time("createdDate"), 30 * DAY).await;
    assert_eq!(manager.redeem(&receiver.last().request_token()).await.status, 200);

    let now = order(stack.now().await + MINUTE_AHEAD);
    for (id, code) in [
        (&manual, "ALREADY_RENEWED"),
        (&redeemed.id(), "ALREADY_RENEWED"),
        (&deactivated, "DEACTIVATED"),
        (&expired, "EXPIRED"),
    ] {
        let before = manager.token(id).await.body;
        assert_conflict(&renew(&manager, id, &now).await, code);
        assert_eq!(manager.token(id).await.body, before);
    }
    assert_eq!(renew(&manager, "0199a3c4-5b6d-7e8f-9012-3456789abcde", &now).await.status, 404);
}

const MINUTE_AHEAD: TimeDelta = TimeDelta::seconds(MINUTE);

/// Of all answers one made a successor, and the others say why they did not.
async fn assert_one_successor(stack: &TestStack, id: &str, answers: &[Answer]) {
    let made: Vec<_> = answers.iter().filter(|answer| answer.status == 201).collect();
    for refused in answers.iter().filter(|answer| answer.status != 201) {
        assert_conflict(refused, "ALREADY_RENEWED");
        assert_eq!(refused.text("detail"), "Not done: the token has been renewed already.");
    }
    let successor = stack.manager().token(id).await.text("renewedBy");
    assert!(made.iter().all(|answer| answer.id() == successor) && made.len() <= 1);
    let tokens = stack.stored().await;
    let successors: BTreeSet<_> = tokens
        .iter()
        .filter(|item| item["sk"]["S"] == "TOKEN" && item["renewedFrom"]["S"] == id)
        .map(|item| item["id"]["S"].to_string())
        .collect();
    assert_eq!(successors.len(), 1, "{successors:?}");
    stack.sweep().await;
    assert_eq!(renewals(stack, id).await, 1);
}

#[tokio::test]
async fn many_renewals_at_once_make_one_successor() {
    let stack = TestStack::start().await;
    let id = stack.manager().created(&plain()).await.id();
    let (manager, order) = (stack.manager(), order(stack.now().await + TimeDelta::hours(1)));
    let answers = join_all((0..20).map(|_| renew(&manager, &id, &order))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    assert_one_successor(&stack, &id, &answers).await;
}

#[tokio::test]
async fn people_and_the_schedule_at_once_make_one_successor() {
    let stack = TestStack::start().await;
    let by_mail = json!({
        "name": "mailed", "rights": "READ", "applications": ["ORDERS"],
        "autoRenewal": {"everyDays": 30}, "renewalMailRecipient": "ops@example.com",
    });
    let manager = stack.manager();
    let ids = join_all((0..10).map(|_| async { manager.created(&by_mail).await.id() })).await;
    stack.jump(30 * DAY + MINUTE).await;
    let order = order(stack.now().await + TimeDelta::hours(1));
    let manual = join_all(ids.iter().map(|id| renew(&manager, id, &order)));
    let (first, second, answers) = tokio::join!(stack.sweep(), stack.sweep(), manual);
    let by_schedule =
        [first, second].iter().map(|sweep| sweep.body["renewed"].as_u64().unwrap()).sum::<u64>();
    let manual = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(usize::try_from(by_schedule).unwrap() + manual, ids.len());
    for (id, answer) in ids.iter().zip(answers) {
        assert_one_successor(&stack, id, &[answer]).await;
    }
    assert_eq!(stack.mails().await.len(), ids.len());
}

#[tokio::test]
async fn people_and_a_redemption_at_once_make_one_successor() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let manager = stack.manager();
    let created = join_all((0..5).map(|_| async { manager.created(&renewing(&receiver)).await })).await;
    stack.advance(30 * DAY).await;
    let order = order(stack.now().await + TimeDelta::hours(1));
    for token in created {
        let callbacks = receiver.received();
        let callback =
            callbacks.iter().find(|callback| callback.body["data"]["tokenId"] == token.id()).unwrap();
        let (client, id, key) = (stack.caller(&token.text("token")), token.id(), callback.request_token());
        let (manual, redemption) = tokio::join!(renew(&manager, &id, &order), client.redeem(&key));
        let outcome = (manual.status, redemption.status);
        assert!([(201, 410), (409, 200)].contains(&outcome), "{outcome:?}");
        assert_one_successor(&stack, &id, &[manual]).await;
    }
}
