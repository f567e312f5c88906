//! Credentials: read by every authentication.

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use keyturn_application::PortError;
use keyturn_application::ports::CredentialStore;
use keyturn_domain::credential::Credential;
use keyturn_domain::ids::TokenId;
use keyturn_domain::leak::LastUse;
use keyturn_environment::{ConfigurationError, Environment};

use crate::record::credential::CredentialRecord;
use crate::{Table, get, keys, record, update_if};

/// The credentials in the table, for functions that only verify tokens.
#[derive(Clone, Debug)]
pub struct Credentials {
    client: Client,
    table: String,
}

impl Credentials {
    /// The credentials in the table named by `KEYTURN_TABLE`.
    pub fn from_environment(environment: &Environment) -> Result<Self, ConfigurationError> {
        Ok(Self::new(Client::new(environment.sdk()), environment.required("KEYTURN_TABLE")?))
    }

    /// The credentials in a table of this name.
    #[must_use]
    pub const fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }
}

#[async_trait]
impl CredentialStore for Credentials {
    async fn credential(&self, id: TokenId) -> Result<Option<Credential>, PortError> {
        read(&self.client, &self.table, id).await
    }

    async fn record_use(&self, id: TokenId, last: LastUse) -> Result<(), PortError> {
        note(&self.client, &self.table, id, last).await
    }
}

#[async_trait]
impl CredentialStore for Table {
    async fn credential(&self, id: TokenId) -> Result<Option<Credential>, PortError> {
        read(&self.client, &self.name, id).await
    }

    async fn record_use(&self, id: TokenId, last: LastUse) -> Result<(), PortError> {
        note(&self.client, &self.name, id, last).await
    }
}

async fn read(client: &Client, table: &str, id: TokenId) -> Result<Option<Credential>, PortError> {
    let item = get(client, table, keys::credential(id)).await?;
    item.map(record::decode::<CredentialRecord, Credential>).transpose()
}

/// The attributes and the return value are all that the policy `Authenticate` in `template.yaml` allows.
async fn note(client: &Client, table: &str, id: TokenId, last: LastUse) -> Result<(), PortError> {
    let update = client
        .update_item()
        .table_name(table)
        .set_key(Some(keys::credential(id)))
        .update_expression(match last.from {
            Some(_) => "SET lastUsedAt = :at, lastUsedFrom = :from",
            None => "SET lastUsedAt = :at REMOVE lastUsedFrom",
        })
        .condition_expression(
            "attribute_exists(pk) AND (attribute_not_exists(lastUsedAt) OR lastUsedAt < :at)",
        )
        .expression_attribute_values(":at", keys::moment(last.at))
        .return_values(ReturnValue::None);
    let update = match last.from {
        Some(from) => update.expression_attribute_values(":from", AttributeValue::S(from.to_string())),
        None => update,
    };
    // Otherwise a later use is recorded, or the record is gone: either way there is nothing to record.
    update_if(update).await.map(|_| ())
}
