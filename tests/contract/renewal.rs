//! Automatic renewal with a callback.

use serde_json::{Value, json};

use crate::support::{
    DAY, HOUR, MINUTE, Reply, TestStack, due_token, renewing_by_mail, renewing_token, verify_independently,
};

#[tokio::test]
async fn renews_without_an_outage() {
    let (stack, receiver, created) = renewing_token().await;
    let start = created.time("createdDate");
    let old = stack.client_of(&created);

    stack.advance_to(start, 30 * DAY - MINUTE).await;
    assert_eq!(receiver.received().len(), 0, "nothing is sent before it is due");
    stack.advance_to(start, 30 * DAY).await;

    let [callback] = receiver.received().try_into().expect("exactly one callback");
    assert!(verify_independently(&callback, &created.signing_secret().unwrap()).await);
    assert!(!verify_independently(&callback, "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=").await);
    assert_eq!(callback.body["type"], "apiAccessToken.renewalRequested");
    let data = &callback.body["data"];
    assert_eq!((&data["tokenId"], &data["name"]), (&json!(created.id()), &json!("partner")));
    assert_eq!(callback.attempt(), 1);

    let string = old.redeem_by_get(&callback.request_token()).await.expect(200).string();
    let again = old.redeem(&callback.request_token()).await;
    assert_eq!(again.string(), string, "the same by POST with a bearer token");
    let redeem_url =
        reqwest::Client::new().post(data["redeemUrl"].as_str().unwrap()).bearer_auth(created.string());
    let response = redeem_url.json(&json!({"requestToken": data["requestToken"]})).send().await.unwrap();
    assert_eq!(response.json::<Value>().await.unwrap(), json!({"token": string}));

    let new = stack.client(&string);
    assert!(new.is_authenticated().await && old.is_authenticated().await, "both are valid in the overlap");
    let renewed_at = stack.now().await;
    stack.advance_to(renewed_at, 24 * HOUR - MINUTE).await;
    assert!(old.is_authenticated().await);
    stack.advance_to(renewed_at, 24 * HOUR + 1).await;
    assert!(!old.is_authenticated().await);
    assert!(new.is_authenticated().await);
}

#[tokio::test]
async fn sends_a_mail_and_events() {
    let (stack, receiver, created) = due_token(Reply::Status(204)).await;
    stack.client_of(&created).redeemed(&receiver.request_token()).await;
    stack.sweep().await;

    let [mail] = stack.mails().await.try_into().expect("exactly one mail");
    assert_eq!(mail["to"], json!(["ops@example.com"]));
    assert!(mail["subject"].as_str().unwrap().contains("partner"), "{mail}");
    // The first two of the renewal happen in the same millisecond of the test clock.
    let mut types = stack.event_types(&created.id()).await;
    types.sort();
    assert_eq!(types, ["Callback Delivered", "Renewal Requested", "Token Created", "Token Renewed"]);
    let events = stack.events().await;
    let renewed = events.iter().find(|event| event["detailType"] == "Token Renewed").unwrap();
    let detail = &renewed["detail"];
    assert_eq!((&renewed["source"], &detail["companyId"]), (&json!("keyturn"), &json!("local")));
    assert_eq!(detail["seriesId"], created.text("seriesId"));
    let everything = json!([stack.mails().await, events]).to_string();
    for secret in ["kat_", "krt_", "whsec_"] {
        assert!(!everything.contains(secret), "{secret} in a mail or an event");
    }
}

#[tokio::test]
async fn creates_a_successor_that_inherits_the_settings_and_renews_itself() {
    let (stack, receiver, created) = due_token(Reply::Status(204)).await;
    let manager = stack.manager();
    let second = stack.client_of(&created).redeemed(&receiver.request_token()).await;
    assert!(stack.client(&second).is_authenticated().await);

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
    let secret = created.signing_secret().unwrap();
    assert!(verify_independently(&receiver.last(), &secret).await, "the signing secret is inherited");
    stack.client(&second).redeemed(&receiver.request_token()).await;
}

#[tokio::test]
async fn runs_the_schedule_only_when_something_is_due() {
    let stack = TestStack::start().await;
    for _ in 0..20 {
        stack.manager().created(&renewing_by_mail(30)).await;
    }
    let totals = stack.advance(91 * DAY).await;
    assert_eq!((&totals["renewed"], &totals["failed"]), (&json!(60), &json!(0)), "{totals}");
    assert!(totals["sweeps"].as_i64().unwrap() < 2_000, "{totals}");
}
