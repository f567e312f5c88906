//! Filters and pages of the callback log, and isolation between companies.

use serde_json::Value;

use super::{created, log};
use crate::support::{DAY, HOUR, List, Receiver, Reply, TestStack, UNKNOWN_ID, ids};

/// A stack with two tokens whose callbacks went out for some days, those of the second failing; and the log.
async fn with_callbacks() -> (TestStack, [String; 2], Vec<Value>) {
    let (stack, good, bad) = (TestStack::start().await, Receiver::start().await, Receiver::start().await);
    bad.always(Reply::Status(503));
    let manager = stack.manager();
    let tokens = [created(&manager, &good).await.id(), created(&manager, &bad).await.id()];
    stack.advance(33 * DAY + 3 * HOUR).await;
    let entries = log(&manager).items(&[("size", "100")]).await;
    assert!((25..=32).contains(&entries.len()), "{} entries", entries.len());
    (stack, tokens, entries)
}

fn matching(entries: &[Value], matches: impl Fn(&Value) -> bool) -> Vec<String> {
    ids(&entries.iter().filter(|entry| matches(entry)).cloned().collect::<Vec<_>>())
}

fn at(entry: &Value) -> &str {
    entry["at"].as_str().unwrap()
}

#[tokio::test]
async fn pages_with_every_filter() {
    let (stack, [good, bad], entries) = with_callbacks().await;
    let log = log(&stack.manager());
    assert!(entries.is_sorted_by(|newer, older| at(newer) >= at(older)));
    assert_eq!(ids(&log.items(&[]).await), ids(&entries[..25]));
    log.assert_pages(&ids(&entries)).await;
    log.only("errorOnly", "false").assert_pages(&ids(&entries)).await;

    let failed = matching(&entries, |entry| entry["success"] == false);
    assert!((20..=28).contains(&failed.len()));
    log.only("errorOnly", "true").assert_pages(&failed).await;
    let of_good = matching(&entries, |entry| entry["tokenId"] == good.as_str());
    assert_eq!(of_good.len(), 4, "a request token a day");
    log.only("tokenId", &good).assert_pages(&of_good).await;
    log.only("tokenId", &good).only("errorOnly", "true").assert_pages(&[]).await;
    log.only("tokenId", &bad).only("errorOnly", "true").assert_pages(&failed).await;
}

#[tokio::test]
async fn includes_both_ends_of_a_period() {
    let (stack, [_, bad], entries) = with_callbacks().await;
    let log = log(&stack.manager());
    let (newer, older) = (at(&entries[6]), at(&entries[19]));
    let since = log.only("startTime", older);
    since.assert_pages(&matching(&entries, |entry| at(entry) >= older)).await;
    log.only("endTime", newer).assert_pages(&matching(&entries, |entry| at(entry) <= newer)).await;
    let within = since.only("endTime", newer).only("tokenId", &bad);
    let expected =
        matching(&entries, |entry| (older..=newer).contains(&at(entry)) && entry["tokenId"] == bad.as_str());
    assert!(expected.len() > 5);
    within.assert_pages(&expected).await;
    let moment = log.only("startTime", newer).only("endTime", newer);
    moment.assert_pages(&matching(&entries, |entry| at(entry) == newer)).await;

    // A day begins at its first second and ends at its last, in UTC.
    let day = &newer[.."2026-01-01".len()];
    let of_day = matching(&entries, |entry| at(entry).starts_with(day));
    assert!(!of_day.is_empty() && of_day.len() < entries.len());
    log.only("startTime", day).only("endTime", day).assert_pages(&of_day).await;
    let zone = format!("{}+00:00", newer.strip_suffix('Z').unwrap());
    log.only("endTime", &zone).assert_pages(&matching(&entries, |entry| at(entry) <= newer)).await;
    for (start, end) in [("0001-01-01", "9999-12-31"), ("1969-12-31", "9999-12-31T23:59:59Z")] {
        log.only("startTime", start).only("endTime", end).assert_pages(&ids(&entries)).await;
    }
    log.only("endTime", "1970-01-01").assert_pages(&[]).await;
    log.only("startTime", "9999-12-31").assert_pages(&[]).await;
}

#[tokio::test]
async fn reports_every_fault_at_once() {
    let stack = TestStack::start().await;
    let log = log(&stack.manager());
    let others =
        [("tokenId", "x"), ("errorOnly", "yes"), ("startTime", "yesterday"), ("endTime", "2026-02-30")];
    log.assert_reports_every_fault(&others).await;
    log.assert_refused("tokenId", &["", "0199A3C4-5B6D-7E8F-9012-3456789ABCDE"]).await;
    log.assert_refused("errorOnly", &["", "1", "TRUE"]).await;
    for name in ["startTime", "endTime"] {
        log.assert_refused(name, &["", "2026-01-01T00:00:00", "1767225600", "99999-01-01"]).await;
    }
    let reversed = [("startTime", "2026-01-02"), ("endTime", "2026-01-01")];
    log.request(&reversed).await.assert_invalid(&["endTime"]);
}

#[tokio::test]
async fn returns_404_for_what_is_not_in_the_log() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let manager = stack.manager();
    let token = created(&manager, &receiver).await.id();
    stack.advance(30 * DAY + 1).await;
    let entry = ids(&log(&manager).items(&[]).await).remove(0);
    let activity = ids(manager.activities(&token).await.items()).remove(0);
    let (upper, short) = (entry.to_uppercase(), entry.replace('-', ""));
    for id in [UNKNOWN_ID, &activity, &token, &upper, &short, "1", "%00"] {
        manager.get(&format!("/callbacks/logs/{id}")).await.expect(404);
    }
    List::new(&manager, &format!("/callbacks/logs/{entry}")).assert_refused("size", &["1"]).await;
}

#[tokio::test]
async fn hides_the_log_of_another_company() {
    let (stack, receiver) = (TestStack::on_disk().await, Receiver::start().await);
    let companies = [stack.manager(), stack.add_company("other").await];
    let mut tokens = Vec::new();
    for manager in &companies {
        tokens.push(created(manager, &receiver).await.id());
    }
    stack.advance(32 * DAY).await;
    for (own, other) in [(0, 1), (1, 0)] {
        let (ours, theirs) = (log(&companies[own]), log(&companies[other]).ids().await);
        let entries = ours.items(&[]).await;
        assert_eq!((entries.len(), theirs.len()), (3, 3));
        assert!(entries.iter().all(|entry| entry["tokenId"] == tokens[own].as_str()), "{entries:?}");
        ours.only("tokenId", &tokens[other]).assert_pages(&[]).await;
        ours.only("startTime", "2020-01-01").assert_pages(&ids(&entries)).await;
        for id in theirs {
            companies[own].get(&format!("/callbacks/logs/{id}")).await.expect(404);
        }
    }
}
