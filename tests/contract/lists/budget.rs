//! A request reads a limited part of a list, and its answer says where to go on.

use serde_json::Value;

use super::{fill, named, tokens};
use crate::support::{TestStack, ids};

/// Entries of the index that a request reads at most.
const BUDGET: usize = 2_000;

#[tokio::test]
async fn a_search_answers_with_what_it_found_and_where_to_go_on() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let needle = manager.created(&named("needle")).await.id();
    let own = manager.own_token().await.id();
    stack.write_older(&manager, BUDGET).await;
    let search = tokens(&manager).only("search", "needle");

    let first = search.request(&[]).await.expect(200);
    assert_eq!((ids(first.items()), &first.body["continueBefore"]), (vec![needle.clone()], &Value::Null));
    let next = first.text("continueAfter");
    let last = search.request(&[("startingAfter", &next)]).await.expect(200);
    assert_eq!((last.items().len(), &last.body["continueAfter"]), (0, &Value::Null));

    // From the other end, nothing is found before the budget is spent.
    let first = search.request(&[("sort", "ASC")]).await.expect(200);
    assert_eq!(first.items().len(), 0);
    let next = first.text("continueAfter");
    let last = search.request(&[("sort", "ASC"), ("startingAfter", &next)]).await.expect(200);
    assert_eq!((ids(last.items()), &last.body["continueAfter"]), (vec![needle.clone()], &Value::Null));

    // And backwards, from the oldest to the newest.
    let oldest = "00000000-0000-0000-0000-000000000000";
    let first = search.request(&[("endingBefore", oldest)]).await.expect(200);
    assert_eq!((first.items().len(), &first.body["continueAfter"]), (0, &Value::Null));
    let next = first.text("continueBefore");
    let last = search.request(&[("endingBefore", &next)]).await.expect(200);
    assert_eq!((ids(last.items()), &last.body["continueBefore"]), (vec![needle.clone()], &Value::Null));

    // What isn't rare fills its pages.
    let all = tokens(&manager).request(&[("size", "100")]).await.expect(200);
    assert_eq!((all.items().len(), ids(&all.items()[..2])), (100, vec![needle, own]));
}

#[tokio::test]
async fn the_last_page_says_that_nothing_follows() {
    let stack = TestStack::start().await;
    let all = fill(&stack.manager(), 5).await;
    let list = tokens(&stack.manager());
    let page = async |parameters: &[(&str, &str)]| list.request(parameters).await.expect(200);

    let first = page(&[("size", "3")]).await;
    assert_eq!((ids(first.items()), first.text("continueAfter")), (all[..3].to_vec(), all[2].clone()));
    let last = page(&[("size", "3"), ("startingAfter", &all[2])]).await;
    assert_eq!((ids(last.items()), &last.body["continueAfter"]), (all[3..].to_vec(), &Value::Null));

    let before = page(&[("size", "2"), ("endingBefore", &all[3])]).await;
    assert_eq!((ids(before.items()), before.text("continueBefore")), (all[1..3].to_vec(), all[1].clone()));
    let first = page(&[("size", "2"), ("endingBefore", &all[2])]).await;
    assert_eq!((ids(first.items()), &first.body["continueBefore"]), (all[..2].to_vec(), &Value::Null));
}
