//! Pages of the list, forwards and backwards.

use super::{fill, tokens};
use crate::support::{TestStack, ids};

#[tokio::test]
async fn pages_forwards_and_backwards_from_25_items_newest_first() {
    let stack = TestStack::start().await;
    let all = fill(&stack.manager(), 30).await;
    let list = tokens(&stack.manager());
    let page = async |parameters: &[(&str, &str)]| ids(&list.items(parameters).await);
    let oldest_first: Vec<_> = all.iter().rev().cloned().collect();

    assert_eq!(page(&[]).await, all[..25]);
    assert_eq!(page(&[("sort", "DESC")]).await, all[..25]);
    assert_eq!(page(&[("sort", "ASC")]).await, oldest_first[..25]);
    assert_eq!(page(&[("size", "1")]).await, all[..1]);
    assert_eq!(page(&[("size", "100")]).await, all);
    assert_eq!(page(&[("startingAfter", &all[9])]).await, all[10..]);
    assert_eq!(page(&[("startingAfter", &all[30])]).await, all[..0], "after the last one");

    // A page before an item keeps the order of the list.
    assert_eq!(page(&[("size", "3"), ("endingBefore", &all[8])]).await, all[5..8]);
    assert_eq!(page(&[("size", "3"), ("endingBefore", &all[2])]).await, all[..2], "all that are left");
    assert_eq!(page(&[("endingBefore", &all[0])]).await, all[..0], "before the first one");
    let asc = [("sort", "ASC"), ("size", "3"), ("endingBefore", &oldest_first[8])];
    assert_eq!(page(&asc).await, oldest_first[5..8]);
}

#[tokio::test]
async fn returns_each_of_60_tokens_once_in_every_direction() {
    let stack = TestStack::start().await;
    let all = fill(&stack.manager(), 60).await;
    tokens(&stack.manager()).assert_pages(&all).await;
}

#[tokio::test]
async fn accepts_cursors_that_are_no_items() {
    let stack = TestStack::start().await;
    let all = fill(&stack.manager(), 6).await;
    let list = tokens(&stack.manager());
    let page = async |parameters: &[(&str, &str)]| ids(&list.items(parameters).await);
    let beside = |id: &str, digits: &str| format!("{}{digits}", &id[..id.len() - digits.len()]);
    let (before, after) = (beside(&all[2], "fffffffffff"), beside(&all[2], "00000000000"));

    assert_eq!(page(&[("startingAfter", &before)]).await, all[2..], "it would be just before the third");
    assert_eq!(page(&[("startingAfter", &after)]).await, all[3..], "it would be just after the third");
    assert_eq!(page(&[("endingBefore", &after)]).await, all[..3]);
    assert_eq!(page(&[("endingBefore", &before)]).await, all[..2]);
    for end in ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"] {
        let both = [page(&[("startingAfter", end)]).await, page(&[("endingBefore", end)]).await];
        assert!(both.contains(&all) && both.contains(&Vec::new()), "{both:?}");
    }
    // A token that the filter excludes
    stack.manager().deactivate(&all[3]).await;
    let active = [("status", "ACTIVE"), ("startingAfter", &all[3])];
    assert_eq!(page(&active).await, all[4..]);
}
