//! Parts of the log: by token, by outcome, by time, by company; and page by page.

use serde_json::Value;
use tempfile::TempDir;

use super::{calling, log};
use crate::support::{DAY, HOUR, List, Options, Receiver, Reply, TestStack, ids};

/// A stack with two tokens whose callbacks go out for some days, those of the second in vain; and the log.
async fn busy() -> (TestStack, [String; 2], Vec<Value>) {
    let (stack, good, bad) = (TestStack::start().await, Receiver::start().await, Receiver::start().await);
    bad.always(Reply::Status(503));
    let manager = stack.manager();
    let tokens = [calling(&manager, good.url()).await, calling(&manager, bad.url()).await];
    stack.advance(33 * DAY + 3 * HOUR).await;
    let entries = log(&manager).items(&[("size", "100")]).await;
    assert!((25..=32).contains(&entries.len()), "{} entries", entries.len());
    (stack, tokens, entries)
}

/// The ids of those entries that are meant.
fn those(entries: &[Value], meant: impl Fn(&Value) -> bool) -> Vec<String> {
    ids(&entries.iter().filter(|entry| meant(entry)).cloned().collect::<Vec<_>>())
}

fn at(entry: &Value) -> &str {
    entry["at"].as_str().unwrap()
}

#[tokio::test]
async fn newest_first_page_by_page_with_every_filter() {
    let (stack, [good, bad], entries) = busy().await;
    let log = log(&stack.manager());
    assert!(entries.is_sorted_by(|newer, older| at(newer) >= at(older)));
    assert_eq!(ids(&log.items(&[]).await), ids(&entries[..25]));
    log.assert_pages(&ids(&entries)).await;
    log.only("errorOnly", "false").assert_pages(&ids(&entries)).await;

    let failed = those(&entries, |entry| entry["success"] == false);
    assert!((20..=28).contains(&failed.len()));
    log.only("errorOnly", "true").assert_pages(&failed).await;
    let of_good = those(&entries, |entry| entry["tokenId"] == good.as_str());
    assert_eq!(of_good.len(), 4, "a request token a day");
    log.only("tokenId", &good).assert_pages(&of_good).await;
    log.only("tokenId", &good).only("errorOnly", "true").assert_pages(&[]).await;
    log.only("tokenId", &bad).only("errorOnly", "true").assert_pages(&failed).await;
}

#[tokio::test]
async fn a_period_includes_both_its_ends() {
    let (stack, [_, bad], entries) = busy().await;
    let log = log(&stack.manager());
    let (newer, older) = (at(&entries[6]), at(&entries[19]));
    let since = log.only("startTime", older);
    since.assert_pages(&those(&entries, |entry| at(entry) >= older)).await;
    log.only("endTime", newer).assert_pages(&those(&entries, |entry| at(entry) <= newer)).await;
    let within = since.only("endTime", newer).only("tokenId", &bad);
    let expected =
        those(&entries, |entry| (older..=newer).contains(&at(entry)) && entry["tokenId"] == bad.as_str());
    assert!(expected.len() > 5);
    within.assert_pages(&expected).await;
    let moment = log.only("startTime", newer).only("endTime", newer);
    moment.assert_pages(&those(&entries, |entry| at(entry) == newer)).await;

    // A day begins at its first second and ends at its last, in UTC.
    let day = &newer[.."2026-01-01".len()];
    let of_day = those(&entries, |entry| at(entry).starts_with(day));
    assert!(!of_day.is_empty() && of_day.len() < entries.len());
    log.only("startTime", day).only("endTime", day).assert_pages(&of_day).await;
    let zone = format!("{}+00:00", newer.strip_suffix('Z').unwrap());
    log.only("endTime", &zone).assert_pages(&those(&entries, |entry| at(entry) <= newer)).await;
    for (start, end) in [("0001-01-01", "9999-12-31"), ("1969-12-31", "9999-12-31T23:59:59Z")] {
        log.only("startTime", start).only("endTime", end).assert_pages(&ids(&entries)).await;
    }
    log.only("endTime", "1970-01-01").assert_pages(&[]).await;
    log.only("startTime", "9999-12-31").assert_pages(&[]).await;
}

#[tokio::test]
async fn every_fault_is_named_at_once() {
    let stack = TestStack::start().await;
    let log = log(&stack.manager());
    let others =
        [("tokenId", "x"), ("errorOnly", "yes"), ("startTime", "yesterday"), ("endTime", "2026-02-30")];
    log.assert_faults_are_told_at_once(&others).await;
    log.assert_refused("tokenId", &["", "0199A3C4-5B6D-7E8F-9012-3456789ABCDE"]).await;
    log.assert_refused("errorOnly", &["", "1", "TRUE"]).await;
    for name in ["startTime", "endTime"] {
        log.assert_refused(name, &["", "2026-01-01T00:00:00", "1767225600", "99999-01-01"]).await;
    }
    let reversed = log.ask(&[("startTime", "2026-01-02"), ("endTime", "2026-01-01")]).await;
    assert_eq!((reversed.status, reversed.faulty_fields()), (400, vec!["endTime".to_owned()]));
}

#[tokio::test]
async fn what_is_not_in_the_log_is_a_404() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let manager = stack.manager();
    let token = calling(&manager, receiver.url()).await;
    stack.advance(30 * DAY + 1).await;
    let entry = ids(&log(&manager).items(&[]).await).remove(0);
    let activities = manager.get(&format!("/apiAccessTokens/{token}/activities")).await;
    let activity = activities.body["items"][0]["id"].as_str().unwrap().to_owned();
    let unknown = "0199a3c4-5b6d-7e8f-9012-3456789abcde".to_owned();
    for id in
        [unknown, activity, token, entry.to_uppercase(), entry.replace('-', ""), "1".into(), "%00".into()]
    {
        assert_eq!(manager.get(&format!("/callbacks/logs/{id}")).await.status, 404, "{id}");
    }
    List::new(&manager, &format!("/callbacks/logs/{entry}")).assert_refused("size", &["1"]).await;
}

#[tokio::test]
async fn a_company_sees_its_own_log_only() {
    let (folder, receiver) = (TempDir::new().unwrap(), Receiver::start().await);
    let stack = TestStack::start_with(Options { data_dir: Some(folder.path()), ..Options::default() }).await;
    let companies = [stack.manager(), stack.found(folder.path(), "other").await];
    let mut tokens = Vec::new();
    for manager in &companies {
        tokens.push(calling(manager, receiver.url()).await);
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
            assert_eq!(companies[own].get(&format!("/callbacks/logs/{id}")).await.status, 404);
        }
    }
}
