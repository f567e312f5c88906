//! Compares all that both stores hold.

use std::sync::atomic::Ordering;

use chrono::TimeDelta;
use keyturn_application::ports::{
    CredentialStore as _, DeliveryFilter, DueStore as _, History as _, Order, Paging, TokenFilter,
    TokenList as _, TokenStore as _,
};

use crate::steps::World;
use crate::support::make::{birth, company};

impl World {
    /// Everything that is due by the end of the year, page by page.
    pub(crate) async fn due_items(&self) -> usize {
        let mut items = 0;
        for shard in 0..self.stores.shards() {
            let mut from = None;
            loop {
                let page = self.stores.due(shard, birth() + TimeDelta::days(365), from).await.unwrap();
                items += page.items.len();
                from = page.next;
                if from.is_none() {
                    break;
                }
            }
        }
        items
    }

    /// Every record of both stores, and all that is due.
    pub(crate) async fn compare_all(&self) {
        let ended = self.stores.commits.lock().unwrap().len();
        assert_eq!(self.stores.begun.load(Ordering::Relaxed), ended, "a commit has not ended");
        for id in &self.tokens {
            self.stores.token(*id).await.unwrap();
            self.stores.credential(*id).await.unwrap();
            self.look(*id, 99).await;
        }
        let commits = self.stores.commits.lock().unwrap().clone();
        for commit in &commits {
            if let Some(entry) = &commit.change.entry {
                self.stores.outbox_entry(&self.stores.entry_key(commit.entry_id, entry)).await.unwrap();
            }
        }
        let all = Paging { size: 100, order: Order::Ascending, bound: None };
        self.stores.list(&company(), &TokenFilter::default(), all, self.now()).await.unwrap();
        self.stores.deliveries(&company(), &DeliveryFilter::default(), all).await.unwrap();
        self.due_items().await;
    }
}
