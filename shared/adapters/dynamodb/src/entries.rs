//! Entries of the history and what they owe.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use keyturn_application::PortError;
use keyturn_application::ports::{EntryKey, OutboxEntry};
use keyturn_domain::Timestamp;

use crate::record::entry::EntryRecord;
use crate::{Table, keys, record};

impl Table {
    pub(crate) async fn read_owed(&self, key: &EntryKey) -> Result<Option<OutboxEntry>, PortError> {
        let Some(item) = self.get(keys::entry(key)).await? else { return Ok(None) };
        let owed = record::decode::<EntryRecord, OutboxEntry>(item)?;
        Ok(Some(owed).filter(|owed| owed.owes_event || owed.owes_mail))
    }

    /// What was owed is taken off the entry, and the entry out of the due index; what happened stays as history.
    pub(crate) async fn write_settled(&self, key: &EntryKey) -> Result<(), PortError> {
        self.update_entry(key, "REMOVE dueShard, dueAt, owesEvent, owesMail, failures, mail", |update| update)
            .await
    }

    pub(crate) async fn write_postponed(
        &self,
        owed: &OutboxEntry,
        until: Timestamp,
    ) -> Result<(), PortError> {
        let change = "SET owesEvent = :event, owesMail = :mail, failures = :failures, dueAt = :at";
        self.update_entry(&owed.key, change, |update| {
            update
                .expression_attribute_values(":event", AttributeValue::Bool(owed.owes_event))
                .expression_attribute_values(":mail", AttributeValue::Bool(owed.owes_mail))
                .expression_attribute_values(":failures", AttributeValue::N(owed.failures.to_string()))
                .expression_attribute_values(":at", keys::moment(until))
        })
        .await
    }

    /// Changes an entry that is still due. One that's not has been settled by another sweep, which is just as well.
    async fn update_entry(
        &self,
        key: &EntryKey,
        change: &str,
        values: impl FnOnce(UpdateItemFluentBuilder) -> UpdateItemFluentBuilder,
    ) -> Result<(), PortError> {
        let update = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(keys::entry(key)))
            .update_expression(change)
            .condition_expression("attribute_exists(dueAt)");
        let result = values(update).send().await;
        match result.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error) {
            Ok(_) | Err(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(()),
            Err(error) => Err(PortError::new("DynamoDB UpdateItem failed", error)),
        }
    }
}
