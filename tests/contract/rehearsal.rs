//! Test callbacks: the whole way to a new token string, rehearsed before it matters.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{
    Answer, Caller, DAY, HOUR, MINUTE, Options, Receiver, Reply, TestStack, renewing, verify_independently,
};

async fn test(caller: &Caller, id: &str) -> Answer {
    caller.post(&format!("/apiAccessTokens/{id}/callback/test"), &json!({})).await
}

/// Sends a test callback that must be accepted, whatever the receiver makes of it.
async fn tested(caller: &Caller, id: &str) -> Value {
    let answer = test(caller, id).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

fn assert_conflict(answer: &Answer, code: &str) {
    assert_eq!((answer.status, answer.text("errorCode")), (409, code.to_owned()), "{answer:?}");
}

/// A token without what using and writing it changes.
fn settled(mut token: Value) -> Value {
    let members = token.as_object_mut().unwrap();
    members.remove("version");
    members.remove("lastUsedAt");
    token
}

#[tokio::test]
async fn the_callback_is_signed_and_its_log_entry_is_the_answer() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let manager = stack.manager();
    let created = manager.created(&renewing(&receiver)).await;
    let before = stack.now().await;
    let entry = tested(&manager, &created.id()).await;

    let [callback] = receiver.received().try_into().expect("exactly one callback");
    let secret = created.body["autoRenewal"]["callback"]["signingSecret"].as_str().unwrap();
    assert!(verify_independently(&callback, secret).await);
    assert_eq!(callback.body["type"], "apiAccessToken.test");
    let data = &callback.body["data"];
    assert_eq!(
        (&data["tokenId"], &data["name"], callback.attempt()),
        (&json!(created.id()), &json!("partner"), 1)
    );
    let redeem_by: chrono::DateTime<chrono::Utc> = data["redeemBy"].as_str().unwrap().parse().unwrap();
    let window = redeem_by - before;
    assert!((2 * HOUR - 1..2 * HOUR + 60).contains(&window.num_seconds()), "{window}");

    assert_eq!(entry["tokenId"], created.id());
    for (field, value) in [
        ("test", json!(true)),
        ("attempt", json!(1)),
        ("try", json!(1)),
        ("statusCode", json!(204)),
        ("errorClass", json!(null)),
        ("lastTry", json!(true)),
        ("success", json!(true)),
    ] {
        assert_eq!(entry[field], value, "{field}");
    }
    assert!(entry["durationMs"].is_u64() && !entry.to_string().contains("krt_"), "{entry}");
    let logged = manager.get(&format!("/callbacks/logs/{}", entry["id"].as_str().unwrap())).await;
    assert_eq!((logged.status, &logged.body), (200, &entry));
    let log = manager.get(&format!("/callbacks/logs?tokenId={}", created.id())).await;
    assert_eq!(log.body["items"], json!([entry]));
    let activities = manager.get(&format!("/apiAccessTokens/{}/activities", created.id())).await.body;
    assert_eq!(activities["items"][0]["action"], "CALLBACK_TEST_REQUESTED", "{activities}");
    stack.assert_nothing_is_stored_in_the_clear().await;
}

#[tokio::test]
async fn its_key_redeems_to_the_current_string_and_changes_nothing() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let manager = stack.manager();
    let created = manager.created(&renewing(&receiver)).await;
    let (client, string) = (stack.caller(&created.text("token")), created.text("token"));
    let before = manager.token(&created.id()).await.body;
    tested(&manager, &created.id()).await;
    let prepared = manager.token(&created.id()).await.body;
    assert_eq!(
        settled(prepared.clone()),
        settled(before),
        "all but the version, which the note of the key counts up"
    );

    let data = receiver.last().body["data"].clone();
    let key = receiver.last().request_token();
    for _ in 0..3 {
        for caller in [&client, &manager] {
            assert_eq!(caller.redeem(&key).await.body, json!({"token": string}));
            assert_eq!(caller.redeem_by_get(&key).await.body, json!({"token": string}));
        }
    }
    let redeem_url = reqwest::Client::new().post(data["redeemUrl"].as_str().unwrap()).bearer_auth(&string);
    let redeemed = redeem_url.json(&json!({"requestToken": data["requestToken"]})).send().await.unwrap();
    assert_eq!(redeemed.json::<Value>().await.unwrap(), json!({"token": string}));

    let mut after = manager.token(&created.id()).await.body;
    after["lastUsedAt"] = prepared["lastUsedAt"].clone();
    assert_eq!(after, prepared, "all but the last use");
    stack.sweep().await;
    assert_eq!(stack.event_types(&created.id()).await, ["Token Created"]);
    assert_eq!(stack.mails().await.len(), 0);
    stack.advance_to(created.time("createdDate"), 30 * DAY).await;
    assert_eq!(
        receiver.last().body["type"],
        "apiAccessToken.renewalRequested",
        "the real one comes when it's due"
    );
    assert_eq!(client.redeem(&receiver.last().request_token()).await.status, 200);
}

#[tokio::test]
async fn a_failing_receiver_is_told_in_the_answer() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let manager = stack.manager();
    let id = manager.created(&renewing(&receiver)).await.id();
    let cases = [
        (Reply::Status(500), "status", json!(500)),
        (Reply::Status(410), "status", json!(410)),
        (Reply::Redirect("http://127.0.0.1:9/".to_owned()), "redirect", json!(302)),
        (Reply::Bytes(10 * 1_024 * 1_024), "too-large", json!(200)),
        (Reply::Hang, "timeout", json!(null)),
    ];
    let mut expected = Vec::new();
    for (reply, class, status) in cases {
        receiver.next(reply);
        let entry = tested(&manager, &id).await;
        assert_eq!(
            (&entry["errorClass"], &entry["statusCode"], &entry["success"]),
            (&json!(class), &status, &json!(false))
        );
        assert_eq!((&entry["lastTry"], &entry["test"]), (&json!(true), &json!(true)));
        expected.insert(0, entry);
    }
    let absent = json!({"autoRenewal": {"callback": {"url": Receiver::absent().await.url()}}});
    assert_eq!(manager.patch(&format!("/apiAccessTokens/{id}"), &absent).await.status, 200);
    let entry = tested(&manager, &id).await;
    assert_eq!((&entry["errorClass"], &entry["statusCode"]), (&json!("connection"), &json!(null)));
    expected.insert(0, entry);
    assert_eq!(manager.get("/callbacks/logs?errorOnly=true").await.body["items"], json!(expected));
    stack.advance(3 * HOUR).await;
    assert_eq!(receiver.received().len(), 5, "a test is never tried again");
    assert_eq!(stack.event_types(&id).await, ["Token Created", "Token Updated"]);
}

#[tokio::test]
async fn its_key_lives_2_hours_or_until_the_next() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let manager = stack.manager();
    let created = manager.created(&renewing(&receiver)).await;
    let client = stack.caller(&created.text("token"));
    tested(&manager, &created.id()).await;
    let first = receiver.last().request_token();
    stack.advance(HOUR + 59 * MINUTE).await;
    assert_eq!(client.redeem(&first).await.status, 200);
    stack.advance(MINUTE + 1).await;
    assert_eq!(client.redeem(&first).await.status, 410);

    tested(&manager, &created.id()).await;
    let second = receiver.last().request_token();
    tested(&manager, &created.id()).await;
    let third = receiver.last().request_token();
    for (key, status) in [(&first, 410), (&second, 410), (&third, 200)] {
        assert_eq!(client.redeem(key).await.status, status);
    }
    manager.deactivate(&created.id()).await;
    assert_eq!(manager.redeem(&third).await.status, 410);
}

#[tokio::test]
async fn a_request_token_that_is_out_is_not_touched() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let manager = stack.manager();
    receiver.next(Reply::Status(500));
    let created = manager.created(&renewing(&receiver)).await;
    let client = stack.caller(&created.text("token"));
    stack.advance_to(created.time("createdDate"), 30 * DAY).await;
    let before = manager.token(&created.id()).await.body;
    let real = receiver.last();
    tested(&manager, &created.id()).await;
    let rehearsed = receiver.last();
    assert_ne!(real.request_token(), rehearsed.request_token());
    assert_ne!(real.header("webhook-id"), rehearsed.header("webhook-id"));
    assert_eq!(settled(manager.token(&created.id()).await.body), settled(before));
    assert_eq!(client.redeem(&rehearsed.request_token()).await.text("token"), created.text("token"));

    stack.advance(2 * MINUTE).await;
    assert_eq!(receiver.received().len(), 3, "the real one is tried again all the same");
    assert_eq!(receiver.last().request_token(), real.request_token());
    let successor = client.redeem(&real.request_token()).await.text("token");
    assert_ne!(successor, created.text("token"));
    assert_eq!(client.redeem(&rehearsed.request_token()).await.text("token"), created.text("token"));
    assert_eq!(client.redeem(&real.request_token()).await.text("token"), successor);
    assert_conflict(&test(&manager, &created.id()).await, "ALREADY_RENEWED");
}

#[tokio::test]
async fn nobody_else_rehearses() {
    let (folder, receiver) = (TempDir::new().unwrap(), Receiver::start().await);
    let stack = TestStack::start_with(Options { data_dir: Some(folder.path()), ..Options::default() }).await;
    let manager = stack.manager();
    let id = manager.created(&renewing(&receiver)).await.id();
    let other = stack.caller(&manager.created(&renewing(&receiver)).await.text("token"));
    let elsewhere = stack.found(folder.path(), "elsewhere").await;
    assert_eq!(test(&elsewhere, &id).await.status, 404);
    assert_eq!(test(&other, &id).await.status, 403);
    assert_eq!(receiver.received().len(), 0);
    tested(&manager, &id).await;
    let key = receiver.last().request_token();
    assert_eq!(elsewhere.redeem(&key).await.status, 404);
    assert_eq!(other.redeem(&key).await.status, 403);
}

#[tokio::test]
async fn without_a_callback_there_is_nothing_to_test() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let manager = stack.manager();
    let plain = json!({"name": "n", "rights": "READ", "applications": ["ORDERS"]});
    let plain = manager.created(&plain).await.id();
    let by_mail = json!({
        "name": "mailed", "rights": "READ", "applications": ["ORDERS"],
        "autoRenewal": {"everyDays": 30}, "renewalMailRecipient": "ops@example.com",
    });
    let by_mail = manager.created(&by_mail).await.id();
    let mut expiring = renewing(&receiver);
    expiring["expiresAt"] = json!((stack.now().await + chrono::TimeDelta::days(33)).to_rfc3339());
    let expired = manager.created(&expiring).await.id();
    let deactivated = manager.created(&renewing(&receiver)).await.id();
    manager.deactivate(&deactivated).await;
    for id in [&plain, &by_mail] {
        assert_conflict(&test(&manager, id).await, "NO_CALLBACK");
    }
    assert_conflict(&test(&manager, &deactivated).await, "DEACTIVATED");
    stack.jump(33 * DAY + MINUTE).await;
    assert_conflict(&test(&manager, &expired).await, "EXPIRED");
    assert_eq!(test(&manager, "0199a3c4-5b6d-7e8f-9012-3456789abcde").await.status, 404);
    assert_eq!(receiver.received().len(), 0);
}
