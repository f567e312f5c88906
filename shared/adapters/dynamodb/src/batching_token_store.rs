//! A token store for many concurrent reads, which it batches into one call.

use async_trait::async_trait;
use keyturn_application::PortError;
use keyturn_application::batcher::Batcher;
use keyturn_application::ports::{Commit, CommitError, TokenStore};
use keyturn_domain::credential::Credential;
use keyturn_domain::ids::TokenId;
use keyturn_domain::token::Token;

use crate::batch::BATCH;
use crate::record::token::TokenRecord;
use crate::{Table, keys, record};

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
        let items = self.table.get_all(ids.into_iter().map(keys::token).collect()).await;
        // A malformed token fails only its own read.
        items.into_iter().map(|item| item?.map(record::decode::<TokenRecord, _>).transpose()).collect()
    }
}

#[async_trait]
impl TokenStore for BatchingTokenStore {
    async fn token(&self, id: TokenId) -> Result<Option<Token>, PortError> {
        let read = self.batcher.call(id, |ids| self.read(ids)).await;
        read.unwrap_or(Err(PortError::bare("the batched read was cancelled")))
    }

    async fn token_and_credential(
        &self,
        token: TokenId,
        credential: TokenId,
    ) -> Result<(Option<Token>, Option<Credential>), PortError> {
        self.table.token_and_credential(token, credential).await
    }

    async fn commit(&self, commit: &Commit) -> Result<(), CommitError> {
        self.table.commit(commit).await
    }
}
