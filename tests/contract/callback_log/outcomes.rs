//! Every delivery is logged with its outcome.

use serde_json::{Value, json};

use super::{created, log};
use crate::support::{
    ApiClient, DAY, HOUR, MINUTE, Receiver, Reply, TestStack, assert_no_secrets, id, renewing,
};

/// The deliveries of a token, oldest first; fails unless each is the same alone.
async fn deliveries(manager: &ApiClient, token: &str) -> Vec<Value> {
    let entries = log(manager).only("tokenId", token).items(&[("sort", "ASC"), ("size", "100")]).await;
    for entry in &entries {
        let alone = manager.get(&format!("/callbacks/logs/{}", id(entry))).await.expect(200);
        assert_eq!(alone.body, *entry);
        assert_no_secrets("an entry of the callback log", &entry.to_string());
        assert_eq!((&entry["tokenId"], &entry["test"]), (&json!(token), &json!(false)));
        assert_eq!(entry.as_object().unwrap().len(), 12, "{entry}");
    }
    entries
}

async fn replying(reply: Reply) -> Receiver {
    let receiver = Receiver::start().await;
    receiver.always(reply);
    receiver
}

fn outcome(entry: &Value) -> Value {
    json!([entry["success"], entry["errorClass"], entry["statusCode"]])
}

/// The number of the try, and whether it was the last.
fn tried(entry: &Value) -> Value {
    json!([entry["try"], entry["lastTry"]])
}

/// The details of a token's events of the type `Callback Failed`, in the order of the tries.
async fn failures(stack: &TestStack, token: &str) -> Vec<Value> {
    let events = stack.events().await.into_iter();
    let failed = events.filter(|event| event["detailType"] == "Callback Failed");
    let mut details: Vec<_> = failed.map(|event| event["detail"].clone()).collect();
    details.retain(|detail| detail["tokenId"] == token);
    details.sort_by_key(|detail| detail["try"].as_u64());
    details
}

#[tokio::test]
async fn reports_every_failed_try_and_its_class() {
    let (stack, target) = (TestStack::start().await, Receiver::start().await);
    let manager = stack.manager();
    let receivers = [
        ("status", json!(500), replying(Reply::Status(500)).await),
        ("redirect", json!(302), replying(Reply::Redirect(target.url().to_owned())).await),
        ("too-large", json!(200), replying(Reply::Bytes(65 * 1_024)).await),
        ("connection", json!(null), Receiver::absent().await),
        // It does not speak TLS.
        ("tls", json!(null), Receiver::start().await),
    ];
    let mut tokens = Vec::new();
    for (class, _, receiver) in &receivers {
        let mut token = renewing(receiver);
        if *class == "tls" {
            token["autoRenewal"]["callback"]["url"] = receiver.url().replace("http://", "https://").into();
        }
        tokens.push(manager.created(&token).await);
    }
    stack.advance(30 * DAY + 3 * HOUR).await;

    for ((class, status, _), token) in receivers.iter().zip(&tokens) {
        let entries = deliveries(&manager, &token.id()).await;
        let failures = failures(&stack, &token.id()).await;
        assert!([6, 7].contains(&entries.len()), "{class}: {entries:?}");
        assert_eq!(entries.len(), failures.len(), "{class}: an event for each");
        for ((entry, failure), number) in entries.iter().zip(&failures).zip(1..) {
            assert_eq!(outcome(entry), json!([false, class, status]));
            assert_eq!(entry["attempt"], 1);
            assert_eq!(tried(entry), json!([number, number == entries.len()]), "{class}: {entry}");
            assert_eq!(failure["errorClass"], *class);
            assert_eq!(tried(failure), tried(entry), "{class}: {failure}");
            assert!(entry["durationMs"].as_u64().unwrap() < 10_000, "{class}: {entry}");
        }
        assert!(entries.is_sorted_by_key(|entry| entry["at"].as_str().unwrap().to_owned()));
        assert!(stack.client_of(token).is_authenticated().await, "{class}: the predecessor is unharmed");
        let token = manager.token(&token.id()).await.body;
        assert_eq!(token["pendingRenewal"]["lastDelivery"]["success"], false, "{class}");
        assert_eq!(token["autoRenewal"]["everyDays"], 30, "{class}: a failure never switches renewal off");
    }
    let callbacks = receivers[0].2.received();
    for callback in &callbacks {
        assert_eq!(callback.request_token(), callbacks[0].request_token(), "the same in each try");
        assert_eq!(callback.header("webhook-id"), callbacks[0].header("webhook-id"));
    }
    assert_eq!(target.received().len(), 0, "redirects are not followed");
}

#[tokio::test]
async fn reports_timeouts_and_successes() {
    let stack = TestStack::with_short_callback_timeout().await;
    let (slow, quick) = (Receiver::start().await, Receiver::start().await);
    let manager = stack.manager();
    slow.next(Reply::Hang);
    let tokens = [created(&manager, &slow).await, created(&manager, &quick).await];
    stack.advance(30 * DAY + HOUR).await;

    let [timeout, success] = deliveries(&manager, &tokens[0].id()).await.try_into().expect("two tries");
    assert_eq!((outcome(&timeout), tried(&timeout)), (json!([false, "timeout", null]), json!([1, false])));
    assert!((1_000..10_000).contains(&timeout["durationMs"].as_u64().unwrap()), "{timeout}");
    assert_eq!((outcome(&success), tried(&success)), (json!([true, null, 204]), json!([2, true])));
    assert_eq!(failures(&stack, &tokens[0].id()).await[0]["errorClass"], "timeout");
    stack.client_of(&tokens[0]).redeemed(&slow.request_token()).await;

    let [success] = deliveries(&manager, &tokens[1].id()).await.try_into().expect("one try");
    assert_eq!((outcome(&success), tried(&success)), (json!([true, null, 204]), json!([1, true])));
    let pending = manager.token(&tokens[1].id()).await.body["pendingRenewal"].clone();
    assert_eq!(success["at"], pending["lastDelivery"]["at"]);
}

#[tokio::test]
async fn blocks_a_forbidden_address_when_it_connects() {
    let (stack, receiver) = (TestStack::on_disk().await, Receiver::start().await);
    let manager = stack.manager();
    let token = created(&manager, &receiver).await.id();
    stack.jump(30 * DAY + 1).await;
    // As after the deployment was changed to allow no private network any more.
    stack.sweep_in_another_process(&[("KEYTURN_ALLOWED_CALLBACK_NETWORKS", "")]).await;

    let [blocked] = deliveries(&manager, &token).await.try_into().expect("one try");
    assert_eq!(outcome(&blocked), json!([false, "blocked-address", null]));
    assert_eq!(tried(&blocked), json!([1, false]));
    assert_eq!(receiver.received().len(), 0);
    stack.advance(2 * MINUTE).await;
    let [_, success] = deliveries(&manager, &token).await.try_into().expect("two tries");
    assert_eq!(outcome(&success), json!([true, null, 204]));
}
