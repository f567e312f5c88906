//! Mails to the renewal mail recipient and the events beside them: when they are due, and once.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::support::{
    ApiResponse, DAY, HOUR, MINUTE, Receiver, TestStack, With, plain, renewal, renewing, renewing_by_mail,
    renewing_token,
};

fn mailed(name: &str) -> Value {
    plain().with("name", name).with("renewalMailRecipient", "ops@example.com")
}

async fn ending(stack: &TestStack, name: &str, days: i64) -> ApiResponse {
    stack.manager().created(&mailed(name).with("expiresAt", stack.after(days * DAY).await)).await
}

async fn renewed_by_schedule(stack: &TestStack, name: &str) -> ApiResponse {
    stack.manager().created(&renewing_by_mail(7).with("name", name)).await
}

/// The subjects of the mails about a token, oldest first.
async fn subjects(stack: &TestStack, name: &str) -> Vec<String> {
    let subjects = stack.mails().await.into_iter().map(|mail| mail["subject"].as_str().unwrap().to_owned());
    subjects.filter(|subject| subject.contains(&format!("\"{name}\""))).collect()
}

/// A time as subjects show it.
fn shown(time: DateTime<Utc>) -> String {
    time.format("%-d %b %Y, %H:%M UTC").to_string()
}

fn announcement(name: &str, remaining: &str, end: DateTime<Utc>) -> String {
    format!("\"{name}\" expires in {remaining}, on {}", shown(end))
}

fn expired(name: &str, end: DateTime<Utc>) -> String {
    format!("\"{name}\" expired on {} and is refused now", shown(end))
}

#[tokio::test]
async fn announces_an_expiry_30_7_and_1_days_ahead_and_reports_it() {
    let stack = TestStack::start().await;
    let token = ending(&stack, "partner", 60).await;
    let end = token.time("expiresAt");
    let mut expected = Vec::new();
    for (days, remaining) in [(30, "30 days"), (7, "7 days"), (1, "1 day")] {
        stack.advance_to(end, -days * DAY - MINUTE).await;
        assert_eq!(subjects(&stack, "partner").await, expected, "{days} days and a minute before");
        stack.advance_to(end, -days * DAY).await;
        expected.push(announcement("partner", remaining, end));
        assert_eq!(subjects(&stack, "partner").await, expected, "{days} days before");
    }
    stack.advance_to(end, DAY).await;
    expected.push(expired("partner", end));
    assert_eq!(subjects(&stack, "partner").await, expected);
    assert_eq!(stack.event_types(&token.id()).await, ["Token Created", "Token Expired"]);
}

#[tokio::test]
async fn skips_announcements_due_before_the_creation() {
    let stack = TestStack::start().await;
    let week = ending(&stack, "a week", 7).await.time("expiresAt");
    let hours = ending(&stack, "a day", 1).await.time("expiresAt");
    let silent = plain().with("expiresAt", stack.after(40 * DAY).await);
    let silent = stack.manager().created(&silent).await;
    stack.advance(50 * DAY).await;
    let expected = [announcement("a week", "1 day", week), expired("a week", week)];
    assert_eq!(subjects(&stack, "a week").await, expected);
    assert_eq!(subjects(&stack, "a day").await, [expired("a day", hours)]);
    assert_eq!(stack.mails().await.len(), 3, "none about a token without a recipient");
    assert_eq!(stack.event_types(&silent.id()).await, ["Token Created", "Token Expired"]);
}

#[tokio::test]
async fn sends_only_the_nearest_announcement_after_a_delay() {
    let stack = TestStack::start().await;
    let end = ending(&stack, "late", 60).await.time("expiresAt");
    stack.jump(55 * DAY).await;
    stack.sweep().await;
    let gone = ending(&stack, "too late", 60).await.time("expiresAt");
    let mut expected = vec![announcement("late", "5 days", end)];
    assert_eq!(subjects(&stack, "late").await, expected);
    stack.advance(6 * DAY).await;
    expected.extend([announcement("late", "1 day", end), expired("late", end)]);
    assert_eq!(subjects(&stack, "late").await, expected);
    stack.jump(60 * DAY).await;
    stack.sweep().await;
    assert_eq!(subjects(&stack, "too late").await, [expired("too late", gone)]);
}

#[tokio::test]
async fn announces_an_expiry_only_without_auto_renewal() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let mut token = renewing(&receiver).with("expiresAt", stack.after(40 * DAY).await);
    token["autoRenewal"]["everyDays"] = json!(35);
    let created = stack.manager().created(&token).await;
    let end = created.time("expiresAt");
    stack.advance_to(end, -6 * DAY).await;
    assert_eq!(subjects(&stack, "partner").await.len(), 0, "30 and 7 days before have passed");

    stack.manager().edit(&created.id(), &json!({"autoRenewal": null})).await.expect(200);
    stack.sweep().await;
    let mut expected = vec![announcement("partner", "6 days", end)];
    assert_eq!(subjects(&stack, "partner").await, expected, "now that nothing renews it");
    stack.advance_to(end, DAY).await;
    expected.extend([announcement("partner", "1 day", end), expired("partner", end)]);
    assert_eq!(subjects(&stack, "partner").await, expected);
    assert_eq!(receiver.received().len(), 0);
}

#[tokio::test]
async fn warns_4_hours_before_the_end_of_an_overlap_if_only_the_predecessor_is_used() {
    const CASES: [(&str, bool, bool); 4] =
        [("neither", false, false), ("old", true, false), ("new", false, true), ("both", true, true)];
    let stack = TestStack::start().await;
    let mut created = Vec::new();
    for (name, ..) in CASES {
        let token = renewed_by_schedule(&stack, name).await;
        assert!(stack.client_of(&token).is_authenticated().await, "used before the renewal");
        created.push(token);
    }
    let renewed_at = created.last().unwrap().time("createdDate") + TimeDelta::days(7);
    stack.advance_to(renewed_at, 0).await;
    let mut successors = Vec::new();
    for token in &created {
        let successor = stack.manager().token(&token.id()).await.text("renewedBy");
        successors.push(stack.manager().copy(&successor).await);
    }
    stack.advance_to(renewed_at, 2 * HOUR).await;
    for ((old, new), (_, use_old, use_new)) in created.iter().zip(&successors).zip(CASES) {
        assert!(!use_old || stack.client_of(old).is_authenticated().await);
        assert!(!use_new || stack.client_of(new).is_authenticated().await);
    }

    let ending = |subject: &String| subject.starts_with("Still in use: ");
    stack.advance_to(renewed_at, 20 * HOUR - MINUTE).await;
    for (name, ..) in CASES {
        assert!(!subjects(&stack, name).await.iter().any(ending), "{name}: not earlier than 4 hours before");
    }
    stack.advance_to(renewed_at, 2 * DAY).await;
    for (old, (name, use_old, use_new)) in created.iter().zip(CASES) {
        let end = stack.manager().token(&old.id()).await.time("expiresAt");
        let warning = format!("Still in use: the old token \"{name}\" ends on {}", shown(end));
        let expected = if use_old && !use_new { vec![warning] } else { Vec::new() };
        let all = subjects(&stack, name).await;
        let warnings: Vec<_> = all.iter().filter(|subject| ending(subject)).cloned().collect();
        assert_eq!(warnings, expected, "{name}");
        assert_eq!(stack.count_events(&old.id(), "Overlap Ending").await, expected.len(), "{name}");
        let expired = format!("Old token \"{name}\" expired on {}, as planned", shown(end));
        assert_eq!(*all.last().unwrap(), expired);
        assert_eq!(stack.count_events(&old.id(), "Token Expired").await, 1, "{name}");
    }
}

#[tokio::test]
async fn does_not_count_the_redemption_as_a_use() {
    let (stack, receiver, created) = renewing_token().await;
    stack.advance(30 * DAY).await;
    stack.client_of(&created).redeemed(&receiver.request_token()).await;
    stack.advance(2 * DAY).await;
    assert_eq!(subjects(&stack, "partner").await.len(), 2, "renewed and expired");
    assert_eq!(stack.count_events(&created.id(), "Overlap Ending").await, 0);
}

#[tokio::test]
async fn reports_unredeemed_request_tokens_after_the_1st_3rd_7th_and_every_7th() {
    let (stack, _receiver, created) = renewing_token().await;
    let due = created.time("createdDate") + TimeDelta::days(30);
    let mut expected = Vec::new();
    for attempt in 1..=22 {
        stack.advance_to(due, (attempt - 1) * DAY + 2 * HOUR + MINUTE).await;
        expected.extend(match attempt {
            1 => Some("Renewal of \"partner\" failed: its request token was not redeemed".to_owned()),
            3 | 7 | 14 | 21 => Some(format!(
                "Renewal of \"partner\" keeps failing: {attempt} request tokens were not redeemed"
            )),
            _ => None,
        });
        assert_eq!(subjects(&stack, "partner").await, expected, "after attempt {attempt}");
    }
    assert_eq!(stack.count_events(&created.id(), "Renewal Unredeemed").await, 22);
    let text = stack.mails().await.last().unwrap()["text"].as_str().unwrap().to_owned();
    let next = (due + TimeDelta::days(21)).format("%A %-d %B %Y at %H:").to_string();
    assert!(text.contains(&format!("The next request token goes out on {next}")), "{text}");
}

#[tokio::test]
async fn reports_every_renewal_with_the_end_of_the_predecessor() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let manager = stack.manager();
    let redeemed = manager.created(&renewing(&receiver)).await;
    stack.advance(30 * DAY).await;
    stack.client_of(&redeemed).redeemed(&receiver.request_token()).await;
    let scheduled = renewed_by_schedule(&stack, "scheduled").await;
    stack.advance(7 * DAY).await;
    let (manual, at_once) =
        (manager.created(&mailed("by hand")).await, manager.created(&mailed("at once")).await);
    let now = stack.now().await;
    for (token, end) in [(&manual, now + TimeDelta::days(3)), (&at_once, now)] {
        manager.renew(&token.id(), &renewal(end)).await.expect(201);
    }
    stack.sweep().await;

    let end = async |token: &ApiResponse| shown(manager.token(&token.id()).await.time("expiresAt"));
    let first = async |name| subjects(&stack, name).await.swap_remove(0);
    let until = format!("\"partner\" was renewed; the old one works until {}", end(&redeemed).await);
    assert_eq!(first("partner").await, until);
    let copy_by = format!("Copy the new token \"scheduled\" by {}", end(&scheduled).await);
    assert_eq!(first("scheduled").await, copy_by);
    let until = format!("\"by hand\" was renewed by hand; the old one works until {}", end(&manual).await);
    assert_eq!(subjects(&stack, "by hand").await, [until]);
    let mut of_both = subjects(&stack, "at once").await;
    of_both.sort();
    let expected = [
        "\"at once\" was renewed by hand; the old one no longer works".to_owned(),
        format!("Old token \"at once\" expired on {}, as planned", end(&at_once).await),
    ];
    assert_eq!(of_both, expected);
    let events = stack.events().await;
    for (token, how) in
        [(redeemed, "REDEMPTION"), (scheduled, "SCHEDULE"), (manual, "HAND"), (at_once, "HAND")]
    {
        let of_token = |event: &&Value| {
            event["detailType"] == "Token Renewed" && event["detail"]["tokenId"] == token.id()
        };
        let renewed: Vec<_> = events.iter().filter(of_token).map(|event| &event["detail"]).collect();
        let successor = manager.token(&token.id()).await.text("renewedBy");
        let found: Vec<_> =
            renewed.iter().map(|detail| json!([detail["how"], detail["successorId"]])).collect();
        assert_eq!(found, [json!([how, successor])], "{}", token.body);
    }
    stack.assert_no_stored_secrets().await;
}

#[tokio::test]
async fn sends_every_mail_once_after_an_outage_of_the_mail_service() {
    let stack = TestStack::start().await;
    let mut tokens = Vec::new();
    for name in ["a", "b", "c", "d", "e"] {
        tokens.push(renewed_by_schedule(&stack, name).await);
    }
    stack.fail(json!({"ses": 1_000})).await;
    stack.advance(7 * DAY).await;
    let again = stack.advance(2 * MINUTE).await;
    assert!(again["failed"].as_i64().unwrap() >= 5, "retried and failed again: {again}");
    assert_eq!(stack.mails().await.len(), 0);
    stack.fail(json!({"ses": 0})).await;
    stack.advance(3 * HOUR).await;
    for (name, token) in ["a", "b", "c", "d", "e"].into_iter().zip(tokens) {
        assert_eq!(subjects(&stack, name).await.len(), 1, "{name}");
        assert_eq!(stack.count_events(&token.id(), "Token Renewed").await, 1, "{name}");
    }
}

#[tokio::test]
async fn sends_no_mail_twice_during_an_outage_of_the_event_bus() {
    let stack = TestStack::start().await;
    let token = ending(&stack, "partner", 1).await;
    stack.sweep().await;
    stack.fail(json!({"eventbridge": 1_000})).await;
    stack.advance(DAY).await;
    assert_eq!(subjects(&stack, "partner").await.len(), 1, "the mail does not wait for the event");
    stack.fail(json!({"eventbridge": 0})).await;
    stack.advance(3 * HOUR).await;
    assert_eq!(subjects(&stack, "partner").await.len(), 1);
    assert_eq!(stack.event_types(&token.id()).await, ["Token Created", "Token Expired"]);
}
