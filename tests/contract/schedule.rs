//! The scheduled function, run concurrently or late.

use std::collections::BTreeMap;

use futures::future::join_all;
use serde_json::json;

use crate::support::{
    DAY, HOUR, MINUTE, Receiver, TestStack, plain, renewing, renewing_by_mail, renewing_token,
};

#[tokio::test]
async fn does_everything_once_when_run_by_several_processes() {
    let (stack, receiver) = (TestStack::on_disk().await, Receiver::start().await);
    let manager = stack.manager();
    let mut mailed = Vec::new();
    for _ in 0..10 {
        manager.created(&renewing(&receiver)).await;
        mailed.push(manager.created(&renewing_by_mail(30)).await.id());
    }
    stack.jump(30 * DAY).await;
    let elsewhere = join_all((0..2).map(|_| stack.sweep_in_another_process(&[])));
    let (mut sweeps, own, same) = tokio::join!(elsewhere, stack.sweep(), stack.sweep());
    sweeps.extend([own, same]);
    assert!(sweeps.iter().all(|sweep| sweep["failed"] == 0), "{sweeps:?}");
    let sum = |field: &str| sweeps.iter().map(|sweep| sweep[field].as_i64().unwrap()).sum::<i64>();
    assert_eq!((sum("requested"), sum("renewed")), (10, 10));

    let mut request_tokens: BTreeMap<String, String> = BTreeMap::new();
    for callback in receiver.received() {
        let token = callback.body["data"]["tokenId"].as_str().unwrap().to_owned();
        let request_token = callback.request_token();
        let first = request_tokens.entry(token).or_insert_with(|| request_token.clone());
        assert_eq!(*first, request_token, "one request token for each token");
    }
    assert_eq!(request_tokens.len(), 10);
    for id in mailed {
        assert_eq!(stack.count_events(&id, "Token Renewed").await, 1);
    }
    assert_eq!(stack.mails().await.len(), 10);
}

#[tokio::test]
async fn catches_up_after_a_delay() {
    let (stack, receiver, created) = renewing_token().await;
    stack.jump(35 * DAY).await;
    let summary = stack.sweep().await;
    assert_eq!((&summary["requested"], &summary["delivered"]), (&json!(1), &json!(1)), "{summary}");
    assert!(summary["oldestDueSeconds"].as_i64().unwrap() >= 5 * DAY);
    stack.client_of(&created).redeemed(&receiver.request_token()).await;
}

#[tokio::test]
async fn counts_the_windows_that_ended_and_those_without_a_redemption() {
    let (stack, receiver, redeeming) = renewing_token().await;
    stack.manager().created(&renewing(&receiver)).await;
    stack.advance(30 * DAY).await;
    let callbacks = receiver.received();
    let mut own = callbacks.iter().filter(|callback| callback.body["data"]["tokenId"] == redeeming.id());
    let request_token = own.next().unwrap().request_token();
    let successor = stack.client_of(&redeeming).redeemed(&request_token).await;
    stack.client(&successor).own_token().await.expect(200);
    let totals = stack.advance(2 * HOUR + MINUTE).await;
    assert_eq!((&totals["unredeemed"], &totals["windowsEnded"]), (&json!(1), &json!(2)), "{totals}");
    let totals = stack.advance(20 * HOUR).await;
    assert_eq!((&totals["unredeemed"], &totals["windowsEnded"]), (&json!(0), &json!(0)), "{totals}");
}

#[tokio::test]
async fn tells_the_age_of_the_oldest_due_item_by_kind() {
    let (stack, _receiver, _) = renewing_token().await;
    stack.manager().created(&renewing_by_mail(30)).await;
    stack.sweep().await;
    stack.jump(30 * DAY + HOUR).await;
    stack.manager().created(&plain()).await;
    stack.jump(5 * MINUTE).await;
    let oldest = &stack.sweep().await["oldestByKind"];
    let age = |kind: &str| oldest[kind].as_i64().unwrap();
    assert_eq!([age("event"), age("record")], [5 * MINUTE, 0], "{oldest}");
    assert!([age("callback"), age("renewal")].into_iter().all(|age| age >= HOUR + 5 * MINUTE), "{oldest}");
}
