//! A token store for many concurrent reads, which it batches into one call.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use async_trait::async_trait;
use keyturn_application::PortError;
use keyturn_application::batcher::Batcher;
use keyturn_application::ports::{Commit, CommitError, TokenStore};
use keyturn_domain::ids::TokenId;
use keyturn_domain::token::Token;

use crate::list::BATCH;
use crate::record::token::TokenRecord;
use crate::{Item, Table, keys, record};

/// Batches in flight: the schedule reads thousands of tokens before it takes up the last of them.
const BATCHES: usize = 4;

/// The table's tokens; a batched read is as consistent as a single one and costs as much.
pub struct BatchingTokenStore {
    table: Table,
    batcher: Batcher<TokenId, Result<Option<Token>, PortError>>,
}

impl BatchingTokenStore {
    /// The tokens of this table.
    #[must_use]
    pub fn new(table: Table) -> Self {
        Self { table, batcher: Batcher::with_batches(BATCH, BATCHES) }
    }

    async fn read(&self, ids: Vec<TokenId>) -> Vec<Result<Option<Token>, PortError>> {
        if let [id] = ids[..] {
            return vec![self.table.token(id).await];
        }
        // DynamoDB takes each key once.
        let wanted = BTreeSet::from_iter(&ids).into_iter().map(|id| keys::token(*id)).collect();
        match self.table.batch_get(wanted, |batch| batch.consistent_read(true)).await {
            Ok(items) => {
                let found: HashMap<_, _> =
                    items.iter().filter_map(|item| Some((partition(item)?, item))).collect();
                let of = |id: &TokenId| partition(&keys::token(*id)).and_then(|key| found.get(key).copied());
                // A malformed token fails only its own read.
                ids.iter()
                    .map(|id| of(id).cloned().map(record::decode::<TokenRecord, _>).transpose())
                    .collect()
            }
            Err(error) => {
                let error = Arc::new(error);
                ids.iter().map(|_| Err(PortError::new("tokens cannot be read", Arc::clone(&error)))).collect()
            }
        }
    }
}

fn partition(item: &Item) -> Option<&String> {
    item.get("pk")?.as_s().ok()
}

#[async_trait]
impl TokenStore for BatchingTokenStore {
    async fn token(&self, id: TokenId) -> Result<Option<Token>, PortError> {
        let read = self.batcher.call(id, |ids| self.read(ids)).await;
        read.unwrap_or(Err(PortError::bare("the batched read was cancelled")))
    }

    async fn commit(&self, commit: &Commit) -> Result<(), CommitError> {
        self.table.commit(commit).await
    }
}
