//! The history: a token's activities and a company's callback log.

use async_trait::async_trait;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use keyturn_application::PortError;
use keyturn_application::ports::{DeliveryFilter, EntryKey, History, Paging};
use keyturn_domain::history::HistoryEntry;
use keyturn_domain::ids::CompanyId;
use keyturn_domain::token::Token;
use uuid::Uuid;

use crate::range::Range;
use crate::record::entry::{EntryRecord, HANDED_OVER};
use crate::{Item, Table, keys, record};

#[async_trait]
impl History for Table {
    async fn activities(
        &self,
        token: &Token,
        paging: Paging,
    ) -> Result<Vec<(Uuid, HistoryEntry)>, PortError> {
        let range = Range::of(paging);
        let query = self
            .query_entries(keys::series(token.series), &range)
            // A successor's activities start with the renewal that created it, which is its predecessor's entry, as are
            // those that gave out its string again.
            .filter_expression(
                "#token = :token OR (successor = :token AND \
                 (begins_with(#action.#type, :renewed) OR #action.#type = :handedOver))",
            )
            .expression_attribute_names("#token", "token")
            .expression_attribute_names("#action", "action")
            .expression_attribute_names("#type", "type")
            .expression_attribute_values(":token", AttributeValue::S(token.id.to_string()))
            .expression_attribute_values(":renewed", AttributeValue::S("renewedBy".to_owned()))
            .expression_attribute_values(":handedOver", AttributeValue::S(HANDED_OVER.to_owned()));
        decoded(range.read(query, true).await?)
    }

    async fn deliveries(
        &self,
        company: &CompanyId,
        filter: &DeliveryFilter,
        paging: Paging,
    ) -> Result<Vec<(Uuid, HistoryEntry)>, PortError> {
        let range = Range::of(paging).between(filter.start, filter.end);
        let mut query = self.query_entries(keys::callbacks(company), &range);
        let mut conditions = Vec::new();
        if let Some(token) = filter.token {
            conditions.push("#token = :token");
            query = query
                .expression_attribute_names("#token", "token")
                .expression_attribute_values(":token", AttributeValue::S(token.to_string()));
        }
        if filter.error_only {
            conditions.push("attribute_exists(#action.errorClass)");
            query = query.expression_attribute_names("#action", "action");
        }
        // By the start of the delivery, which the log shows; the entry itself was written at its end.
        for (condition, name, moment) in
            [("#action.#at >= :start", ":start", filter.start), ("#action.#at <= :end", ":end", filter.end)]
        {
            if let Some(moment) = moment {
                conditions.push(condition);
                query = query
                    .expression_attribute_names("#action", "action")
                    .expression_attribute_names("#at", "at")
                    .expression_attribute_values(name, keys::moment(moment));
            }
        }
        if !conditions.is_empty() {
            query = query.filter_expression(conditions.join(" AND "));
        }
        decoded(range.read(query, !conditions.is_empty()).await?)
    }

    async fn delivery(&self, company: &CompanyId, id: Uuid) -> Result<Option<HistoryEntry>, PortError> {
        let key = EntryKey { partition: keys::callbacks(company), sort: format!("{}{id}", keys::ENTRY) };
        let item = self.get(keys::entry(&key)).await?;
        Ok(item.map(record::decode::<EntryRecord, (Uuid, HistoryEntry)>).transpose()?.map(|(_, entry)| entry))
    }
}

impl Table {
    fn query_entries(&self, partition: String, range: &Range) -> QueryFluentBuilder {
        let sort = |id: Uuid| AttributeValue::S(format!("{}{id}", keys::ENTRY));
        self.client
            .query()
            .table_name(&self.name)
            .consistent_read(true)
            .key_condition_expression("pk = :pk AND sk BETWEEN :low AND :high")
            .expression_attribute_values(":pk", AttributeValue::S(partition))
            .expression_attribute_values(":low", sort(range.low))
            .expression_attribute_values(":high", sort(range.high))
    }
}

fn decoded(items: Vec<Item>) -> Result<Vec<(Uuid, HistoryEntry)>, PortError> {
    items.into_iter().map(record::decode::<EntryRecord, _>).collect()
}
