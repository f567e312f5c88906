//! Editing how a token renews itself, also while a request token is pending.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{
    ApiResponse, DAY, HOUR, MINUTE, Receiver, Reply, TestStack, With, due_token, plain, renewing,
    renewing_by_mail, renewing_token, verify_independently,
};

async fn edit(stack: &TestStack, id: &str, patch: Value) -> ApiResponse {
    stack.manager().edit(id, &patch).await
}

/// Edits `autoRenewal`, which must be accepted.
async fn edited(stack: &TestStack, id: &str, renewal: Value) -> ApiResponse {
    edit(stack, id, json!({"autoRenewal": renewal})).await.expect(200)
}

#[tokio::test]
async fn moves_the_next_renewal_with_the_number_of_days() {
    let (stack, receiver, created) = renewing_token().await;
    let (id, start) = (created.id(), created.time("createdDate"));
    stack.advance_to(start, 10 * DAY).await;
    for days in [40, 20] {
        let moved = edited(&stack, &id, json!({"everyDays": days})).await;
        assert_eq!(moved.next_renewal(), start + TimeDelta::days(days));
    }

    stack.advance_to(start, 15 * DAY).await;
    let before = stack.now().await;
    let overdue = edited(&stack, &id, json!({"everyDays": 5})).await.next_renewal();
    let now = before - TimeDelta::seconds(1)..=stack.now().await;
    assert!(now.contains(&overdue), "{overdue}: due at once");
    assert_eq!(receiver.received().len(), 0);
    stack.sweep().await;
    assert_eq!(receiver.received().len(), 1, "by the next run of the schedule");
    stack.client_of(&created).redeemed(&receiver.request_token()).await;
}

#[tokio::test]
async fn cancels_the_request_token_if_the_renewal_moves_into_the_future() {
    let (stack, receiver, created) = due_token(Reply::Status(500)).await;
    let (request_token, start) = (receiver.request_token(), created.time("createdDate"));
    let moved = edited(&stack, &created.id(), json!({"everyDays": 40})).await;
    assert!(moved.body["pendingRenewal"].is_null(), "{}", moved.body);
    stack.client_of(&created).redeem(&request_token).await.expect(410);
    stack.advance_to(start, 40 * DAY - MINUTE).await;
    assert_eq!(receiver.received().len(), 1, "no retry");
    stack.advance_to(start, 40 * DAY).await;
    assert_eq!((receiver.received().len(), receiver.last().attempt()), (2, 1));
    stack.manager().redeem(&request_token).await.expect(410);
}

#[tokio::test]
async fn keeps_the_request_token_if_the_renewal_stays_due() {
    let (stack, receiver, created) = due_token(Reply::Status(204)).await;
    for patch in
        [json!({"autoRenewal": {"everyDays": 3}}), json!({"description": "x", "renewalMailRecipient": null})]
    {
        let edited = edit(&stack, &created.id(), patch).await.expect(200);
        assert_eq!(edited.body["pendingRenewal"]["attempt"], 1);
    }
    stack.sweep().await;
    assert_eq!(receiver.received().len(), 1);
    stack.client_of(&created).redeemed(&receiver.request_token()).await;
}

#[tokio::test]
async fn requires_the_renewal_48_hours_before_the_expiry() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let token = renewing(&receiver).with("expiresAt", stack.after(40 * DAY + HOUR).await);
    let created = stack.manager().created(&token).await;
    let (id, start) = (created.id(), created.time("createdDate"));
    let every = |days: i64| json!({"autoRenewal": {"everyDays": days}});
    edit(&stack, &id, every(39)).await.assert_invalid(&["autoRenewal.everyDays"]);
    edit(&stack, &id, every(38)).await.expect(200);

    stack.advance_to(start, 38 * DAY + 3 * HOUR).await;
    edit(&stack, &id, every(5)).await.assert_invalid(&["autoRenewal.everyDays"]);
    let other = Receiver::start().await;
    let callback = json!({"description": "x", "autoRenewal": {"callback": {"url": other.url()}}});
    edit(&stack, &id, callback).await.expect(200);
    stack.advance_to(start, 39 * DAY).await;
    assert_eq!(other.received().len(), 1, "what was set in time still holds");
}

#[tokio::test]
async fn requires_a_way_to_deliver_the_renewed_token() {
    let stack = TestStack::start().await;
    let id = stack.manager().created(&renewing_by_mail(30)).await.id();
    let alone = edit(&stack, &id, json!({"renewalMailRecipient": null})).await;
    alone.assert_invalid(&["autoRenewal"]);
    assert!(alone.text("detail").contains("would reach nobody"), "{}", alone.body);
    let callback = json!({"autoRenewal": {"callback": {"url": "https://example.com/"}}});
    edit(&stack, &id, callback.clone().with("renewalMailRecipient", Value::Null)).await.expect(200);
    edit(&stack, &id, json!({"autoRenewal": {"callback": null}})).await.assert_invalid(&["autoRenewal"]);
    edited(&stack, &id, Value::Null).await;
    edit(&stack, &id, json!({"autoRenewal": {"everyDays": 30}})).await.assert_invalid(&["autoRenewal"]);
    edit(&stack, &id, callback).await.assert_invalid(&["autoRenewal.everyDays"]);
}

/// The mails about a callback that changed: to whom.
async fn told(stack: &TestStack) -> Vec<String> {
    stack.sweep().await;
    let about = |mail: &Value| mail["subject"].as_str().unwrap().starts_with("The callback URL of");
    let mails = stack.mails().await.into_iter().filter(about);
    mails.map(|mail| mail["to"][0].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn another_callback_url_is_named_and_mailed() {
    let (stack, receiver, created) = renewing_token().await;
    let (id, manager) = (created.id(), stack.manager());
    let elsewhere = json!({"autoRenewal": {"callback": {"url": format!("{}/elsewhere", receiver.url())}}});
    edit(&stack, &id, json!({"description": "x"})).await.expect(200);
    let same_host = edit(&stack, &id, elsewhere.clone()).await.expect(200);
    assert_eq!(same_host.signing_secret(), None, "the host knows the secret");
    edit(&stack, &id, elsewhere).await.expect(200);
    assert_eq!(told(&stack).await, ["ops@example.com"], "once");

    let quietly = json!({
        "renewalMailRecipient": "mallory@example.com", "autoRenewal": {"everyDays": 20, "callback": {"url": receiver.url()}},
    });
    edit(&stack, &id, quietly).await.expect(200);
    assert_eq!(told(&stack).await, ["ops@example.com"; 2], "whoever received the mails before");
    edit(&stack, &id, json!({"autoRenewal": {"callback": null}})).await.expect(200);
    edit(&stack, &id, json!({"autoRenewal": null})).await.expect(200);

    let expected = [
        json!(["description"]),
        json!(["autoRenewal.callback.url"]),
        json!(["autoRenewal.everyDays", "autoRenewal.callback.url", "renewalMailRecipient"]),
        json!(["autoRenewal.callback.url"]),
        json!(["autoRenewal"]),
    ];
    stack.sweep().await;
    let events = stack.events_of(&id, "Token Updated").await;
    assert_eq!(events.iter().map(|detail| detail["fields"].clone()).collect::<Vec<_>>(), expected);
    let activities = manager.get(&format!("/apiAccessTokens/{id}/activities?sort=ASC")).await.expect(200);
    let items = activities.body["items"].as_array().unwrap();
    let fields = items.iter().filter(|item| item["action"] == "UPDATED").map(|item| item["fields"].clone());
    assert_eq!(fields.collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn another_host_gets_a_new_signing_secret() {
    let (stack, receiver, created) = renewing_token().await;
    let (id, old) = (created.id(), created.signing_secret().unwrap());
    let port = receiver.url().split(':').nth(2).unwrap().to_owned();
    let moved = json!({"autoRenewal": {"callback": {"url": format!("http://localhost:{port}")}}});
    let edited = edit(&stack, &id, moved).await.expect(200);
    let secret = edited.signing_secret().expect("it is shown in the answer");
    assert_ne!(secret, old);
    assert_eq!(stack.manager().token(&id).await.signing_secret(), None, "and only there");

    stack.advance_to(created.time("createdDate"), 30 * DAY).await;
    let callback = receiver.last();
    assert!(verify_independently(&callback, &secret).await);
    assert!(!verify_independently(&callback, &old).await, "the former host cannot sign for the new one");
    stack.client_of(&created).redeemed(&callback.request_token()).await;
    stack.advance(30 * DAY).await;
    let next = receiver.last();
    assert_ne!(next.request_token(), callback.request_token());
    assert!(verify_independently(&next, &secret).await, "the successor inherits it");
}

#[tokio::test]
async fn cancels_the_request_token_when_switched_off() {
    let (stack, receiver, created) = due_token(Reply::Status(500)).await;
    let (id, request_token) = (created.id(), receiver.request_token());
    let off = edited(&stack, &id, Value::Null).await;
    assert!(off.body["autoRenewal"].is_null() && off.body["pendingRenewal"].is_null(), "{}", off.body);
    let client = stack.client_of(&created);
    for caller in [&client, &stack.manager()] {
        caller.redeem(&request_token).await.expect(410);
    }
    stack.advance(10 * DAY).await;
    assert_eq!(receiver.received().len(), 1, "nothing is sent again");
    assert!(stack.manager().token(&id).await.body["renewedBy"].is_null());
    assert_eq!(stack.count_events(&id, "Renewal Unredeemed").await, 0);

    let on = edited(&stack, &id, json!({"everyDays": 30, "callback": {"url": receiver.url()}})).await;
    let secret = on.signing_secret().unwrap();
    assert_ne!(Some(&secret), created.signing_secret().as_ref());
    stack.sweep().await;
    let callback = receiver.last();
    assert_eq!((receiver.received().len(), callback.attempt()), (2, 1), "it is overdue");
    assert!(verify_independently(&callback, &secret).await);
    client.redeem(&request_token).await.expect(410);
    client.redeemed(&callback.request_token()).await;
}

#[tokio::test]
async fn renews_by_schedule_once_the_callback_is_removed() {
    let (stack, receiver, created) = due_token(Reply::Status(204)).await;
    edited(&stack, &created.id(), json!({"callback": null})).await;
    stack.manager().redeem(&receiver.request_token()).await.expect(410);
    stack.sweep().await;
    assert!(stack.manager().token(&created.id()).await.body["renewedBy"].is_string());
    assert_eq!(stack.mails().await.len(), 1);
}

#[tokio::test]
async fn retries_at_the_new_url() {
    let (stack, receiver, created) = due_token(Reply::Status(500)).await;
    let other = Receiver::start().await;
    let moved = edited(&stack, &created.id(), json!({"callback": {"url": other.url()}})).await;
    assert_eq!(moved.signing_secret(), None, "the secret stays the same");
    stack.advance(2 * MINUTE).await;
    assert_eq!((receiver.received().len(), other.received().len()), (1, 1));
    let (first, second) = (receiver.last(), other.last());
    assert_eq!(first.request_token(), second.request_token());
    assert_eq!(first.header("webhook-id"), second.header("webhook-id"));
    assert!(verify_independently(&second, &created.signing_secret().unwrap()).await);
    stack.client_of(&created).redeemed(&second.request_token()).await;
}

#[tokio::test]
async fn shows_the_signing_secret_once() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let created = stack.manager().created(&plain()).await;
    let id = created.id();
    let on = json!({"everyDays": 30, "callback": {"url": receiver.url()}});
    let secret = edited(&stack, &id, on.clone()).await.signing_secret().unwrap();
    for later in [
        edited(&stack, &id, on.clone()).await,
        edit(&stack, &id, json!({"description": "x"})).await,
        edited(&stack, &id, json!({"callback": {"url": "http://127.0.0.1:9/"}})).await,
        edited(&stack, &id, on.with("everyDays", 20)).await,
        stack.manager().token(&id).await,
        stack.manager().get("/apiAccessTokens").await,
        stack.client_of(&created).own_token().await,
    ] {
        assert!(!later.body.to_string().contains("whsec_"), "{}", later.body);
    }
    stack.advance_to(created.time("createdDate"), 20 * DAY).await;
    assert!(verify_independently(&receiver.last(), &secret).await);
}

/// Fails unless the renewal can't be edited and everything else can.
async fn assert_ended(stack: &TestStack, id: &str, code: &str) {
    let before = stack.manager().token(id).await.body;
    for renewal in [json!({"everyDays": 5}), json!({"callback": {"url": "https://example.com/"}}), json!({})]
    {
        edit(stack, id, json!({"autoRenewal": renewal})).await.assert_error(409, code);
    }
    assert_eq!(stack.manager().token(id).await.body, before);
    let description = format!("{code}, see {}", before["version"]);
    let others = json!({"description": description, "renewalMailRecipient": null});
    let edited = edit(stack, id, others).await.expect(200);
    assert_eq!(edited.text("description"), description);
    assert_eq!(edited.body["renewalMailRecipient"], Value::Null);
    assert_eq!(edited.body["status"], before["status"]);
}

#[tokio::test]
async fn edits_all_but_the_renewal_of_ended_and_renewed_tokens() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let manager = stack.manager();
    let expiring = renewing(&receiver).with("expiresAt", stack.after(33 * DAY).await);
    let expiring = manager.created(&expiring).await.id();
    let deactivated = manager.created(&renewing(&receiver)).await.id();
    manager.deactivate(&deactivated).await;
    let renewed = manager.created(&renewing(&receiver)).await.id();
    stack.advance(30 * DAY).await;
    manager.redeemed(&receiver.last_for(&renewed).request_token()).await;

    assert_ended(&stack, &deactivated, "DEACTIVATED").await;
    assert_ended(&stack, &renewed, "ALREADY_RENEWED").await;
    stack.advance(4 * DAY).await;
    assert_ended(&stack, &expiring, "EXPIRED").await;
    assert_ended(&stack, &renewed, "ALREADY_RENEWED").await;
}
