//! The history: a token's activities and a company's callback log.

use std::collections::HashMap;

use async_trait::async_trait;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use keyturn_application::PortError;
use keyturn_application::ports::{DeliveryFilter, History, Page, Paging};
use keyturn_domain::history::HistoryEntry;
use keyturn_domain::ids::CompanyId;
use keyturn_domain::token::Token;
use uuid::Uuid;

use crate::range::Range;
use crate::record::entry::{EntryRecord, HANDED_OVER};
use crate::walk::{Source, Walk};
use crate::{Item, Table, keys, log, record};

/// What lists show of an entry: no hash of a request token, no mail, and nothing about its deliveries.
const SHOWN: &str = "sk, id, #at, company, series, #token, #name, successor, actor, #action";

/// The names in [`SHOWN`] that DynamoDB reserves.
const RESERVED: [&str; 4] = ["at", "token", "name", "action"];

/// The sort key of entries.
const SORT: &str = "sk";

#[async_trait]
impl History for Table {
    async fn activities(
        &self,
        token: &Token,
        paging: Paging,
    ) -> Result<Page<(Uuid, HistoryEntry)>, PortError> {
        let range = Range::of(paging);
        let query = self
            .query_entries("pk", AttributeValue::S(keys::series(token.series)), &range)
            .consistent_read(true)
            // A successor's activities start with the renewal that created it, which is its predecessor's entry, as are
            // those that gave out its string again.
            .filter_expression(
                "#token = :token OR (successor = :token AND \
                 (begins_with(#action.#type, :renewed) OR #action.#type = :handedOver))",
            )
            .expression_attribute_names("#type", "type")
            .expression_attribute_values(":token", AttributeValue::S(token.id.to_string()))
            .expression_attribute_values(":renewed", AttributeValue::S("renewedBy".to_owned()))
            .expression_attribute_values(":handedOver", AttributeValue::S(HANDED_OVER.to_owned()));
        self.page(range, vec![Source::new(query, SORT).filtered(true)], paging).await
    }

    async fn deliveries(
        &self,
        company: &CompanyId,
        filter: &DeliveryFilter,
        paging: Paging,
    ) -> Result<Page<(Uuid, HistoryEntry)>, PortError> {
        let mut range = Range::of(paging).between(filter.start, filter.end);
        if let Some(token) = filter.token {
            range = range.since(token);
        }
        // All that the partition is about.
        let exact = DeliveryFilter { token: None, error_only: false, ..filter.clone() };
        let partition = |partition: String| {
            self.query_entries("pk", AttributeValue::S(partition), &range).consistent_read(true)
        };
        let mut sources = Vec::new();
        if let Some(token) = filter.token {
            let query = self.query_entries(log::KEY, keys::log_of(company, token), &range);
            let filter = DeliveryFilter { error_only: filter.error_only, ..exact };
            let query = filtered(query.index_name(log::INDEX), &filter);
            sources.push(Source::new(query, SORT).filtered(filter.error_only));
        } else {
            let failed = keys::callbacks(company, true);
            let delivered = keys::callbacks(company, false).filter(|_| !filter.error_only);
            let each = failed.chain(delivered);
            sources.extend(each.map(|name| Source::new(filtered(partition(name), &exact), SORT)));
        }
        let earlier = filtered(partition(keys::unspread_callbacks(company)), filter);
        sources.push(Source::new(earlier, SORT).filtered(filter.token.is_some() || filter.error_only));
        self.page(range, sources, paging).await
    }

    async fn delivery(&self, company: &CompanyId, id: Uuid) -> Result<Option<HistoryEntry>, PortError> {
        let item = self
            .batch_get(keys::callback(company, id).into(), |batch| {
                let batch = batch.consistent_read(true).projection_expression(SHOWN);
                batch.set_expression_attribute_names(Some(reserved()))
            })
            .await?
            .pop();
        Ok(item.map(record::decode::<EntryRecord, (Uuid, HistoryEntry)>).transpose()?.map(|(_, entry)| entry))
    }
}

/// Adds the conditions that the key of the query doesn't imply. Names in them are those of [`SHOWN`].
fn filtered(mut query: QueryFluentBuilder, filter: &DeliveryFilter) -> QueryFluentBuilder {
    let mut conditions = Vec::new();
    if let Some(token) = filter.token {
        conditions.push("#token = :token");
        query = query.expression_attribute_values(":token", AttributeValue::S(token.to_string()));
    }
    if filter.error_only {
        conditions.push("attribute_exists(#action.errorClass)");
    }
    // By the start of the delivery, which the log shows; the entry itself was written at its end.
    for (condition, name, moment) in
        [("#action.#at >= :start", ":start", filter.start), ("#action.#at <= :end", ":end", filter.end)]
    {
        if let Some(moment) = moment {
            conditions.push(condition);
            query = query.expression_attribute_values(name, keys::moment(moment));
        }
    }
    if conditions.is_empty() { query } else { query.filter_expression(conditions.join(" AND ")) }
}

impl Table {
    fn query_entries(&self, key: &str, value: AttributeValue, range: &Range) -> QueryFluentBuilder {
        let sort = |id: Uuid| AttributeValue::S(keys::sort(id));
        self.query()
            .projection_expression(SHOWN)
            .set_expression_attribute_names(Some(reserved()))
            .key_condition_expression(format!("{key} = :key AND {SORT} BETWEEN :low AND :high"))
            .expression_attribute_values(":key", value)
            .expression_attribute_values(":low", sort(range.low))
            .expression_attribute_values(":high", sort(range.high))
    }

    async fn page(
        &self,
        range: Range,
        sources: Vec<Source>,
        paging: Paging,
    ) -> Result<Page<(Uuid, HistoryEntry)>, PortError> {
        let mut walk = Walk::new(range, sources, self.budget);
        let mut items = decoded(walk.next(paging.size).await?)?;
        if range.reversed {
            items.reverse();
        }
        Ok(Page { items, next: walk.rest().await? })
    }
}

fn reserved() -> HashMap<String, String> {
    RESERVED.map(|name| (format!("#{name}"), name.to_owned())).into()
}

fn decoded(items: Vec<Item>) -> Result<Vec<(Uuid, HistoryEntry)>, PortError> {
    items.into_iter().map(record::decode::<EntryRecord, _>).collect()
}
