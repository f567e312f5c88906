//! Tokens and their history.

use std::collections::{BTreeSet, HashMap};
use std::iter;

use async_trait::async_trait;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, Select};
use keyturn_application::PortError;
use keyturn_application::ports::{Commit, CommitError, RequestTokenHistory, TokenStore};
use keyturn_domain::credential::Credential;
use keyturn_domain::ids::TokenId;
use keyturn_domain::secret::SecretHash;
use keyturn_domain::token::Token;

use crate::record::credential::CredentialRecord;
use crate::record::entry::HANDED_OVER;
use crate::record::token::TokenRecord;
use crate::{Table, keys, page_of, record};

#[async_trait]
impl TokenStore for Table {
    async fn token(&self, id: TokenId) -> Result<Option<Token>, PortError> {
        let item = self.get(keys::token(id)).await?;
        item.map(record::decode::<TokenRecord, Token>).transpose()
    }

    async fn token_and_credential(
        &self,
        token: TokenId,
        credential: TokenId,
    ) -> Result<(Option<Token>, Option<Credential>), PortError> {
        let (token, mut credentials) =
            self.token_and_credentials(token, BTreeSet::from([credential])).await?;
        Ok((token, credentials.remove(&credential)))
    }

    async fn token_and_caller(
        &self,
        token: TokenId,
        caller: TokenId,
    ) -> Result<((Option<Token>, Option<Credential>), Option<Credential>), PortError> {
        let (record, credentials) =
            self.token_and_credentials(token, BTreeSet::from([token, caller])).await?;
        let credential = |id| credentials.get(id).cloned();
        Ok(((record, credential(&token)), credential(&caller)))
    }

    async fn commit(&self, commit: &Commit) -> Result<(), CommitError> {
        self.write(commit).await
    }
}

impl Table {
    /// A token and some credentials, in one call.
    async fn token_and_credentials(
        &self,
        token: TokenId,
        credentials: BTreeSet<TokenId>,
    ) -> Result<(Option<Token>, HashMap<TokenId, Credential>), PortError> {
        let credentials = credentials.into_iter().map(keys::credential);
        let keys = iter::once(keys::token(token)).chain(credentials).collect();
        let (mut token, mut credentials) = (None, HashMap::new());
        for item in self.batch_get(keys, |batch| batch.consistent_read(true)).await? {
            if keys::is_token(&item) {
                token = Some(record::decode::<TokenRecord, Token>(item)?);
            } else {
                let credential = record::decode::<CredentialRecord, Credential>(item)?;
                credentials.insert(credential.id, credential);
            }
        }
        Ok((token, credentials))
    }
}

#[async_trait]
impl RequestTokenHistory for Table {
    /// Called only for request tokens that the token's record doesn't know, so it costs a normal redemption nothing.
    async fn was_issued(&self, series: TokenId, hash: &SecretHash) -> Result<bool, PortError> {
        self.any_entry(series, hash, |query| query.filter_expression("requestTokenHash = :hash")).await
    }

    async fn was_handed_over(&self, series: TokenId, hash: &SecretHash) -> Result<bool, PortError> {
        let of_type = |query: QueryFluentBuilder| {
            query
                .filter_expression("requestTokenHash = :hash AND #action.#type = :type")
                .expression_attribute_names("#action", "action")
                .expression_attribute_names("#type", "type")
                .expression_attribute_values(":type", AttributeValue::S(HANDED_OVER.to_owned()))
        };
        self.any_entry(series, hash, of_type).await
    }
}

impl Table {
    /// Whether the series' history has an entry with this request token. Reads it page by page.
    async fn any_entry(
        &self,
        series: TokenId,
        hash: &SecretHash,
        filter: impl Fn(QueryFluentBuilder) -> QueryFluentBuilder + Sync,
    ) -> Result<bool, PortError> {
        let mut from = None;
        loop {
            let query = self
                .query()
                .key_condition_expression("pk = :pk")
                .expression_attribute_values(":pk", AttributeValue::S(keys::series(series)))
                .expression_attribute_values(":hash", AttributeValue::B(Blob::new(hash.as_bytes().to_vec())));
            let query =
                filter(query).select(Select::Count).consistent_read(true).set_exclusive_start_key(from);
            let page = page_of(query).await?;
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
