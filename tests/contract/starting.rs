//! The automatic renewal, started by hand.

use serde_json::{Value, json};

use crate::support::{Answer, DAY, HOUR, MINUTE, Receiver, Reply, TestStack, renewing};

async fn start(stack: &TestStack, id: &str) -> Answer {
    stack.manager().post(&format!("/apiAccessTokens/{id}/startRenewal"), &json!({})).await
}

fn assert_conflict(answer: &Answer, code: &str) {
    assert_eq!((answer.status, answer.text("errorCode")), (409, code.to_owned()), "{answer:?}");
}

#[tokio::test]
async fn the_next_run_of_the_schedule_sends_the_callback() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let created = stack.manager().created(&renewing(&receiver)).await;
    stack.advance(3 * DAY).await;
    let before = stack.now().await.timestamp();
    let started = start(&stack, &created.id()).await;
    assert_eq!((started.status, started.header("etag"), &started.body["version"]), (200, "\"2\"", &json!(2)));
    let due: chrono::DateTime<chrono::Utc> =
        started.body["autoRenewal"]["nextRenewalAt"].as_str().unwrap().parse().unwrap();
    assert!((before..=stack.now().await.timestamp()).contains(&due.timestamp()), "{due}");
    assert_eq!(receiver.received().len(), 0, "the call itself sends nothing");
    stack.sweep().await;
    assert_eq!((receiver.received().len(), receiver.last().attempt()), (1, 1));
    let client = stack.caller(&created.text("token"));
    let string = client.redeem(&receiver.last().request_token()).await.text("token");
    let successor = stack.caller(&string).get("/apiAccessTokens/self").await;
    let next: chrono::DateTime<chrono::Utc> =
        successor.body["autoRenewal"]["nextRenewalAt"].as_str().unwrap().parse().unwrap();
    assert_eq!(next, successor.time("createdDate") + chrono::TimeDelta::days(30), "the usual pace again");
    stack.sweep().await;
    assert_eq!(
        stack.event_types(&created.id()).await,
        ["Token Created", "Token Updated", "Renewal Requested", "Callback Delivered", "Token Renewed"]
    );
    let activities = stack.manager().get(&format!("/apiAccessTokens/{}/activities", created.id())).await.body;
    let actions: Vec<_> =
        activities["items"].as_array().unwrap().iter().map(|item| item["action"].clone()).collect();
    assert!(actions.contains(&json!("RENEWAL_STARTED")), "{activities}");
}

#[tokio::test]
async fn a_key_that_is_out_stays_and_a_dead_one_is_replaced_at_once() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    receiver.always(Reply::Status(500));
    let created = stack.manager().created(&renewing(&receiver)).await;
    stack.advance_to(created.time("createdDate"), 30 * DAY).await;
    let first = receiver.last().request_token();
    let before = stack.manager().token(&created.id()).await;
    let under_way = start(&stack, &created.id()).await;
    assert_eq!((under_way.status, under_way.body), (200, before.body), "it's under way");
    stack.advance(2 * MINUTE).await;
    assert_eq!(
        (receiver.received().len(), receiver.last().request_token()),
        (2, first.clone()),
        "and retried"
    );

    stack.advance_to(created.time("createdDate"), 30 * DAY + 3 * HOUR).await;
    let sent = receiver.received().len();
    receiver.always(Reply::Status(204));
    let started = start(&stack, &created.id()).await;
    assert_eq!((started.status, &started.body["pendingRenewal"]), (200, &json!(null)));
    stack.sweep().await;
    assert_eq!(receiver.received().len(), sent + 1, "not only a day after the first");
    let second = receiver.last().request_token();
    let client = stack.caller(&created.text("token"));
    assert_eq!(client.redeem(&first).await.status, 410);
    assert_eq!(client.redeem(&second).await.status, 200);
}

#[tokio::test]
async fn without_a_callback_the_schedule_renews() {
    let stack = TestStack::start().await;
    let by_mail = json!({
        "name": "mailed", "rights": "READ", "applications": ["ORDERS"],
        "autoRenewal": {"everyDays": 30}, "renewalMailRecipient": "ops@example.com",
    });
    let id = stack.manager().created(&by_mail).await.id();
    assert_eq!(start(&stack, &id).await.status, 200);
    stack.sweep().await;
    let old = stack.manager().token(&id).await;
    let successor = stack.manager().token(&old.text("renewedBy")).await;
    assert_eq!(old.time("expiresAt"), successor.time("createdDate") + chrono::TimeDelta::hours(24));
    assert_eq!(stack.mails().await.len(), 1);
}

#[tokio::test]
async fn what_does_not_renew_itself_is_not_started() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let manager = stack.manager();
    let plain = json!({"name": "n", "rights": "READ", "applications": ["ORDERS"]});
    let without = manager.created(&plain).await.id();
    let renewed = manager.created(&renewing(&receiver)).await.id();
    let deactivated = manager.created(&renewing(&receiver)).await.id();
    manager.deactivate(&deactivated).await;
    let mut expired: Value = renewing(&receiver);
    expired["expiresAt"] = json!((stack.now().await + chrono::TimeDelta::days(33)).to_rfc3339());
    let expired = manager.created(&expired).await.id();
    start(&stack, &renewed).await;
    stack.sweep().await;
    assert_eq!(manager.redeem(&receiver.last().request_token()).await.status, 200);
    for (id, code) in
        [(&without, "NO_AUTO_RENEWAL"), (&renewed, "ALREADY_RENEWED"), (&deactivated, "DEACTIVATED")]
    {
        assert_conflict(&start(&stack, id).await, code);
    }
    stack.advance(33 * DAY + MINUTE).await;
    assert_conflict(&start(&stack, &expired).await, "EXPIRED");
    assert_conflict(&start(&stack, &renewed).await, "ALREADY_RENEWED");
    assert_eq!(start(&stack, "0199a3c4-5b6d-7e8f-9012-3456789abcde").await.status, 404);
}
