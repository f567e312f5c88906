//! Each delivery is in the log, with what came of it.

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{calling, log};
use crate::support::{Caller, DAY, HOUR, MINUTE, Options, Receiver, Reply, TestStack, assert_no_secrets, id};

/// The deliveries of a token, the first one first, each just as it's answered alone.
async fn deliveries(manager: &Caller, token: &str) -> Vec<Value> {
    let entries = log(manager).only("tokenId", token).items(&[("sort", "ASC"), ("size", "100")]).await;
    for entry in &entries {
        let alone = manager.get(&format!("/callbacks/logs/{}", id(entry))).await;
        assert_eq!((alone.status, &alone.body), (200, entry));
        assert_no_secrets("an entry of the callback log", &entry.to_string());
        assert_eq!((&entry["tokenId"], &entry["test"]), (&json!(token), &json!(false)));
        assert_eq!(entry.as_object().unwrap().len(), 11, "{entry}");
    }
    entries
}

/// A receiver that always answers this.
async fn answering(reply: Reply) -> Receiver {
    let receiver = Receiver::start().await;
    receiver.always(reply);
    receiver
}

/// An entry without what differs from one delivery to the next.
fn outcome(entry: &Value) -> Value {
    json!([entry["success"], entry["errorClass"], entry["statusCode"]])
}

#[tokio::test]
async fn every_failure_under_its_class_until_the_last_try() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let target = Receiver::start().await;
    let receivers = [
        ("status", json!(500), answering(Reply::Status(500)).await),
        ("redirect", json!(302), answering(Reply::Redirect(target.url().to_owned())).await),
        ("too-large", json!(200), answering(Reply::Bytes(65 * 1_024)).await),
        ("connection", json!(null), Receiver::absent().await),
        // It does not speak TLS.
        ("tls", json!(null), Receiver::start().await),
    ];
    let mut tokens = Vec::new();
    for (class, status, receiver) in &receivers {
        let scheme = if *class == "tls" { "https://" } else { "http://" };
        tokens.push((class, status, calling(&manager, &receiver.url().replace("http://", scheme)).await));
    }
    stack.advance(30 * DAY + 3 * HOUR).await;

    for (class, status, token) in tokens {
        let entries = deliveries(&manager, &token).await;
        assert!([6, 7].contains(&entries.len()), "{class}: {entries:?}");
        for (entry, number) in entries.iter().zip(1..) {
            assert_eq!(outcome(entry), json!([false, class, status]));
            assert_eq!((&entry["attempt"], &entry["try"]), (&json!(1), &json!(number)));
            assert_eq!(entry["lastTry"], number == entries.len(), "{class}: {entry}");
            assert!(entry["durationMs"].as_u64().unwrap() < 10_000, "{class}: {entry}");
        }
        assert!(entries.is_sorted_by_key(|entry| entry["at"].as_str().unwrap().to_owned()));
    }
}

#[tokio::test]
async fn time_outs_and_successes() {
    let stack = TestStack::start().await;
    let (manager, slow, quick) = (stack.manager(), Receiver::start().await, Receiver::start().await);
    slow.next(Reply::Hang);
    let tokens = [calling(&manager, slow.url()).await, calling(&manager, quick.url()).await];
    stack.advance(30 * DAY + HOUR).await;

    let [timeout, success] = deliveries(&manager, &tokens[0]).await.try_into().expect("two tries");
    assert_eq!(outcome(&timeout), json!([false, "timeout", null]));
    assert!((10_000..20_000).contains(&timeout["durationMs"].as_u64().unwrap()), "{timeout}");
    assert_eq!((&timeout["try"], &timeout["lastTry"]), (&json!(1), &json!(false)));
    assert_eq!(outcome(&success), json!([true, null, 204]));
    assert_eq!((&success["try"], &success["lastTry"]), (&json!(2), &json!(true)));

    let [success] = deliveries(&manager, &tokens[1]).await.try_into().expect("one try");
    assert_eq!(outcome(&success), json!([true, null, 204]));
    assert_eq!((&success["try"], &success["lastTry"]), (&json!(1), &json!(true)));
    let pending = manager.token(&tokens[1]).await.body["pendingRenewal"].clone();
    assert_eq!(success["at"], pending["lastDelivery"]["at"]);
}

#[tokio::test]
async fn a_forbidden_address_that_only_the_connection_can_tell() {
    let (folder, receiver) = (TempDir::new().unwrap(), Receiver::start().await);
    let stack = TestStack::start_with(Options { data_dir: Some(folder.path()), ..Options::default() }).await;
    let manager = stack.manager();
    let token = calling(&manager, receiver.url()).await;
    stack.jump(30 * DAY + 1).await;
    // The deployment has become stricter since: no network is allowed any more.
    stack.sweep_with(folder.path(), &[("KEYTURN_ALLOWED_CALLBACK_NETWORKS", "")]).await;

    let [blocked] = deliveries(&manager, &token).await.try_into().expect("one try");
    assert_eq!(outcome(&blocked), json!([false, "blocked-address", null]));
    assert_eq!((&blocked["try"], &blocked["lastTry"]), (&json!(1), &json!(false)));
    assert_eq!(receiver.received().len(), 0);

    stack.advance(2 * MINUTE).await;
    let [_, success] = deliveries(&manager, &token).await.try_into().expect("two tries");
    assert_eq!(outcome(&success), json!([true, null, 204]));
}

#[tokio::test]
async fn an_address_that_is_forbidden_by_its_text_is_refused_at_once() {
    let stack = TestStack::start().await;
    for url in [
        "https://192.0.2.1/",
        "https://10.1.2.3/hook",
        "http://192.168.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::ffff:10.0.0.1]/",
        "http://example.com/",
    ] {
        let renewal = json!({"everyDays": 30, "callback": {"url": url}});
        let token =
            json!({"name": "n", "rights": "READ", "applications": ["ORDERS"], "autoRenewal": renewal});
        let answer = stack.manager().create(&token).await;
        assert_eq!((answer.status, answer.faulty_fields()), (400, vec!["autoRenewal.callback.url".into()]));
    }
}
