//! Tokens and their history.

use async_trait::async_trait;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, Select};
use keyturn_application::PortError;
use keyturn_application::ports::{Commit, CommitError, RequestTokenHistory, TokenStore};
use keyturn_domain::ids::TokenId;
use keyturn_domain::secret::SecretHash;
use keyturn_domain::token::Token;

use crate::record::token::TokenRecord;
use crate::{Table, keys, record};

#[async_trait]
impl TokenStore for Table {
    async fn token(&self, id: TokenId) -> Result<Option<Token>, PortError> {
        let item = self.get(keys::token(id)).await?;
        item.map(record::decode::<TokenRecord, Token>).transpose()
    }

    async fn commit(&self, commit: &Commit) -> Result<(), CommitError> {
        self.write(commit).await
    }
}

#[async_trait]
impl RequestTokenHistory for Table {
    /// Reads the series' history page by page. It's called only for request tokens that the token's record doesn't know, so
    /// it costs a normal redemption nothing.
    async fn was_issued(&self, series: TokenId, hash: &SecretHash) -> Result<bool, PortError> {
        let mut from = None;
        loop {
            let page = self
                .client
                .query()
                .table_name(&self.name)
                .key_condition_expression("pk = :pk")
                .filter_expression("requestTokenHash = :hash")
                .expression_attribute_values(":pk", AttributeValue::S(keys::series(series)))
                .expression_attribute_values(":hash", AttributeValue::B(Blob::new(hash.as_bytes().to_vec())))
                .select(Select::Count)
                .consistent_read(true)
                .set_exclusive_start_key(from)
                .send()
                .await
                .map_err(|error| PortError::new("DynamoDB Query failed", error))?;
            if page.count > 0 {
                return Ok(true);
            }
            from = page.last_evaluated_key;
            if from.is_none() {
                return Ok(false);
            }
        }
    }
}
