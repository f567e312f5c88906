//! Mails a day: what is above the limit is noted, and what is about a renewal comes in a digest.

use chrono::Timelike as _;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{ApiClient, DAY, HOUR, MINUTE, Options, TestStack, With, plain, renewing_by_mail};

const TO: &str = "ops@example.com";

/// Two mails a day to one address, which is enough to be above it.
const TWO: Options<'_> = Options {
    data_dir: None,
    parameters: &[("KEYTURN_DAILY_MAILS_PER_ADDRESS", "2")],
    callback_timeout: None,
    no_identity_provider: false,
};

const NOT_SENT: &str = "MAIL_OVER_LIMIT";

/// A stack early in a day, so that the day of the limits doesn't end within a test.
async fn morning(options: Options<'_>) -> TestStack {
    let stack = TestStack::start_with(options).await;
    let past_midnight = i64::from(stack.now().await.num_seconds_from_midnight());
    stack.jump(DAY - past_midnight + 20 * MINUTE).await;
    stack
}

/// Creates tokens that expire in a day and a minute: a mail in a minute, and one when they have.
async fn expiring(stack: &TestStack, client: &ApiClient, count: usize, to: &str) -> Vec<String> {
    let end = stack.after(DAY + MINUTE).await;
    let mut ids = Vec::new();
    for number in 0..count {
        let token = plain().with("name", format!("ending {number}"));
        let token = token.with("expiresAt", end).with("renewalMailRecipient", to);
        ids.push(client.created(&token).await.id());
    }
    ids
}

async fn renewing(client: &ApiClient, count: usize, to: &str) -> Vec<String> {
    let mut ids = Vec::new();
    for number in 0..count {
        let token = renewing_by_mail(1).with("name", format!("renewed {number}"));
        ids.push(client.created(&token.with("renewalMailRecipient", to)).await.id());
    }
    ids
}

async fn actions(client: &ApiClient, id: &str) -> Vec<String> {
    let page = client.activities(id).await.expect(200);
    page.items().iter().map(|item| item["action"].as_str().unwrap().to_owned()).collect()
}

fn subjects(mails: &[Value]) -> Vec<&str> {
    mails.iter().map(|mail| mail["subject"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn the_21st_mail_of_a_day_to_one_address_is_noted_and_not_sent() {
    let stack = morning(Options::default()).await;
    let manager = stack.manager();
    let ids = expiring(&stack, &manager, 22, TO).await;
    let others = expiring(&stack, &manager, 1, "other@example.com").await;
    stack.advance(2 * MINUTE).await;
    assert_eq!(stack.mails().await.len(), 20 + 1, "{:?}", subjects(&stack.mails().await));
    let mut noted = 0;
    for id in ids.iter().chain(&others) {
        noted += actions(&manager, id).await.iter().filter(|action| *action == NOT_SENT).count();
    }
    assert_eq!(noted, 2);
    let totals = stack.advance(2 * HOUR).await;
    assert_eq!((&totals["mails"], stack.mails().await.len()), (&Value::from(0), 21), "not tried again");
    stack.advance(DAY).await;
    assert_eq!(stack.mails().await.len(), 21 + 20 + 1, "the next day");
}

#[tokio::test]
async fn renewal_mails_above_the_limit_come_in_one_digest_at_the_next_full_hour() {
    let stack = morning(Options::default()).await;
    let manager = stack.manager();
    let ids = renewing(&manager, 23, TO).await;
    renewing(&manager, 1, "other@example.com").await;
    stack.advance(DAY).await;
    let now = stack.now().await;
    let in_hour = i64::from(now.minute() * 60 + now.second());
    let sent = stack.mails().await;
    assert_eq!(sent.len(), 20 + 1, "{:?}", subjects(&sent));
    stack.advance(HOUR - in_hour - 1).await;
    assert_eq!(stack.mails().await.len(), 21, "before the hour is full");
    stack.advance(1).await;
    let mails = stack.mails().await;
    let digest = &mails[21..];
    assert_eq!(subjects(digest), ["3 notices about renewals of API access tokens of local"]);
    assert_eq!(digest[0]["to"][0], TO);
    let text = digest[0]["text"].as_str().unwrap();
    for id in &ids {
        let successor = manager.token(id).await.text("renewedBy");
        let name = format!("\"{}\"", manager.token(id).await.text("name"));
        let alone = sent.iter().any(|mail| mail["subject"].as_str().unwrap().contains(&name));
        assert_eq!(text.contains(&name), !alone, "{name}: once, and nowhere else: {text}");
        assert_eq!(text.contains(&successor), !alone, "the link to the new token");
        assert!(!actions(&manager, id).await.iter().any(|action| action == NOT_SENT));
    }
    stack.advance(2 * HOUR).await;
    assert_eq!(stack.mails().await.len(), 22, "nothing is sent twice");
    stack.assert_no_stored_secrets().await;
}

#[tokio::test]
async fn a_digest_that_fails_is_sent_once_the_mail_service_is_back() {
    let stack = morning(TWO).await;
    renewing(&stack.manager(), 4, TO).await;
    stack.advance(DAY).await;
    assert_eq!(stack.mails().await.len(), 2);
    stack.fail(json!({"ses": 1_000})).await;
    stack.advance(HOUR).await;
    assert_eq!(stack.mails().await.len(), 2);
    stack.fail(json!({"ses": 0})).await;
    stack.advance(HOUR).await;
    let mails = stack.mails().await;
    assert_eq!(subjects(&mails[2..]), ["2 notices about renewals of API access tokens of local"]);
}

#[tokio::test]
async fn a_single_mail_above_the_limit_comes_as_it_is() {
    let stack = morning(TWO).await;
    renewing(&stack.manager(), 3, TO).await;
    stack.advance(DAY).await;
    assert_eq!(stack.mails().await.len(), 2);
    stack.advance(HOUR).await;
    let mails = stack.mails().await;
    assert!(
        mails.len() == 3 && subjects(&mails).iter().all(|subject| subject.starts_with("Copy ")),
        "{mails:?}"
    );
}

#[tokio::test]
async fn a_failing_mail_service_uses_up_no_limit() {
    let stack = morning(TWO).await;
    renewing(&stack.manager(), 2, TO).await;
    stack.fail(json!({"ses": 1_000})).await;
    stack.advance(DAY + 5 * MINUTE).await;
    stack.fail(json!({"ses": 0})).await;
    stack.advance(20 * MINUTE).await;
    assert_eq!(stack.mails().await.len(), 2, "before the next digest");
}

#[tokio::test]
async fn the_limits_of_a_company_are_its_own() {
    const LIMITS: [(&str, &str); 1] = [("KEYTURN_DAILY_MAILS_PER_COMPANY", "3")];
    let folder = TempDir::new().unwrap();
    let options = Options { data_dir: Some(folder.path()), parameters: &LIMITS, ..Options::default() };
    let stack = morning(options).await;
    let (manager, other) = (stack.manager(), stack.add_company("other").await);
    for number in 0..5 {
        expiring(&stack, &manager, 1, &format!("ops-{number}@example.com")).await;
    }
    let ids = expiring(&stack, &other, 3, "ops-0@example.com").await;
    stack.advance(3 * MINUTE).await;
    let mails = stack.mails().await;
    let of = |company: &str| {
        let text = format!("Company: {company}\n");
        mails.iter().filter(|mail| mail["text"].as_str().unwrap().contains(&text)).count()
    };
    assert_eq!((of("local"), of("other")), (3, 3));
    for id in ids {
        assert!(!actions(&other, &id).await.iter().any(|action| action == NOT_SENT));
    }
}
