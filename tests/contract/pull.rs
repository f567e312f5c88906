//! Renewal by pull: clients that cannot be called fetch their successor themselves.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use futures::future::join_all;
use serde_json::{Value, json};

use crate::authorizer::http_api_event;
use crate::support::{ApiResponse, DAY, HOUR, MINUTE, Options, TestStack, With, plain, pulling, renewal};

/// A stack, and a token that fetches its successor itself.
async fn pulling_token() -> (TestStack, ApiResponse) {
    let stack = TestStack::start().await;
    let created = stack.manager().created(&pulling()).await;
    (stack, created)
}

/// The same at the due moment.
async fn due_token() -> (TestStack, ApiResponse) {
    let (stack, created) = pulling_token().await;
    stack.advance_to(created.time("createdDate"), 30 * DAY).await;
    (stack, created)
}

#[tokio::test]
async fn fetches_the_successor_from_the_due_moment_on() {
    let (stack, created) = pulling_token().await;
    let (client, due) = (stack.client_of(&created), created.next_renewal());
    stack.advance_to(due, -90).await;
    let early = client.pull().await;
    early.assert_error(409, "RENEWAL_NOT_DUE");
    assert_eq!(early.header("retry-after"), "90");
    let date = due.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    assert!(early.text("detail").contains(&date), "{early}");

    stack.advance_to(due, 0).await;
    let answer = client.pull().await.expect(200);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.body.as_object().unwrap().len(), 1, "{answer}");
    let (old, new) = (client.own_token().await, stack.client(&answer.string()).own_token().await);
    assert_eq!((old.text("renewedBy"), new.text("renewedFrom")), (new.id(), created.id()));
    assert_eq!(old.time("expiresAt"), due + TimeDelta::hours(24), "the overlap of a redemption");
    assert_eq!(new.body["autoRenewal"]["pull"], true, "the successor inherits it");
    assert_eq!(new.next_renewal(), due + TimeDelta::days(30));
    assert_eq!(new.text("seriesId"), created.id());

    let types = stack.event_types(&created.id()).await;
    stack.sweep().await;
    assert_eq!(types.first().map(String::as_str), Some("Token Created"));
    assert_eq!(stack.count_events(&created.id(), "Token Renewed").await, 1);
    let mails = stack.mails().await;
    assert!(mails[0]["text"].as_str().unwrap().contains("fetched its successor"), "{mails:?}");
    stack.assert_no_stored_secrets().await;
}

#[tokio::test]
async fn repeats_the_same_string_for_as_long_as_the_predecessor_is_valid() {
    let (stack, created) = due_token().await;
    let client = stack.client_of(&created);
    let lost = client.pulled().await;
    for hours in [1, 12, 23] {
        stack.advance_to(created.next_renewal(), hours * HOUR).await;
        assert_eq!(client.pulled().await, lost, "after {hours} hours");
    }
    stack.advance_to(created.next_renewal(), 24 * HOUR).await;
    let ended = client.pull().await.expect(401);
    assert!(ended.header("www-authenticate").contains("was renewed"), "{ended}");
    assert!(stack.client(&lost).is_authenticated().await);
}

#[tokio::test]
async fn gives_one_string_to_50_concurrent_pulls() {
    let (stack, created) = due_token().await;
    let client = stack.client_of(&created);
    let strings = join_all((0..50).map(|_| client.pulled())).await;
    assert_eq!(strings.into_iter().collect::<BTreeSet<_>>().len(), 1);
    stack.sweep().await;
    assert_eq!(stack.count_events(&created.id(), "Token Renewed").await, 1);
}

#[tokio::test]
async fn refuses_tokens_that_do_not_pull() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let by_mail = json!({"everyDays": 30});
    for (renewal, code) in [
        (Value::Null, "NO_AUTO_RENEWAL"),
        (by_mail.clone(), "NO_PULL"),
        (by_mail.with("pull", false), "NO_PULL"),
    ] {
        let token = pulling().with("autoRenewal", renewal);
        stack.client_of(&manager.created(&token).await).pull().await.assert_error(409, code);
    }
    stack.anonymous().pull().await.expect(401);
}

#[tokio::test]
async fn refuses_after_a_renewal_by_hand_and_after_a_deactivation() {
    let (stack, created) = due_token().await;
    let manager = stack.manager();
    let end = stack.after(HOUR).await;
    let by_hand = manager.renew(&created.id(), &renewal(end)).await.expect(201);
    stack.client_of(&created).pull().await.assert_error(409, "ALREADY_RENEWED");
    assert_eq!(by_hand.body["autoRenewal"]["pull"], true);

    let (deactivated, successor) = (manager.created(&pulling()).await, manager.created(&pulling()).await);
    manager.deactivate(&deactivated.id()).await;
    stack.client_of(&deactivated).pull().await.expect(401);
    manager.start_renewal(&successor.id()).await.expect(200);
    let client = stack.client_of(&successor);
    let string = client.pulled().await;
    let new = stack.client(&string).own_token().await.id();
    manager.deactivate(&new).await;
    client.pull().await.assert_error(409, "SUCCESSOR_ENDED");
}

#[tokio::test]
async fn a_started_renewal_can_be_pulled_at_once() {
    let (stack, created) = pulling_token().await;
    let client = stack.client_of(&created);
    client.pull().await.expect(409);
    stack.manager().start_renewal(&created.id()).await.expect(200);
    assert_eq!(client.renewal_info().await.body["renewal"], "DUE");
    client.pulled().await;
}

#[tokio::test]
async fn a_predecessor_that_ends_sooner_keeps_its_own_expiry() {
    let stack = TestStack::start().await;
    let token = pulling().with("expiresAt", stack.after(33 * DAY).await);
    let created = stack.manager().created(&token).await;
    stack.advance_to(created.time("expiresAt"), -HOUR).await;
    let client = stack.client_of(&created);
    let string = client.pulled().await;
    assert_eq!(client.own_token().await.text("expiresAt"), created.text("expiresAt"));
    let new = stack.client(&string).own_token().await;
    assert_eq!(new.time("expiresAt") - new.time("createdDate"), TimeDelta::days(33));
}

#[tokio::test]
async fn the_schedule_leaves_the_renewal_to_the_client_and_mails_that_it_is_missing() {
    let (stack, created) = due_token().await;
    let due = created.next_renewal();
    stack.advance_to(due, 30 * DAY).await;
    let token = stack.manager().token(&created.id()).await;
    assert!(token.body["renewedBy"].is_null() && token.text("status") == "ACTIVE", "{token}");
    let subjects: Vec<_> =
        stack.mails().await.iter().map(|mail| mail["text"].as_str().unwrap().to_owned()).collect();
    let days = ["for a day,", "for 3 days,", "for 7 days,", "for 14 days,", "for 21 days,", "for 28 days,"];
    assert_eq!(subjects.len(), days.len(), "{subjects:?}");
    for (text, days) in subjects.iter().zip(days) {
        assert!(text.contains(days), "{days}: {text}");
    }
    assert_eq!(stack.count_events(&created.id(), "Renewal Unredeemed").await, 6);
    stack.client_of(&created).pulled().await;
}

#[tokio::test]
async fn tells_any_token_when_to_ask() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let created = manager.created(&pulling()).await;
    let (client, due) = (stack.client_of(&created), created.next_renewal());
    let scheduled = client.renewal_info().await.expect(200);
    assert_eq!(scheduled.body["renewal"], "SCHEDULED");
    assert_eq!(scheduled.header("retry-after"), "21600");
    let window = scheduled.body["suggestedWindow"].clone();
    let at = |field: &str| window[field].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    assert_eq!(at("start"), due);
    assert!(at("start") < at("end") && at("end") <= due + TimeDelta::hours(24), "{window}");
    assert_eq!(scheduled.header("token-renews-at"), created.body["autoRenewal"]["nextRenewalAt"]);

    stack.advance_to(at("end"), -90).await;
    assert_eq!(client.renewal_info().await.header("retry-after"), "90", "it leads to the end of the window");
    stack.advance_to(at("end"), 0).await;
    let due = client.renewal_info().await;
    assert_eq!((&due.body["renewal"], &due.body["suggestedWindow"]), (&json!("DUE"), &window));
    let successor = stack.client(&client.pulled().await);
    let next = successor.renewal_info().await.body["suggestedWindow"].clone();
    let length = |window: &Value| {
        let at =
            |field: &str| window[field].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap();
        at("end") - at("start")
    };
    assert_eq!(length(&next), length(&window), "the same for a series each time");
    let renewed = client.renewal_info().await;
    assert_eq!(renewed.body, json!({"renewal": "RENEWED", "suggestedWindow": null}));
    assert_eq!(renewed.headers.get("token-renews-at"), None);

    let other = stack.client_of(&manager.created(&plain()).await).renewal_info().await;
    assert_eq!(other.body, json!({"renewal": "NONE", "suggestedWindow": null}));
    assert_eq!((other.header("retry-after"), other.headers.get("token-renews-at")), ("21600", None));
}

#[tokio::test]
async fn a_client_that_follows_retry_after_pulls_once_per_renewal_and_is_never_refused() {
    let stack = TestStack::start().await;
    let weekly = pulling().with("autoRenewal", json!({"everyDays": 7, "pull": true}));
    let created = stack.manager().created(&weekly).await;
    let (mut string, mut pulls) = (created.string(), 0);
    let end = created.time("createdDate") + TimeDelta::days(16);
    while stack.now().await < end {
        let client = stack.client(&string);
        let info = client.renewal_info().await.expect(200);
        // One that does not look at the window pulls when it is told that the renewal is due.
        if info.body["renewal"] == "DUE" {
            string = client.pulled().await;
            pulls += 1;
        }
        stack.advance(info.header("retry-after").parse().unwrap()).await;
    }
    assert_eq!(stack.client(&string).own_token().await.text("seriesId"), created.id());
    let mut subjects: Vec<_> = stack.mails().await.iter().map(|mail| mail["subject"].to_string()).collect();
    subjects.retain(|subject| !subject.contains("expired"));
    assert_eq!((pulls, subjects.len()), (2, 2), "none that a pull is missing: {subjects:?}");
}

fn shown(time: chrono::DateTime<chrono::Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[tokio::test]
async fn the_authorizer_and_introspection_tell_when_a_token_renews_itself() {
    let stack = TestStack::on_disk().await;
    let manager = stack.manager();
    let created = manager.created(&pulling()).await;
    let renews_at = created.next_renewal();
    let context =
        stack.authorize(&http_api_event("GET", "/orders", &created.string())).await["context"].clone();
    assert_eq!(context["renewsAt"], shown(renews_at));
    let form = Some(("application/x-www-form-urlencoded", format!("token={}", created.string())));
    let answer = manager.call(reqwest::Method::POST, "/introspect", form).await;
    assert_eq!(answer.body["renewsAt"], renews_at.timestamp());

    // An edit moves it, also there.
    let edited = manager.edit(&created.id(), &json!({"autoRenewal": {"everyDays": 40}})).await.expect(200);
    let context =
        stack.authorize(&http_api_event("GET", "/orders", &created.string())).await["context"].clone();
    assert_eq!(context["renewsAt"], shown(edited.next_renewal()));
    let plain = manager.created(&plain()).await;
    let context =
        stack.authorize(&http_api_event("GET", "/orders", &plain.string())).await["context"].clone();
    assert_eq!(context.get("renewsAt"), None);
}

#[tokio::test]
async fn pull_can_be_switched_on_and_off() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let created = manager.created(&pulling().with("autoRenewal", json!({"everyDays": 30}))).await;
    assert_eq!(created.body["autoRenewal"]["pull"], false);
    stack.advance(10 * DAY).await;
    let edit = async |renewal: Value| manager.edit(&created.id(), &json!({"autoRenewal": renewal})).await;
    let on = edit(json!({"pull": true})).await.expect(200);
    assert_eq!((&on.body["autoRenewal"]["pull"], on.next_renewal()), (&json!(true), created.next_renewal()));
    assert_eq!(edit(json!({"pull": null})).await.expect(200).body["autoRenewal"]["pull"], false);
    edit(json!({"pull": true})).await.expect(200);
    manager.edit(&created.id(), &json!({"renewalMailRecipient": null})).await.expect(200);
    edit(json!({"pull": false})).await.assert_invalid(&["autoRenewal"]);
    edit(json!({"pull": "yes"})).await.assert_invalid(&["autoRenewal.pull"]);
    stack.advance_to(created.next_renewal(), MINUTE).await;
    stack.client_of(&created).pulled().await;

    manager
        .create(&plain().with("autoRenewal", json!({"pull": true})))
        .await
        .assert_invalid(&["autoRenewal.everyDays"]);
}

#[tokio::test]
async fn works_where_token_strings_cannot_be_copied() {
    let parameters = &[("KEYTURN_COPYABLE_TOKENS", "false")][..];
    let options = Options { parameters, ..Options::default() };
    let stack = TestStack::start_with(options).await;
    let created = stack.manager().created(&pulling()).await;
    stack.advance_to(created.next_renewal(), 0).await;
    let client = stack.client_of(&created);
    let string = client.pulled().await;
    let new = stack.client(&string).own_token().await.id();
    stack.advance_to(created.next_renewal(), 24 * HOUR - MINUTE).await;
    assert_eq!(client.pulled().await, string, "until the predecessor ends");
    stack.advance(2 * MINUTE).await;
    assert!(stack.stored_token(&new).await["sealed"].is_null(), "nothing is left to unseal");
}
