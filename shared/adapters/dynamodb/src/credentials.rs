//! Credentials: the hot path.

use async_trait::async_trait;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use keyturn_application::PortError;
use keyturn_application::ports::CredentialStore;
use keyturn_domain::Moment;
use keyturn_domain::credential::Credential;
use keyturn_domain::ids::TokenId;

use crate::record::credential::CredentialRecord;
use crate::{Table, keys, record};

#[async_trait]
impl CredentialStore for Table {
    async fn credential(&self, id: TokenId) -> Result<Option<Credential>, PortError> {
        let item = self.get(keys::credential(id)).await?;
        item.map(record::decode::<CredentialRecord, Credential>).transpose()
    }

    async fn note_use(&self, id: TokenId, at: Moment) -> Result<(), PortError> {
        let result = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(keys::credential(id)))
            .update_expression("SET lastUsedAt = :at")
            .condition_expression(
                "attribute_exists(pk) AND (attribute_not_exists(lastUsedAt) OR lastUsedAt < :at)",
            )
            .expression_attribute_values(":at", keys::moment(at))
            .send()
            .await;
        match result.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error) {
            // Somebody noted a later use, or the record is gone: either way there is nothing to note.
            Ok(_) | Err(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(()),
            Err(error) => Err(PortError::new("DynamoDB UpdateItem failed", error)),
        }
    }
}
