//! The scheduled function, when it runs twice, fails or comes late.

use futures::future::join_all;
use serde_json::json;
use tempfile::TempDir;

use crate::support::{DAY, HOUR, Options, Receiver, Reply, TestStack, renewing};

#[tokio::test]
async fn run_at_once_by_several_processes_it_does_everything_once() {
    let (folder, receiver) = (TempDir::new().unwrap(), Receiver::start().await);
    let stack = TestStack::start_with(Options { data_dir: Some(folder.path()), ..Options::default() }).await;
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
    let elsewhere = join_all((0..2).map(|_| stack.sweep_in_another_process(folder.path())));
    let (mut sweeps, own, same) = tokio::join!(elsewhere, stack.sweep(), stack.sweep());
    sweeps.extend([own.body, same.body]);
    assert!(sweeps.iter().all(|sweep| sweep["failed"] == 0), "{sweeps:?}");
    let sum = |field: &str| sweeps.iter().map(|sweep| sweep[field].as_i64().unwrap()).sum::<i64>();
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
