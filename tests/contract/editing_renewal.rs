//! Editing how a token renews itself, also while a request token is out.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{Answer, DAY, HOUR, MINUTE, Receiver, Reply, TestStack, renewing, verify_independently};

async fn edit(stack: &TestStack, id: &str, patch: Value) -> Answer {
    stack.manager().patch(&format!("/apiAccessTokens/{id}"), &patch).await
}

/// Edits what must be accepted.
async fn edited(stack: &TestStack, id: &str, patch: Value) -> Answer {
    let answer = edit(stack, id, patch).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer
}

fn signing_secret(answer: &Answer) -> Option<String> {
    answer.body["autoRenewal"]["callback"]["signingSecret"].as_str().map(str::to_owned)
}

/// A stack with a token whose first request token has just gone out to a receiver that answers this.
async fn just_due(reply: Reply) -> (TestStack, Receiver, Answer) {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    receiver.always(reply);
    let created = stack.manager().created(&renewing(&receiver)).await;
    stack.advance_to(created.time("createdDate"), 30 * DAY).await;
    assert_eq!(receiver.received().len(), 1);
    (stack, receiver, created)
}

#[tokio::test]
async fn another_number_of_days_moves_the_renewal() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let created = stack.manager().created(&renewing(&receiver)).await;
    let (id, born) = (created.id(), created.time("createdDate"));
    let next = |answer: &Answer| answer.body["autoRenewal"]["nextRenewalAt"].as_str().unwrap().to_owned();
    let days_after_birth = |days| (born + TimeDelta::days(days)).format("%Y-%m-%dT%H:%M:%SZ").to_string();

    stack.advance_to(born, 10 * DAY).await;
    let later = edited(&stack, &id, json!({"autoRenewal": {"everyDays": 40}})).await;
    assert_eq!(next(&later), days_after_birth(40));
    let sooner = edited(&stack, &id, json!({"autoRenewal": {"everyDays": 20}})).await;
    assert_eq!(next(&sooner), days_after_birth(20));

    stack.advance_to(born, 15 * DAY).await;
    let before = stack.now().await;
    let passed = edited(&stack, &id, json!({"autoRenewal": {"everyDays": 5}})).await;
    let now: chrono::DateTime<chrono::Utc> = next(&passed).parse().unwrap();
    assert!(now >= before - TimeDelta::seconds(1) && now <= stack.now().await, "{now} is now");
    assert_eq!(receiver.received().len(), 0);
    stack.sweep().await;
    assert_eq!(receiver.received().len(), 1, "the next run of the schedule renews it");
    assert_eq!(
        stack.caller(&created.text("token")).redeem(&receiver.last().request_token()).await.status,
        200
    );
}

#[tokio::test]
async fn a_renewal_that_moves_into_the_future_takes_the_key_back() {
    let (stack, receiver, created) = just_due(Reply::Status(500)).await;
    let key = receiver.last().request_token();
    let moved = edited(&stack, &created.id(), json!({"autoRenewal": {"everyDays": 40}})).await;
    assert!(moved.body["pendingRenewal"].is_null(), "{}", moved.body);
    assert_eq!(stack.caller(&created.text("token")).redeem(&key).await.status, 410);
    stack.advance_to(created.time("createdDate"), 40 * DAY - MINUTE).await;
    assert_eq!(receiver.received().len(), 1, "no retry either");
    stack.advance_to(created.time("createdDate"), 40 * DAY).await;
    assert_eq!((receiver.received().len(), receiver.last().attempt()), (2, 1));
    assert_eq!(stack.manager().redeem(&key).await.status, 410);
}

#[tokio::test]
async fn a_renewal_that_stays_due_keeps_its_key() {
    let (stack, receiver, created) = just_due(Reply::Status(204)).await;
    for patch in
        [json!({"autoRenewal": {"everyDays": 3}}), json!({"description": "x", "renewalMailRecipient": null})]
    {
        let answer = edited(&stack, &created.id(), patch).await;
        assert_eq!(answer.body["pendingRenewal"]["attempt"], 1);
    }
    stack.sweep().await;
    assert_eq!(receiver.received().len(), 1);
    assert_eq!(
        stack.caller(&created.text("token")).redeem(&receiver.last().request_token()).await.status,
        200
    );
}

#[tokio::test]
async fn the_renewal_falls_48_hours_before_the_end_or_is_refused() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let mut token = renewing(&receiver);
    token["expiresAt"] = json!((stack.now().await + TimeDelta::hours(40 * 24 + 1)).to_rfc3339());
    let created = stack.manager().created(&token).await;
    let id = created.id();
    let refused = edit(&stack, &id, json!({"autoRenewal": {"everyDays": 39}})).await;
    assert_eq!((refused.status, refused.faulty_fields()), (400, vec!["autoRenewal.everyDays".to_owned()]));
    edited(&stack, &id, json!({"autoRenewal": {"everyDays": 38}})).await;

    stack.advance_to(created.time("createdDate"), 38 * DAY + 3 * HOUR).await;
    let too_late = edit(&stack, &id, json!({"autoRenewal": {"everyDays": 5}})).await;
    assert_eq!((too_late.status, too_late.faulty_fields()), (400, vec!["autoRenewal.everyDays".to_owned()]));
    let other = Receiver::start().await;
    edited(&stack, &id, json!({"description": "x", "autoRenewal": {"callback": {"url": other.url()}}})).await;
    stack.advance_to(created.time("createdDate"), 39 * DAY).await;
    assert_eq!(other.received().len(), 1, "what was set in time still holds");
}

#[tokio::test]
async fn a_renewed_token_must_reach_somebody() {
    let stack = TestStack::start().await;
    let by_mail = json!({
        "name": "mailed", "rights": "READ", "applications": ["ORDERS"],
        "autoRenewal": {"everyDays": 30}, "renewalMailRecipient": "ops@example.com",
    });
    let id = stack.manager().created(&by_mail).await.id();
    let alone = edit(&stack, &id, json!({"renewalMailRecipient": null})).await;
    assert_eq!((alone.status, alone.faulty_fields()), (400, vec!["autoRenewal".to_owned()]));
    assert!(alone.text("detail").contains("would reach nobody"), "{}", alone.body);
    let to_a_receiver = json!({
        "renewalMailRecipient": null, "autoRenewal": {"callback": {"url": "https://example.com/"}},
    });
    edited(&stack, &id, to_a_receiver).await;
    let without = edit(&stack, &id, json!({"autoRenewal": {"callback": null}})).await;
    assert_eq!(without.faulty_fields(), ["autoRenewal"]);
    edited(&stack, &id, json!({"autoRenewal": null})).await;
    let renewal = json!({"autoRenewal": {"everyDays": 30}});
    assert_eq!(edit(&stack, &id, renewal).await.faulty_fields(), ["autoRenewal"]);
    let callback = json!({"autoRenewal": {"callback": {"url": "https://example.com/"}}});
    assert_eq!(edit(&stack, &id, callback).await.faulty_fields(), ["autoRenewal.everyDays"]);
}

#[tokio::test]
async fn switching_off_kills_a_key_at_once() {
    let (stack, receiver, created) = just_due(Reply::Status(500)).await;
    let key = receiver.last().request_token();
    let off = edited(&stack, &created.id(), json!({"autoRenewal": null})).await;
    assert!(off.body["autoRenewal"].is_null() && off.body["pendingRenewal"].is_null(), "{}", off.body);
    let client = stack.caller(&created.text("token"));
    for caller in [&client, &stack.manager()] {
        assert_eq!(caller.redeem(&key).await.status, 410);
    }
    stack.advance(10 * DAY).await;
    assert_eq!(receiver.received().len(), 1, "nothing is sent again");
    assert!(stack.manager().token(&created.id()).await.body["renewedBy"].is_null());
    assert!(!stack.event_types(&created.id()).await.contains(&"Renewal Unredeemed".to_owned()));

    let again = json!({"autoRenewal": {"everyDays": 30, "callback": {"url": receiver.url()}}});
    let secret = signing_secret(&edited(&stack, &created.id(), again).await).unwrap();
    assert_ne!(Some(&secret), signing_secret(&created).as_ref());
    stack.sweep().await;
    let callback = receiver.last();
    assert_eq!((receiver.received().len(), callback.attempt()), (2, 1), "due since long");
    assert!(verify_independently(&callback, &secret).await);
    assert_eq!(client.redeem(&key).await.status, 410, "the first stays dead");
    assert_eq!(client.redeem(&callback.request_token()).await.status, 200);
}

#[tokio::test]
async fn without_a_callback_the_schedule_takes_over() {
    let (stack, receiver, created) = just_due(Reply::Status(204)).await;
    let key = receiver.last().request_token();
    edited(&stack, &created.id(), json!({"autoRenewal": {"callback": null}})).await;
    assert_eq!(stack.manager().redeem(&key).await.status, 410);
    stack.sweep().await;
    assert!(stack.manager().token(&created.id()).await.body["renewedBy"].is_string());
    assert_eq!(stack.mails().await.len(), 1);
}

#[tokio::test]
async fn a_retry_goes_to_the_new_url() {
    let (stack, receiver, created) = just_due(Reply::Status(500)).await;
    let elsewhere = Receiver::start().await;
    let patch = json!({"autoRenewal": {"callback": {"url": elsewhere.url()}}});
    let answer = edited(&stack, &created.id(), patch).await;
    assert_eq!(signing_secret(&answer), None, "the secret is the one before");
    stack.advance(2 * MINUTE).await;
    assert_eq!((receiver.received().len(), elsewhere.received().len()), (1, 1));
    let (first, second) = (receiver.last(), elsewhere.last());
    assert_eq!(first.request_token(), second.request_token());
    assert_eq!(first.header("webhook-id"), second.header("webhook-id"));
    assert!(verify_independently(&second, &signing_secret(&created).unwrap()).await);
    assert_eq!(stack.caller(&created.text("token")).redeem(&second.request_token()).await.status, 200);
}

#[tokio::test]
async fn a_signing_secret_is_shown_once() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let plain = json!({"name": "n", "rights": "READ", "applications": ["ORDERS"]});
    let created = stack.manager().created(&plain).await;
    let id = created.id();
    let on = json!({"autoRenewal": {"everyDays": 30, "callback": {"url": receiver.url()}}});
    let secret = signing_secret(&edited(&stack, &id, on.clone()).await).unwrap();
    let later = [
        edited(&stack, &id, on).await,
        edited(&stack, &id, json!({"description": "x"})).await,
        edited(&stack, &id, json!({"autoRenewal": {"callback": {"url": "http://127.0.0.1:9/"}}})).await,
        edited(&stack, &id, json!({"autoRenewal": {"everyDays": 20, "callback": {"url": receiver.url()}}}))
            .await,
        stack.manager().token(&id).await,
        stack.manager().get("/apiAccessTokens").await,
        stack.caller(&created.text("token")).get("/apiAccessTokens/self").await,
    ];
    for answer in later {
        assert!(!answer.body.to_string().contains("whsec_"), "{}", answer.body);
    }
    stack.advance_to(created.time("createdDate"), 20 * DAY).await;
    assert!(verify_independently(&receiver.last(), &secret).await);
}

/// Its renewal can't be edited, and everything else can.
async fn assert_ended(stack: &TestStack, id: &str, code: &str) {
    let before = stack.manager().token(id).await.body;
    for renewal in [json!({"everyDays": 5}), json!({"callback": {"url": "https://example.com/"}}), json!({})]
    {
        let refused = edit(stack, id, json!({"autoRenewal": renewal})).await;
        assert_eq!((refused.status, refused.text("errorCode")), (409, code.to_owned()));
    }
    assert_eq!(stack.manager().token(id).await.body, before);
    let others =
        json!({"description": format!("{code}, see {}", before["version"]), "renewalMailRecipient": null});
    let answer = edited(stack, id, others.clone()).await;
    assert_eq!(answer.body["description"], others["description"]);
    assert_eq!(
        (&answer.body["renewalMailRecipient"], &answer.body["status"]),
        (&json!(null), &before["status"])
    );
}

#[tokio::test]
async fn what_has_ended_or_been_renewed_does_not_renew_itself_but_can_be_described() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let manager = stack.manager();
    let mut expiring = renewing(&receiver);
    expiring["expiresAt"] = json!((stack.now().await + TimeDelta::days(33)).to_rfc3339());
    let expiring = manager.created(&expiring).await.id();
    let deactivated = manager.created(&renewing(&receiver)).await.id();
    manager.deactivate(&deactivated).await;
    let renewed = manager.created(&renewing(&receiver)).await.id();
    stack.advance(30 * DAY).await;
    let callbacks = receiver.received();
    let of_renewed = callbacks.iter().find(|callback| callback.body["data"]["tokenId"] == renewed).unwrap();
    assert_eq!(manager.redeem(&of_renewed.request_token()).await.status, 200);

    assert_ended(&stack, &deactivated, "DEACTIVATED").await;
    assert_ended(&stack, &renewed, "ALREADY_RENEWED").await;
    stack.advance(4 * DAY).await;
    assert_ended(&stack, &expiring, "EXPIRED").await;
    assert_ended(&stack, &renewed, "ALREADY_RENEWED").await;
}
