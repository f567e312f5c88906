//! Summaries of a company's tokens: ids from the index, and the attributes that an overview needs from the table.
//!
//! A summary costs half a read unit for the token and half a one for its credential, which has the last use. Nothing sealed
//! is read.

use async_trait::async_trait;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use keyturn_application::PortError;
use keyturn_application::ports::{Page, Paging, Seen, SummaryFilter, TokenSummaries};
use keyturn_domain::Timestamp;
use keyturn_domain::ids::{CompanyId, TokenId};

use crate::list;
use crate::range::Range;
use crate::walk::{Source, Walk};
use crate::{Item, Table, keys, listing};

/// Tokens that are read at first; each further look reads twice as many, up to eight batches at a time.
const FIRST: usize = 100;
const MOST: usize = 400;

#[async_trait]
impl TokenSummaries for Table {
    fn budget(&self) -> usize {
        self.budget
    }

    async fn summaries(
        &self,
        company: &CompanyId,
        filter: &SummaryFilter<'_>,
        paging: Paging,
        now: Timestamp,
    ) -> Result<Page<Seen>, PortError> {
        let range = Range::of(paging);
        let query = list::filtered(self.query_listed(company, &range), &filter.listed, now);
        let query = not_ended_before(filter.not_ended_before, query);
        let mut walk = Walk::new(range, vec![Source::new(query, listing::ID).filtered(true)], self.budget);
        let (mut items, mut looked_at) = (Vec::new(), FIRST);
        let next = loop {
            let ids: Vec<_> = walk.next(looked_at).await?.iter().filter_map(id_of).collect();
            if ids.is_empty() {
                break walk.rest().await?;
            }
            let found = self.summaries_of(&ids).await?;
            let wanted = found.into_iter().filter(|(token, used)| (filter.wanted)(token, *used));
            items.extend(wanted.take(paging.size - items.len()));
            if items.len() == paging.size {
                let last = items.last().map(|(token, _): &Seen| token.id);
                let is_more = last != ids.last().copied() || walk.rest().await?.is_some();
                break last.filter(|_| is_more).map(|last| range.bound(last.uuid()));
            }
            looked_at = (looked_at * 2).min(MOST);
        };
        if range.reversed {
            items.reverse();
        }
        Ok(Page { items, next })
    }

    async fn summaries_of(&self, ids: &[TokenId]) -> Result<Vec<Seen>, PortError> {
        self.read_listed(ids).await
    }
}

/// The token id of an entry of the index.
pub(crate) fn id_of(item: &Item) -> Option<TokenId> {
    item.get(listing::ID)?.as_s().ok()?.parse().ok()
}

/// Leaves out tokens that ended before.
fn not_ended_before(since: Timestamp, query: QueryFluentBuilder) -> QueryFluentBuilder {
    const CONDITION: &str = "(attribute_not_exists(expiresAt) OR expiresAt > :since) AND \
        (attribute_not_exists(deactivatedAt) OR deactivatedAt > :since)";
    let condition = match query.get_filter_expression() {
        Some(filter) => format!("{filter} AND {CONDITION}"),
        None => CONDITION.to_owned(),
    };
    query.filter_expression(condition).expression_attribute_values(":since", keys::moment(since))
}
