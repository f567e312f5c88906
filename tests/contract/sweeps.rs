//! The scheduled function, when it runs twice, fails or comes late.

use futures::future::join_all;
use serde_json::json;

use crate::support::{DAY, HOUR, Receiver, Reply, TestStack, renewing};

#[tokio::test]
async fn run_twice_at_once_it_does_everything_once() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let manager = stack.manager();
    let by_mail = json!({
        "name": "mailed", "rights": "READ", "applications": ["ORDERS"],
        "autoRenewal": {"everyDays": 30}, "renewalMailRecipient": "ops@example.com",
    });
    let mut mailed = Vec::new();
    for _ in 0..10 {
        manager.created(&renewing(&receiver)).await;
        mailed.push(manager.created(&by_mail).await.id());
    }
    stack.jump(30 * DAY).await;
    let sweeps = join_all((0..4).map(|_| stack.sweep())).await;
    assert!(sweeps.iter().all(|sweep| sweep.status == 200 && sweep.body["failed"] == 0), "{sweeps:?}");
    let sum = |field: &str| sweeps.iter().map(|sweep| sweep.body[field].as_i64().unwrap()).sum::<i64>();
    assert_eq!((sum("requested"), sum("renewed")), (10, 10));

    let mut keys: std::collections::BTreeMap<String, String> = std::collections::BTreeMap::new();
    for callback in receiver.received() {
        let token = callback.body["data"]["tokenId"].as_str().unwrap().to_owned();
        let key = callback.request_token();
        assert_eq!(keys.entry(token).or_insert_with(|| key.clone()), &key, "one request token per window");
    }
    assert_eq!(keys.len(), 10);
    for id in mailed {
        let renewals = stack.event_types(&id).await.iter().filter(|kind| *kind == "Token Renewed").count();
        assert_eq!(renewals, 1);
    }
    assert_eq!(stack.mails().await.len(), 10);
}

#[tokio::test]
async fn failing_mail_and_event_services_lose_nothing() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let created = stack.manager().created(&renewing(&receiver)).await;
    stack.advance(30 * DAY).await;
    stack.caller(&created.text("token")).redeem(&receiver.last().request_token()).await;
    stack.fail(json!({"ses": 100, "eventbridge": 100})).await;
    let failed = stack.sweep().await;
    assert!(failed.body["failed"].as_i64().unwrap() > 0, "{}", failed.body);
    assert_eq!(stack.mails().await.len(), 0);
    stack.fail(json!({"ses": 0, "eventbridge": 0})).await;
    stack.advance(HOUR).await;
    assert_eq!(stack.mails().await.len(), 1);
    let renewed =
        stack.event_types(&created.id()).await.iter().filter(|kind| *kind == "Token Renewed").count();
    assert_eq!(renewed, 1);
}

#[tokio::test]
async fn a_late_schedule_catches_up() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    receiver.always(Reply::Status(204));
    let created = stack.manager().created(&renewing(&receiver)).await;
    stack.jump(35 * DAY).await;
    let summary = stack.sweep().await.body;
    assert_eq!((&summary["requested"], &summary["delivered"]), (&json!(1), &json!(1)), "{summary}");
    assert!(summary["oldestDueSeconds"].as_i64().unwrap() >= 5 * DAY);
    assert_eq!(
        stack.caller(&created.text("token")).redeem(&receiver.last().request_token()).await.status,
        200
    );
}
