//! The main job: a token that renews itself.

use serde_json::json;

use crate::support::{DAY, HOUR, MINUTE, Receiver, TestStack, renewing, verify_independently};

#[tokio::test]
async fn a_token_renews_itself_without_an_outage() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let created = stack.manager().created(&renewing(&receiver)).await;
    let born = created.time("createdDate");
    let signing_secret =
        created.body["autoRenewal"]["callback"]["signingSecret"].as_str().unwrap().to_owned();
    let old = stack.caller(&created.text("token"));

    stack.advance_to(born, 30 * DAY - MINUTE).await;
    assert_eq!(receiver.received().len(), 0, "nothing is sent before it's due");
    stack.advance_to(born, 30 * DAY).await;

    let [callback] = receiver.received().try_into().expect("exactly one callback");
    assert!(verify_independently(&callback, &signing_secret).await, "the signature is right");
    assert!(!verify_independently(&callback, "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=").await);
    assert_eq!(callback.body["type"], "apiAccessToken.renewalRequested");
    assert_eq!(callback.body["data"]["tokenId"], created.id());
    assert_eq!(callback.body["data"]["name"], "partner");
    assert_eq!(callback.attempt(), 1);

    let redeemed = old.redeem_by_get(&callback.request_token()).await;
    assert_eq!(redeemed.status, 200, "{}", redeemed.body);
    let new_string = redeemed.text("token");
    let again = old.redeem(&callback.request_token()).await;
    assert_eq!(again.text("token"), new_string, "by POST with a bearer token, the same");

    let new = stack.caller(&new_string);
    assert!(new.is_authenticated().await && old.is_authenticated().await, "both are good during the overlap");
    let renewed_at = stack.now().await;
    stack.advance_to(renewed_at, 23 * HOUR + 59 * MINUTE).await;
    assert!(old.is_authenticated().await);
    stack.advance_to(renewed_at, 24 * HOUR + 1).await;
    assert!(!old.is_authenticated().await);
    assert!(new.is_authenticated().await);
}

#[tokio::test]
async fn the_redeem_url_of_the_callback_works_as_it_stands() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let created = stack.manager().created(&renewing(&receiver)).await;
    stack.advance(30 * DAY).await;
    let data = receiver.last().body["data"].clone();
    let client =
        reqwest::Client::new().post(data["redeemUrl"].as_str().unwrap()).bearer_auth(created.text("token"));
    let response = client.json(&json!({"requestToken": data["requestToken"]})).send().await.unwrap();
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn mail_and_events_tell_what_happened() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let created = stack.manager().created(&renewing(&receiver)).await;
    stack.advance(30 * DAY).await;
    assert_eq!(
        stack.caller(&created.text("token")).redeem(&receiver.last().request_token()).await.status,
        200
    );
    stack.sweep().await;

    let [mail] = stack.mails().await.try_into().expect("exactly one mail");
    assert_eq!(mail["to"], json!(["ops@example.com"]));
    assert!(mail["subject"].as_str().unwrap().contains("partner"), "{mail}");
    let types = stack.event_types(&created.id()).await;
    assert_eq!(types, ["Token Created", "Renewal Requested", "Callback Delivered", "Token Renewed"]);
    let events = stack.events().await;
    let renewed = events.iter().find(|event| event["detailType"] == "Token Renewed").unwrap();
    assert_eq!(renewed["source"], "keyturn");
    assert_eq!(renewed["detail"]["companyId"], "local");
    assert_eq!(renewed["detail"]["seriesId"], created.text("seriesId"));
    let everything = json!([stack.mails().await, events]).to_string();
    for secret in ["kat_", "krt_", "whsec_"] {
        assert!(!everything.contains(secret), "{secret} in a mail or an event");
    }
}

#[tokio::test]
async fn the_successor_inherits_and_renews_itself_in_turn() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let manager = stack.manager();
    let created = manager.created(&renewing(&receiver)).await;
    stack.advance(30 * DAY).await;
    let second =
        stack.caller(&created.text("token")).redeem(&receiver.last().request_token()).await.text("token");

    let old = manager.token(&created.id()).await;
    let successor = manager.token(&old.text("renewedBy")).await;
    for field in
        ["name", "description", "rights", "applications", "renewalMailRecipient", "seriesId", "companyId"]
    {
        assert_eq!(successor.body[field], created.body[field], "{field}");
    }
    assert_eq!(successor.text("renewedFrom"), created.id());
    assert_eq!(successor.body["autoRenewal"]["everyDays"], 30);
    assert!(old.body["autoRenewal"].is_null() && old.body["pendingRenewal"].is_null(), "{}", old.body);

    stack.advance_to(successor.time("createdDate"), 30 * DAY).await;
    assert_eq!(receiver.received().len(), 2);
    let secret = created.body["autoRenewal"]["callback"]["signingSecret"].as_str().unwrap();
    assert!(verify_independently(&receiver.last(), secret).await, "the signing secret is inherited");
    assert_eq!(stack.caller(&second).redeem(&receiver.last().request_token()).await.status, 200);
}

#[tokio::test]
async fn a_successor_lives_as_long_as_its_predecessor_was_given() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let manager = stack.manager();
    let mut token = renewing(&receiver);
    let end = stack.now().await + chrono::TimeDelta::days(40);
    token["expiresAt"] = json!(end.to_rfc3339());
    let created = manager.created(&token).await;
    stack.advance(30 * DAY).await;
    assert_eq!(
        stack.caller(&created.text("token")).redeem(&receiver.last().request_token()).await.status,
        200
    );
    let old = manager.token(&created.id()).await;
    let successor = manager.token(&old.text("renewedBy")).await;
    let lifetime = created.time("expiresAt") - created.time("createdDate");
    assert_eq!(successor.time("expiresAt") - successor.time("createdDate"), lifetime);
    assert_eq!(old.time("expiresAt") - successor.time("createdDate"), chrono::TimeDelta::hours(24));
}

#[tokio::test]
async fn ninety_days_of_many_tokens_pass_quickly() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let token = json!({
        "name": "many", "rights": "READ", "applications": ["ORDERS"],
        "autoRenewal": {"everyDays": 30}, "renewalMailRecipient": "ops@example.com",
    });
    for _ in 0..20 {
        manager.created(&token).await;
    }
    let totals = stack.advance(91 * DAY).await;
    assert_eq!(totals["renewed"], 60, "{totals}");
    assert_eq!(totals["failed"], 0, "{totals}");
    assert!(totals["sweeps"].as_i64().unwrap() < 2_000, "only where something is due: {totals}");
}
