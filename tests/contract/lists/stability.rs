//! Lists that are read while they change.

use std::collections::BTreeSet;

use serde_json::json;

use super::{named, tokens};
use crate::support::{Caller, List, TestStack, WAYS, ids};

/// A company whose tokens come, go and are renewed.
struct Company {
    manager: Caller,
    /// Tokens that are neither deactivated nor renewed.
    active: BTreeSet<String>,
    /// Tokens that are not.
    ended: BTreeSet<String>,
    changes: usize,
}

impl Company {
    async fn of(manager: Caller, count: usize) -> Self {
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

    /// One of each: a token is created, one deactivated, and one renewed that ends with it.
    async fn change(&mut self) {
        self.create().await;
        let off = self.end_any();
        assert_eq!(self.manager.deactivate(&off).await.status, 200);
        let old = self.end_any();
        let order = json!({"name": "found again", "existingTokenExpiresAt": now_of(&self.manager).await});
        let renewed = self.manager.post(&format!("/apiAccessTokens/{old}/renew"), &order).await;
        assert_eq!(renewed.status, 201, "{}", renewed.body);
        self.active.insert(renewed.id());
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

async fn now_of(caller: &Caller) -> String {
    caller.get("/_local/clock").await.text("now")
}

/// Reads a list in every way while it changes. `part` tells which tokens are in it; they may leave it, and new ones
/// may come, but none comes back.
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
            // What is created ahead of the reader would otherwise keep it going for ever.
            if pages <= 8 {
                company.change().await;
            }
        }
        let distinct: BTreeSet<_> = seen.iter().cloned().collect();
        assert_eq!(distinct.len(), seen.len(), "{way:?}: one is met twice");
        let throughout: BTreeSet<_> = before.intersection(&part(company)).cloned().collect();
        let missed: Vec<_> = throughout.difference(&distinct).collect();
        assert!(missed.is_empty(), "{way:?}: {missed:?} were there throughout");
        assert!(throughout.len() >= 20, "too few to tell");
    }
}

#[tokio::test]
async fn none_is_met_twice_and_none_missed_that_was_there_throughout() {
    let stack = TestStack::start().await;
    let mut company = Company::of(stack.manager(), 40).await;
    let all = |company: &Company| company.active.union(&company.ended).cloned().collect();
    assert_stable(&mut company, &tokens(&stack.manager()), all).await;
}

#[tokio::test]
async fn nor_with_filters() {
    let stack = TestStack::start().await;
    let mut company = Company::of(stack.manager(), 80).await;
    let list = tokens(&stack.manager()).only("search", "FOUND");
    let active = |company: &Company| company.active.clone();
    assert_stable(&mut company, &list.only("status", "ACTIVE"), active).await;
    let all = |company: &Company| company.active.union(&company.ended).cloned().collect();
    assert_stable(&mut company, &list.only("application", "ORDERS"), all).await;
}
