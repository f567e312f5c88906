//! A company's tokens, page by page: ids from the index, records from the table.

use std::collections::HashMap;

use async_trait::async_trait;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use futures::future::{try_join, try_join_all};
use keyturn_application::PortError;
use keyturn_application::ports::{Page, Paging, TokenFilter, TokenList};
use keyturn_domain::Timestamp;
use keyturn_domain::ids::{CompanyId, TokenId};
use keyturn_domain::summary::TokenSummary;
use keyturn_domain::token::Status;

use crate::batch::BATCH;
use crate::range::Range;
use crate::record::summary::{self, LastUse, LastUseRecord, SummaryRecord};
use crate::walk::{Source, Walk};
use crate::{Item, Table, keys, listing, record};

#[async_trait]
impl TokenList for Table {
    async fn list(
        &self,
        company: &CompanyId,
        filter: &TokenFilter,
        paging: Paging,
        now: Timestamp,
    ) -> Result<Page<(TokenSummary, Option<Timestamp>)>, PortError> {
        let range = Range::of(paging);
        let query = filtered(self.query_listed(company, &range), filter, now);
        let source = Source::new(query, listing::ID).filtered(*filter != TokenFilter::default());
        let mut walk = Walk::new(range, vec![source], self.budget);
        let mut items = Vec::new();
        // The index lags behind the table: a token that it still lists but is gone must not leave a gap in the page.
        while items.len() < paging.size {
            let found = walk.next(paging.size - items.len()).await?;
            if found.is_empty() {
                break;
            }
            let ids: Vec<_> =
                found.iter().filter_map(|item| item.get(listing::ID)?.as_s().ok()?.parse().ok()).collect();
            items.extend(self.read_listed(&ids).await?);
        }
        if range.reversed {
            items.reverse();
        }
        Ok(Page { items, next: walk.rest().await? })
    }
}

impl Table {
    /// A company's tokens in the index.
    pub(crate) fn query_listed(&self, company: &CompanyId, range: &Range) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.name)
            .index_name(listing::INDEX)
            .projection_expression(listing::ID)
            .key_condition_expression(format!(
                "{} = :company AND {} BETWEEN :low AND :high",
                listing::COMPANY,
                listing::ID
            ))
            .expression_attribute_values(":company", AttributeValue::S(company.to_string()))
            .expression_attribute_values(":low", AttributeValue::S(range.low.to_string()))
            .expression_attribute_values(":high", AttributeValue::S(range.high.to_string()))
    }
}

/// A text folded for searching: without case, with `ß` as `ss`. Character by character, since the folding of a sigma must
/// not depend on its place in a word.
pub(crate) fn folded(text: &str) -> String {
    let lower = text.chars().flat_map(char::to_lowercase);
    lower.flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
}

/// Filters by the attributes of the index. Whether a token is expired depends on the time, so it's computed, not stored.
pub(crate) fn filtered(
    mut query: QueryFluentBuilder,
    filter: &TokenFilter,
    now: Timestamp,
) -> QueryFluentBuilder {
    let mut conditions = Vec::new();
    if let Some(status) = filter.status {
        conditions.push(match status {
            Status::Active => {
                "attribute_not_exists(deactivatedAt) AND (attribute_not_exists(expiresAt) OR expiresAt > :now)"
            }
            Status::Expired => "attribute_not_exists(deactivatedAt) AND expiresAt <= :now",
            Status::Deactivated => "attribute_exists(deactivatedAt)",
        });
        if status != Status::Deactivated {
            query = query.expression_attribute_values(":now", keys::moment(now));
        }
    }
    if let Some(application) = &filter.application {
        conditions.push("contains(applications, :application)");
        query = query.expression_attribute_values(":application", AttributeValue::S(application.clone()));
    }
    if let Some(search) = &filter.search {
        conditions.push("contains(searchName, :search)");
        query = query.expression_attribute_values(":search", AttributeValue::S(folded(search)));
    }
    if conditions.is_empty() { query } else { query.filter_expression(conditions.join(" AND ")) }
}

impl Table {
    /// Tokens with their last use, in the order of the given ids, without those that were deleted meanwhile.
    pub(crate) async fn read_listed(
        &self,
        ids: &[TokenId],
    ) -> Result<Vec<(TokenSummary, Option<Timestamp>)>, PortError> {
        let (tokens, uses) = try_join(
            self.read_shown(ids.iter().copied().map(keys::token), summary::SHOWN),
            self.read_shown(ids.iter().copied().map(keys::credential), summary::USE),
        )
        .await?;
        let tokens = tokens.into_iter().map(record::decode::<SummaryRecord, TokenSummary>);
        let uses = uses.into_iter().map(record::decode::<LastUseRecord, LastUse>);
        let mut tokens: HashMap<_, _> =
            tokens.map(|token| token.map(|token| (token.id, token))).collect::<Result<_, _>>()?;
        let uses: HashMap<_, _> =
            uses.map(|used| used.map(|used| (used.id, used.at))).collect::<Result<_, _>>()?;
        let listed = ids.iter().filter_map(|id| Some((tokens.remove(id)?, uses.get(id).copied().flatten())));
        Ok(listed.collect())
    }
    /// These attributes of the items, in any order.
    async fn read_shown(
        &self,
        keys: impl Iterator<Item = Item>,
        paths: &[&str],
    ) -> Result<Vec<Item>, PortError> {
        let keys: Vec<_> = keys.collect();
        let batches = keys.chunks(BATCH).map(|keys| {
            self.batch_get(keys.to_vec(), |batch| {
                batch
                    .consistent_read(false)
                    .projection_expression(summary::expression(paths))
                    .set_expression_attribute_names(Some(summary::names(paths)))
            })
        });
        Ok(try_join_all(batches).await?.concat())
    }
}
