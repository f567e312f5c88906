//! Paging through a list while it changes.

use std::collections::BTreeSet;

use super::{named, tokens};
use crate::support::{ApiClient, List, TestStack, WAYS, With, ids, renewal};

/// A company whose tokens are created, deactivated and renewed.
struct Company {
    manager: ApiClient,
    /// Tokens that are neither deactivated nor renewed.
    active: BTreeSet<String>,
    ended: BTreeSet<String>,
    changes: usize,
}

impl Company {
    async fn of(manager: ApiClient, count: usize) -> Self {
        let mut company = Self { manager, active: BTreeSet::new(), ended: BTreeSet::new(), changes: 0 };
        for _ in 0..count {
            company.create().await;
        }
        company
    }

    async fn create(&mut self) {
        self.changes += 1;
        let id = self.manager.created(&named(&format!("Found {}", self.changes))).await.id();
        self.active.insert(id);
    }

    /// One of each: a token is created, one deactivated, and one renewed that ends at once.
    async fn change(&mut self) {
        self.create().await;
        let off = self.end_any();
        self.manager.deactivate(&off).await.expect(200);
        let old = self.end_any();
        let now = self.manager.get("/_local/clock").await.time("now");
        let body = renewal(now).with("name", "found again");
        self.active.insert(self.manager.renew(&old, &body).await.expect(201).id());
    }

    /// An active token, another one each time, from anywhere in the list.
    fn end_any(&mut self) -> String {
        self.changes += 1;
        let index = self.changes * 7 % self.active.len();
        let id = self.active.iter().nth(index).unwrap().clone();
        self.active.remove(&id);
        self.ended.insert(id.clone());
        id
    }
}

/// Reads a list in every way while it changes. `part` returns the tokens in it: some leave it and new ones are added, but
/// none returns.
async fn assert_stable(company: &mut Company, list: &List, part: fn(&Company) -> BTreeSet<String>) {
    for way in WAYS {
        let before = part(company);
        let mut walk = list.walk(way, 5);
        let (mut seen, mut pages) = (Vec::new(), 0);
        loop {
            let page = walk.next().await;
            if page.is_empty() {
                break;
            }
            pages += 1;
            seen.extend(ids(&page));
            // Tokens created ahead of the reader would otherwise keep it going for ever.
            if pages <= 8 {
                company.change().await;
            }
        }
        let distinct: BTreeSet<_> = seen.iter().cloned().collect();
        assert_eq!(distinct.len(), seen.len(), "{way:?}: some were returned twice");
        let throughout: BTreeSet<_> = before.intersection(&part(company)).cloned().collect();
        let missed: Vec<_> = throughout.difference(&distinct).collect();
        assert!(missed.is_empty(), "{way:?}: {missed:?} were skipped");
        assert!(throughout.len() >= 20, "too few for this test");
    }
}

#[tokio::test]
async fn neither_repeats_nor_skips_tokens() {
    let stack = TestStack::start().await;
    let mut company = Company::of(stack.manager(), 40).await;
    let all = |company: &Company| company.active.union(&company.ended).cloned().collect();
    assert_stable(&mut company, &tokens(&stack.manager()), all).await;
}

#[tokio::test]
async fn neither_repeats_nor_skips_tokens_with_filters() {
    let stack = TestStack::start().await;
    let mut company = Company::of(stack.manager(), 80).await;
    let list = tokens(&stack.manager()).only("search", "FOUND");
    let active = |company: &Company| company.active.clone();
    assert_stable(&mut company, &list.only("status", "ACTIVE"), active).await;
    let all = |company: &Company| company.active.union(&company.ended).cloned().collect();
    assert_stable(&mut company, &list.only("application", "ORDERS"), all).await;
}
