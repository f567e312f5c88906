//! Test callbacks.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    ApiClient, DAY, HOUR, MINUTE, Receiver, Reply, TestStack, With, due_token, renewing, renewing_token,
    verify_independently,
};

/// Sends a test callback, which must be accepted, whatever the receiver replies; returns the log entry.
async fn tested(manager: &ApiClient, id: &str) -> Value {
    manager.test_callback(id).await.expect(200).body
}

/// A token without the members that a use or any write changes.
fn settled(mut token: Value) -> Value {
    let members = token.as_object_mut().unwrap();
    members.remove("version");
    members.remove("lastUsedAt");
    token
}

#[tokio::test]
async fn sends_a_signed_callback_and_returns_its_log_entry() {
    let (stack, receiver, created) = renewing_token().await;
    let (manager, id, before) = (stack.manager(), created.id(), stack.now().await);
    let entry = tested(&manager, &id).await;

    let [callback] = receiver.received().try_into().expect("exactly one callback");
    assert!(verify_independently(&callback, &created.signing_secret().unwrap()).await);
    assert_eq!((&callback.body["type"], callback.attempt()), (&json!("apiAccessToken.test"), 1));
    let data = &callback.body["data"];
    assert_eq!((&data["tokenId"], &data["name"]), (&json!(id), &json!("partner")));
    let redeem_by: chrono::DateTime<chrono::Utc> = data["redeemBy"].as_str().unwrap().parse().unwrap();
    let window = redeem_by - before;
    assert!((2 * HOUR - 1..2 * HOUR + 60).contains(&window.num_seconds()), "{window}");

    let expected = json!({
        "tokenId": id, "test": true, "attempt": 1, "try": 1, "statusCode": 204, "errorClass": null,
        "lastTry": true, "success": true,
    });
    for (member, value) in expected.as_object().unwrap() {
        assert_eq!(entry[member], *value, "{member}");
    }
    assert!(entry["durationMs"].is_u64() && !entry.to_string().contains("krt_"), "{entry}");
    let logged = manager.get(&format!("/callbacks/logs/{}", entry["id"].as_str().unwrap())).await.expect(200);
    assert_eq!(logged.body, entry);
    assert_eq!(manager.get(&format!("/callbacks/logs?tokenId={id}")).await.items(), [entry]);
    stack.assert_no_stored_secrets().await;
}

#[tokio::test]
async fn names_the_deployment_s_own_address_whatever_host_the_caller_names() {
    let (stack, receiver, created) = renewing_token().await;
    let (manager, path) = (stack.manager(), format!("/apiAccessTokens/{}/callback/test", created.id()));
    let own = {
        tested(&manager, &created.id()).await;
        receiver.last().body["data"]["redeemUrl"].clone()
    };
    manager.with_header(Method::POST, &path, ("host", "elsewhere.example"), &json!({})).await.expect(200);
    assert_eq!(receiver.last().body["data"]["redeemUrl"], own);
}

#[tokio::test]
async fn redeems_to_the_current_string_and_changes_nothing() {
    let (stack, receiver, created) = renewing_token().await;
    let (manager, client, id) = (stack.manager(), stack.client_of(&created), created.id());
    let before = manager.token(&id).await.body;
    tested(&manager, &id).await;
    let prepared = manager.token(&id).await.body;
    assert_eq!(settled(prepared.clone()), settled(before), "all but the version");

    let (request_token, current) = (receiver.request_token(), json!({"token": created.string()}));
    for _ in 0..3 {
        for client in [&client, &manager] {
            assert_eq!(client.redeem(&request_token).await.body, current);
            assert_eq!(client.redeem_by_get(&request_token).await.body, current);
        }
    }
    let url = receiver.last().body["data"]["redeemUrl"].as_str().unwrap().to_owned();
    let body = json!({"requestToken": request_token});
    let redeemed = reqwest::Client::new().post(url).bearer_auth(created.string()).json(&body);
    assert_eq!(redeemed.send().await.unwrap().json::<Value>().await.unwrap(), current);

    let after = manager.token(&id).await.body;
    assert_eq!(after.with("lastUsedAt", &prepared["lastUsedAt"]), prepared, "all but the last use");
    stack.sweep().await;
    let expected: Vec<_> = [&["Token Created"][..], &["Token Handed Over"; 13]].concat();
    assert_eq!(stack.event_types(&id).await, expected);
    assert_eq!(stack.mails().await.len(), 0);
    stack.advance_to(created.time("createdDate"), 30 * DAY).await;
    assert_eq!(receiver.last().body["type"], "apiAccessToken.renewalRequested", "when it's due");
    client.redeemed(&receiver.request_token()).await;
}

#[tokio::test]
async fn reports_a_failing_receiver_and_never_retries() {
    let (stack, receiver) = (TestStack::with_short_callback_timeout().await, Receiver::start().await);
    let manager = stack.manager();
    let id = manager.created(&renewing(&receiver)).await.id();
    let cases = [
        (Some(Reply::Status(500)), "status", json!(500)),
        (Some(Reply::Status(410)), "status", json!(410)),
        (Some(Reply::Redirect("http://127.0.0.1:9/".to_owned())), "redirect", json!(302)),
        (Some(Reply::Bytes(10 * 1_024 * 1_024)), "too-large", json!(200)),
        (Some(Reply::Hang), "timeout", json!(null)),
        (None, "connection", json!(null)),
    ];
    let mut expected = Vec::new();
    for (reply, class, status) in cases {
        match reply {
            Some(reply) => receiver.next(reply),
            None => {
                let absent = json!({"autoRenewal": {"callback": {"url": Receiver::absent().await.url()}}});
                manager.edit(&id, &absent).await.expect(200);
            }
        }
        let entry = tested(&manager, &id).await;
        let outcome = json!([entry["errorClass"], entry["statusCode"], entry["success"]]);
        assert_eq!(outcome, json!([class, status, false]));
        assert_eq!((&entry["lastTry"], &entry["test"]), (&json!(true), &json!(true)));
        expected.insert(0, entry);
    }
    assert_eq!(manager.get("/callbacks/logs?errorOnly=true").await.items(), expected);
    stack.advance(3 * HOUR).await;
    assert_eq!(receiver.received().len(), 5, "no retry");
    assert_eq!(stack.event_types(&id).await, ["Token Created", "Token Updated"]);
}

#[tokio::test]
async fn expires_its_request_token_after_2_hours_or_at_the_next_test() {
    let (stack, receiver, created) = renewing_token().await;
    let (manager, client, id) = (stack.manager(), stack.client_of(&created), created.id());
    tested(&manager, &id).await;
    let first = receiver.request_token();
    stack.advance(2 * HOUR - MINUTE).await;
    client.redeemed(&first).await;
    stack.advance(MINUTE + 1).await;
    client.redeem(&first).await.expect(410);

    tested(&manager, &id).await;
    let second = receiver.request_token();
    tested(&manager, &id).await;
    let third = receiver.request_token();
    for (request_token, status) in [(&first, 410), (&second, 410), (&third, 200)] {
        client.redeem(request_token).await.expect(status);
    }
    manager.deactivate(&id).await;
    manager.redeem(&third).await.expect(410);
}

#[tokio::test]
async fn leaves_a_pending_request_token_alone() {
    let (stack, receiver, created) = due_token(Reply::Status(500)).await;
    receiver.always(Reply::Status(204));
    let (manager, client, id) = (stack.manager(), stack.client_of(&created), created.id());
    let before = manager.token(&id).await.body;
    let real = receiver.last();
    tested(&manager, &id).await;
    let test = receiver.last();
    assert_ne!(real.request_token(), test.request_token());
    assert_ne!(real.header("webhook-id"), test.header("webhook-id"));
    assert_eq!(settled(manager.token(&id).await.body), settled(before));
    assert_eq!(client.redeemed(&test.request_token()).await, created.string());

    stack.advance(2 * MINUTE).await;
    assert_eq!(receiver.received().len(), 3, "the real callback is retried");
    assert_eq!(receiver.request_token(), real.request_token());
    let successor = client.redeemed(&real.request_token()).await;
    assert_ne!(successor, created.string());
    assert_eq!(client.redeemed(&test.request_token()).await, created.string());
    assert_eq!(client.redeemed(&real.request_token()).await, successor);
    manager.test_callback(&id).await.assert_error(409, "ALREADY_RENEWED");
}

#[tokio::test]
async fn issues_a_request_token_for_the_token_and_its_managers_only() {
    let (stack, receiver) = (TestStack::on_disk().await, Receiver::start().await);
    let manager = stack.manager();
    let id = manager.created(&renewing(&receiver)).await.id();
    let other = stack.client_of(&manager.created(&renewing(&receiver)).await);
    tested(&manager, &id).await;
    let request_token = receiver.request_token();
    stack.add_company("elsewhere").await.redeem(&request_token).await.expect(404);
    other.redeem(&request_token).await.expect(403);
}
