//! Manual renewal.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use futures::future::join_all;
use serde_json::{Value, json};

use crate::support::{
    ApiResponse, DAY, HOUR, MINUTE, Receiver, Reply, TestStack, With, due_token, plain, renewal, renewing,
    renewing_by_mail, renewing_token, verify_independently,
};

#[tokio::test]
async fn returns_a_successor_that_inherits_the_settings() {
    let (stack, receiver, created) = renewing_token().await;
    let manager = stack.manager();
    stack.advance_to(created.time("createdDate"), 10 * DAY).await;
    let end = stack.after(6 * HOUR).await;
    let body = renewal(end).with("name", " second ").with("description", "by hand");
    let successor = manager.renew(&created.id(), &body).await.expect(201);

    assert_eq!(successor.header("location"), format!("/apiAccessTokens/{}", successor.id()));
    assert_eq!((successor.header("etag"), successor.header("cache-control")), ("\"1\"", "no-store"));
    assert_eq!((successor.text("name"), successor.text("description")), ("second".into(), "by hand".into()));
    for field in ["seriesId", "companyId", "rights", "applications", "renewalMailRecipient", "expiresAt"] {
        assert_eq!(successor.body[field], created.body[field], "{field}");
    }
    assert_eq!(successor.text("renewedFrom"), created.id());
    let next = successor.time("createdDate") + TimeDelta::days(30);
    let expected = json!({
        "everyDays": 30, "nextRenewalAt": next.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "callback": {"url": receiver.url()}, "pull": false,
    });
    assert_eq!(successor.body["autoRenewal"], expected, "without the signing secret, which stays the same");

    let old = manager.token(&created.id()).await;
    assert_eq!(old.time("expiresAt").timestamp(), end.timestamp());
    assert_eq!((old.text("renewedBy"), &old.body["autoRenewal"]), (successor.id(), &Value::Null));
    let read = manager.token(&successor.id()).await.body;
    assert_eq!(read.with("token", successor.string()), successor.body);

    let (before, after) = (stack.client_of(&created), stack.client_of(&successor));
    assert!(before.is_authenticated().await && after.is_authenticated().await);
    stack.advance_to(end, -1).await;
    assert!(before.is_authenticated().await);
    stack.advance_to(end, 1).await;
    assert!(!before.is_authenticated().await && after.is_authenticated().await);

    stack.advance_to(next, 0).await;
    let [callback] = receiver.received().try_into().expect("only the successor renews itself");
    let data = &callback.body["data"];
    assert_eq!((&data["tokenId"], &data["name"]), (&json!(successor.id()), &json!("second")));
    assert!(verify_independently(&callback, &created.signing_secret().unwrap()).await);
    after.redeemed(&callback.request_token()).await;
}

#[tokio::test]
async fn reports_every_fault_and_renews_nothing() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let end = stack.after(10 * DAY).await;
    let id = manager.created(&plain().with("expiresAt", end)).await.id();
    let good = renewal(end);
    let with = |field: &str, value: Value| good.clone().with(field, value);
    let cases = [
        (json!({}), &["existingTokenExpiresAt", "name"][..]),
        (json!({"name": null, "existingTokenExpiresAt": null}), &["existingTokenExpiresAt", "name"]),
        (
            json!({"name": 1, "description": 2, "existingTokenExpiresAt": 3, "rights": "READ", "expiresAt": null}),
            &["description", "existingTokenExpiresAt", "expiresAt", "name", "rights"],
        ),
        (with("name", json!("  ")), &["name"]),
        (with("name", json!("x".repeat(101))), &["name"]),
        (with("description", json!("x".repeat(1_001))), &["description"]),
        (with("existingTokenExpiresAt", json!("tomorrow")), &["existingTokenExpiresAt"]),
        (with("existingTokenExpiresAt", json!("2020-01-01")), &["existingTokenExpiresAt"]),
        (renewal(stack.after(-HOUR).await), &["existingTokenExpiresAt"]),
        (renewal(end + TimeDelta::seconds(1)), &["existingTokenExpiresAt"]),
        (json!([]), &["body"]),
    ];
    for (body, fields) in cases {
        manager.renew(&id, &body).await.assert_invalid(fields);
    }
    let unchanged = manager.token(&id).await.body;
    assert_eq!((&unchanged["version"], &unchanged["renewedBy"]), (&json!(1), &Value::Null));
    let successor = manager.renew(&id, &good).await.expect(201);
    assert_eq!(successor.text("description"), "", "a description is optional");
    assert_eq!(manager.token(&id).await.time("expiresAt").timestamp(), end.timestamp());
}

#[tokio::test]
async fn ends_the_predecessor_now_or_at_the_end_of_a_day() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let now = manager.created(&plain()).await;
    manager.renew(&now.id(), &renewal(stack.now().await)).await.expect(201);
    assert_eq!(manager.token(&now.id()).await.text("status"), "EXPIRED");
    let refused = stack.client_of(&now).redeem("krt_").await;
    assert!(refused.header("www-authenticate").contains("was renewed"), "{refused:?}");

    let by_day = manager.created(&plain()).await.id();
    let day = stack.after(2 * DAY).await.format("%Y-%m-%d").to_string();
    let body = json!({"name": "n", "description": "d", "existingTokenExpiresAt": day});
    manager.renew(&by_day, &body).await.expect(201);
    assert_eq!(manager.token(&by_day).await.text("expiresAt"), format!("{day}T23:59:59Z"));
}

#[tokio::test]
async fn gives_the_successor_the_lifetime_of_its_predecessor() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let token = plain().with("expiresAt", stack.after(40 * DAY).await).with("description", "kept");
    let created = manager.created(&token).await;
    stack.advance(20 * DAY).await;
    let body = renewal(stack.after(HOUR).await);
    let lifetime = |token: &ApiResponse| token.time("expiresAt") - token.time("createdDate");
    let successor = manager.renew(&created.id(), &body).await.expect(201);
    assert_eq!(lifetime(&successor), lifetime(&created));
    assert_eq!(successor.text("description"), "kept", "the predecessor's, if none is given");
    let third = manager.renew(&successor.id(), &body).await.expect(201);
    assert_eq!((third.text("seriesId"), lifetime(&third)), (created.id(), lifetime(&created)));
}

#[tokio::test]
async fn cancels_a_pending_request_token() {
    let (stack, receiver, created) = due_token(Reply::Status(500)).await;
    let (manager, request_token) = (stack.manager(), receiver.request_token());
    let successor = manager.renew(&created.id(), &renewal(stack.after(2 * HOUR).await)).await.expect(201);
    assert!(manager.token(&created.id()).await.body["pendingRenewal"].is_null());
    for client in [&stack.client_of(&created), &manager] {
        client.redeem(&request_token).await.expect(410);
    }
    stack.advance(HOUR).await;
    assert_eq!(receiver.received().len(), 1, "no retry");
    assert_eq!(manager.token(&created.id()).await.text("renewedBy"), successor.id());
    assert_eq!(stack.count_events(&created.id(), "Token Renewed").await, 1);
}

/// Fails unless at most one of these responses created a successor, there is exactly one, and the others were refused.
async fn assert_one_successor(stack: &TestStack, id: &str, responses: &[ApiResponse]) {
    let (created, refused): (Vec<_>, Vec<_>) = responses.iter().partition(|response| response.status == 201);
    for refused in refused {
        refused.assert_error(409, "ALREADY_RENEWED");
        assert_eq!(refused.text("detail"), "Not done: the token has been renewed already.");
    }
    let successor = stack.manager().token(id).await.text("renewedBy");
    assert!(created.iter().all(|response| response.id() == successor) && created.len() <= 1);
    let stored = stack.stored().await;
    let tokens = stored.iter().filter(|item| item["sk"]["S"] == "TOKEN" && item["renewedFrom"]["S"] == id);
    let successors: BTreeSet<_> = tokens.map(|item| item["id"]["S"].to_string()).collect();
    assert_eq!(successors.len(), 1, "{successors:?}");
    stack.sweep().await;
    // Two runs at once may both deliver an event, under the same id.
    let events = stack.events_of(id, "Token Renewed").await;
    let ids: BTreeSet<_> = events.iter().map(|event| event["id"].to_string()).collect();
    assert_eq!(ids.len(), 1, "{events:?}");
}

#[tokio::test]
async fn creates_one_successor_for_concurrent_renewals() {
    let stack = TestStack::start().await;
    let id = stack.manager().created(&plain()).await.id();
    let (manager, body) = (stack.manager(), renewal(stack.after(HOUR).await));
    let responses = join_all((0..20).map(|_| manager.renew(&id, &body))).await;
    assert_eq!(responses.iter().filter(|response| response.status == 201).count(), 1);
    assert_one_successor(&stack, &id, &responses).await;
}

#[tokio::test]
async fn creates_one_successor_if_the_schedule_renews_at_the_same_time() {
    let stack = TestStack::start().await;
    let (manager, token) = (stack.manager(), renewing_by_mail(30));
    let ids = join_all((0..10).map(|_| async { manager.created(&token).await.id() })).await;
    stack.jump(30 * DAY + MINUTE).await;
    let body = renewal(stack.after(HOUR).await);
    let manual = join_all(ids.iter().map(|id| manager.renew(id, &body)));
    let (first, second, responses) = tokio::join!(stack.sweep(), stack.sweep(), manual);
    let by_schedule = [first, second].iter().map(|sweep| sweep["renewed"].as_u64().unwrap()).sum::<u64>();
    let manual = responses.iter().filter(|response| response.status == 201).count();
    assert_eq!(usize::try_from(by_schedule).unwrap() + manual, ids.len());
    for (id, response) in ids.iter().zip(responses) {
        assert_one_successor(&stack, id, &[response]).await;
    }
    assert!(stack.mails().await.len() >= ids.len(), "at least one mail for each renewal");
}

#[tokio::test]
async fn creates_one_successor_if_the_client_redeems_at_the_same_time() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let manager = stack.manager();
    let created = join_all((0..5).map(|_| async { manager.created(&renewing(&receiver)).await })).await;
    stack.advance(30 * DAY).await;
    let body = renewal(stack.after(HOUR).await);
    for token in created {
        let (client, id) = (stack.client_of(&token), token.id());
        let request_token = receiver.last_for(&id).request_token();
        let (manual, redemption) = tokio::join!(manager.renew(&id, &body), client.redeem(&request_token));
        let outcome = (manual.status, redemption.status);
        assert!([(201, 410), (409, 200)].contains(&outcome), "{outcome:?}");
        assert_one_successor(&stack, &id, &[manual]).await;
    }
}
