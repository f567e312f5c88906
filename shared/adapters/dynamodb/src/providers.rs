//! The records of identity providers.

use async_trait::async_trait;
use aws_sdk_dynamodb::types::AttributeValue;
use keyturn_application::PortError;
use keyturn_application::ports::ProviderStore;
use keyturn_domain::provider::{Provider, ProviderId};

use crate::record::provider::ProviderRecord;
use crate::{Table, keys, page_of, record};

#[async_trait]
impl ProviderStore for Table {
    async fn provider(&self, id: &ProviderId) -> Result<Option<Provider>, PortError> {
        let item = self.get(keys::provider(id)).await?;
        item.map(record::decode::<ProviderRecord, Provider>).transpose()
    }

    /// One page, up to a megabyte: hundreds of providers.
    async fn providers(&self) -> Result<Vec<Provider>, PortError> {
        let query = self
            .query()
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", AttributeValue::S(keys::PROVIDERS.to_owned()));
        let page = page_of(query).await?;
        page.items.unwrap_or_default().into_iter().map(record::decode::<ProviderRecord, Provider>).collect()
    }

    async fn save_provider(&self, provider: &Provider) -> Result<(), PortError> {
        let item = record::encode(keys::provider(&provider.id), &ProviderRecord::from(provider))?;
        let put = self.client.put_item().table_name(&self.name).set_item(Some(item));
        put.send().await.map(|_| ()).map_err(|error| PortError::new("DynamoDB PutItem failed", error))
    }

    async fn remove_provider(&self, id: &ProviderId) -> Result<(), PortError> {
        let delete = self.client.delete_item().table_name(&self.name).set_key(Some(keys::provider(id)));
        delete.send().await.map(|_| ()).map_err(|error| PortError::new("DynamoDB DeleteItem failed", error))
    }
}
