//! Mails to the renewal mail recipient, and the events beside them: each when it's time, and once.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::support::{Answer, Caller, DAY, HOUR, MINUTE, Receiver, TestStack, renewing};

/// A token with a mail recipient.
fn mailed(name: &str) -> Value {
    json!({"name": name, "rights": "READ", "applications": ["ORDERS"], "renewalMailRecipient": "ops@example.com"})
}

/// A token that ends after so many days.
async fn ending(stack: &TestStack, name: &str, days: i64) -> Answer {
    let mut token = mailed(name);
    token["expiresAt"] = json!((stack.now().await + TimeDelta::days(days)).to_rfc3339());
    stack.manager().created(&token).await
}

/// A token that the schedule renews after a week.
async fn renewed_by_schedule(stack: &TestStack, name: &str) -> Answer {
    let mut token = mailed(name);
    token["autoRenewal"] = json!({"everyDays": 7});
    stack.manager().created(&token).await
}

/// The subjects of the mails about a token, oldest first.
async fn subjects(stack: &TestStack, name: &str) -> Vec<String> {
    let subjects = stack.mails().await.into_iter().map(|mail| mail["subject"].as_str().unwrap().to_owned());
    subjects.filter(|subject| subject.contains(&format!("\"{name}\""))).collect()
}

async fn count_events(stack: &TestStack, token: &Answer, kind: &str) -> usize {
    stack.event_types(&token.id()).await.iter().filter(|event| *event == kind).count()
}

/// A moment as a subject tells it.
fn told(moment: DateTime<Utc>) -> String {
    moment.format("%-d %b %Y, %H:%M UTC").to_string()
}

fn announcement(name: &str, remaining: &str, end: DateTime<Utc>) -> String {
    format!("\"{name}\" expires in {remaining}, on {}", told(end))
}

fn end_of(name: &str, end: DateTime<Utc>) -> String {
    format!("\"{name}\" expired on {} and is refused now", told(end))
}

#[tokio::test]
async fn an_expiry_is_announced_30_7_and_1_days_ahead_and_told_when_it_comes() {
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
    expected.push(end_of("partner", end));
    assert_eq!(subjects(&stack, "partner").await, expected);
    assert_eq!(stack.event_types(&token.id()).await, ["Token Created", "Token Expired"]);
}

#[tokio::test]
async fn a_token_that_is_younger_than_an_announcement_goes_without_it() {
    let stack = TestStack::start().await;
    let week = ending(&stack, "a week", 7).await.time("expiresAt");
    let hours = ending(&stack, "a day", 1).await.time("expiresAt");
    let mut silent = mailed("silent");
    silent["renewalMailRecipient"] = Value::Null;
    silent["expiresAt"] = json!((stack.now().await + TimeDelta::days(40)).to_rfc3339());
    let silent = stack.manager().created(&silent).await;
    stack.advance(50 * DAY).await;
    let expected = [announcement("a week", "1 day", week), end_of("a week", week)];
    assert_eq!(subjects(&stack, "a week").await, expected);
    assert_eq!(subjects(&stack, "a day").await, [end_of("a day", hours)]);
    assert_eq!(stack.mails().await.len(), 3, "none about a token without a recipient");
    assert_eq!(stack.event_types(&silent.id()).await, ["Token Created", "Token Expired"]);
}

#[tokio::test]
async fn a_late_schedule_makes_only_the_nearest_announcement() {
    let stack = TestStack::start().await;
    let end = ending(&stack, "late", 60).await.time("expiresAt");
    stack.jump(55 * DAY).await;
    stack.sweep().await;
    let gone = ending(&stack, "too late", 60).await.time("expiresAt");
    let mut expected = vec![announcement("late", "5 days", end)];
    assert_eq!(subjects(&stack, "late").await, expected);
    stack.advance(6 * DAY).await;
    expected.extend([announcement("late", "1 day", end), end_of("late", end)]);
    assert_eq!(subjects(&stack, "late").await, expected);
    stack.jump(60 * DAY).await;
    stack.sweep().await;
    assert_eq!(subjects(&stack, "too late").await, [end_of("too late", gone)]);
}

#[tokio::test]
async fn an_expiry_is_announced_only_while_nothing_renews_the_token() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let mut token = renewing(&receiver);
    token["autoRenewal"]["everyDays"] = json!(35);
    token["expiresAt"] = json!((stack.now().await + TimeDelta::days(40)).to_rfc3339());
    let created = stack.manager().created(&token).await;
    let end = created.time("expiresAt");
    stack.advance_to(end, -6 * DAY).await;
    assert_eq!(subjects(&stack, "partner").await.len(), 0, "30 and 7 days before have passed");

    let path = format!("/apiAccessTokens/{}", created.id());
    assert_eq!(stack.manager().patch(&path, &json!({"autoRenewal": null})).await.status, 200);
    stack.sweep().await;
    let mut expected = vec![announcement("partner", "6 days", end)];
    assert_eq!(subjects(&stack, "partner").await, expected, "nothing renews it any more");
    stack.advance_to(end, DAY).await;
    expected.extend([announcement("partner", "1 day", end), end_of("partner", end)]);
    assert_eq!(subjects(&stack, "partner").await, expected);
    assert_eq!(receiver.received().len(), 0);
}

/// Two tokens that the schedule has joined.
struct Joined {
    old: Answer,
    client: Caller,
    new_client: Caller,
}

async fn join(stack: &TestStack, old: Answer) -> Joined {
    let manager = stack.manager();
    let successor = manager.token(&old.id()).await.text("renewedBy");
    let copied = manager.get(&format!("/apiAccessTokens/{successor}/token")).await;
    let (client, new_client) = (stack.caller(&old.text("token")), stack.caller(&copied.text("token")));
    Joined { old, client, new_client }
}

#[tokio::test]
async fn an_overlap_that_ends_is_told_if_only_the_old_token_is_in_use() {
    const CASES: [(&str, bool, bool); 4] =
        [("neither", false, false), ("old", true, false), ("new", false, true), ("both", true, true)];
    let stack = TestStack::start().await;
    let mut created = Vec::new();
    for (name, ..) in CASES {
        let token = renewed_by_schedule(&stack, name).await;
        assert!(stack.caller(&token.text("token")).is_authenticated().await, "used before the renewal");
        created.push(token);
    }
    let renewal = created.last().unwrap().time("createdDate") + TimeDelta::days(7);
    stack.advance_to(renewal, 0).await;
    let mut all = Vec::new();
    for token in created {
        all.push(join(&stack, token).await);
    }
    stack.advance_to(renewal, 2 * HOUR).await;
    for (joined, (_, use_old, use_new)) in all.iter().zip(CASES) {
        assert!(!use_old || joined.client.is_authenticated().await);
        assert!(!use_new || joined.new_client.is_authenticated().await);
    }

    let ending = |subject: &String| subject.starts_with("Still in use: ");
    stack.advance_to(renewal, 20 * HOUR - MINUTE).await;
    for (name, ..) in CASES {
        assert!(!subjects(&stack, name).await.iter().any(ending), "{name}: not earlier than 4 hours before");
    }
    stack.advance_to(renewal, 2 * DAY).await;
    for (joined, (name, use_old, use_new)) in all.iter().zip(CASES) {
        let end = stack.manager().token(&joined.old.id()).await.time("expiresAt");
        let told_of_end = format!("Still in use: the old token \"{name}\" ends on {}", told(end));
        let expected = if use_old && !use_new { vec![told_of_end] } else { Vec::new() };
        let all = subjects(&stack, name).await;
        assert_eq!(
            all.iter().filter(|subject| ending(subject)).cloned().collect::<Vec<_>>(),
            expected,
            "{name}"
        );
        assert_eq!(count_events(&stack, &joined.old, "Overlap Ending").await, expected.len(), "{name}");
        assert_eq!(
            *all.last().unwrap(),
            format!("Old token \"{name}\" expired on {}, as planned", told(end))
        );
        assert_eq!(count_events(&stack, &joined.old, "Token Expired").await, 1, "{name}");
    }
}

#[tokio::test]
async fn redeeming_with_the_old_token_is_no_use_of_it() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let created = stack.manager().created(&renewing(&receiver)).await;
    let client = stack.caller(&created.text("token"));
    stack.advance(30 * DAY).await;
    assert_eq!(client.redeem(&receiver.last().request_token()).await.status, 200);
    stack.advance(2 * DAY).await;
    assert_eq!(subjects(&stack, "partner").await.len(), 2, "renewed and expired");
    assert_eq!(count_events(&stack, &created, "Overlap Ending").await, 0);
}

#[tokio::test]
async fn unredeemed_request_tokens_are_told_after_the_1st_3rd_7th_and_then_every_7th() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let created = stack.manager().created(&renewing(&receiver)).await;
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
    assert_eq!(count_events(&stack, &created, "Renewal Unredeemed").await, 22);
    let text = stack.mails().await.last().unwrap()["text"].as_str().unwrap().to_owned();
    let next = (due + TimeDelta::days(21)).format("%A %-d %B %Y at %H:").to_string();
    assert!(text.contains(&format!("The next request token goes out on {next}")), "{text}");
}

#[tokio::test]
async fn every_renewal_is_told_with_the_end_of_the_old_token() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let manager = stack.manager();
    let redeemed = manager.created(&renewing(&receiver)).await;
    stack.advance(30 * DAY).await;
    let client = stack.caller(&redeemed.text("token"));
    assert_eq!(client.redeem(&receiver.last().request_token()).await.status, 200);
    let scheduled = renewed_by_schedule(&stack, "scheduled").await;
    stack.advance(7 * DAY).await;
    let (manual, at_once) =
        (manager.created(&mailed("by hand")).await, manager.created(&mailed("at once")).await);
    let now = stack.now().await;
    for (token, end) in [(&manual, now + TimeDelta::days(3)), (&at_once, now)] {
        let order = json!({"name": "renewed", "existingTokenExpiresAt": end.to_rfc3339()});
        let renewed = manager.post(&format!("/apiAccessTokens/{}/renew", token.id()), &order).await;
        assert_eq!(renewed.status, 201, "{}", renewed.body);
    }
    stack.sweep().await;

    let end = async |token: &Answer| told(manager.token(&token.id()).await.time("expiresAt"));
    let first = async |name| subjects(&stack, name).await.swap_remove(0);
    let until = format!("\"partner\" was renewed; the old one works until {}", end(&redeemed).await);
    assert_eq!(first("partner").await, until);
    assert_eq!(
        first("scheduled").await,
        format!("Copy the new token \"scheduled\" by {}", end(&scheduled).await)
    );
    let until = format!("\"by hand\" was renewed by hand; the old one works until {}", end(&manual).await);
    assert_eq!(subjects(&stack, "by hand").await, [until]);
    let mut of_both = subjects(&stack, "at once").await;
    of_both.sort();
    let expected = [
        "\"at once\" was renewed by hand; the old one no longer works".to_owned(),
        format!("Old token \"at once\" expired on {}, as planned", end(&at_once).await),
    ];
    assert_eq!(of_both, expected);
    for token in [redeemed, scheduled, manual, at_once] {
        assert_eq!(count_events(&stack, &token, "Token Renewed").await, 1, "{}", token.body);
    }
}

#[tokio::test]
async fn a_mail_service_that_fails_for_a_while_gets_every_mail_once_later() {
    let stack = TestStack::start().await;
    let mut tokens = Vec::new();
    for name in ["a", "b", "c", "d", "e"] {
        tokens.push(renewed_by_schedule(&stack, name).await);
    }
    stack.fail(json!({"ses": 1_000})).await;
    stack.advance(7 * DAY).await;
    let again = stack.advance(2 * MINUTE).await;
    assert!(again["failed"].as_i64().unwrap() >= 5, "tried again and failed again: {again}");
    assert_eq!(stack.mails().await.len(), 0);
    stack.fail(json!({"ses": 0})).await;
    stack.advance(3 * HOUR).await;
    for (name, token) in ["a", "b", "c", "d", "e"].into_iter().zip(tokens) {
        assert_eq!(subjects(&stack, name).await.len(), 1, "{name}");
        assert_eq!(count_events(&stack, &token, "Token Renewed").await, 1, "{name}");
    }
}

#[tokio::test]
async fn an_event_bus_that_fails_for_a_while_doubles_no_mail() {
    let stack = TestStack::start().await;
    let token = ending(&stack, "partner", 1).await;
    stack.sweep().await;
    stack.fail(json!({"eventbridge": 1_000})).await;
    stack.advance(DAY).await;
    assert_eq!(subjects(&stack, "partner").await.len(), 1, "the mail doesn't wait for the event");
    stack.fail(json!({"eventbridge": 0})).await;
    stack.advance(3 * HOUR).await;
    assert_eq!(subjects(&stack, "partner").await.len(), 1);
    assert_eq!(stack.event_types(&token.id()).await, ["Token Created", "Token Expired"]);
}
