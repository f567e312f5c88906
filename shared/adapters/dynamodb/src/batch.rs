//! Reads and writes of several items in one call.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use aws_sdk_dynamodb::types::builders::KeysAndAttributesBuilder;
use aws_sdk_dynamodb::types::{KeysAndAttributes, PutRequest, WriteRequest};
use keyturn_application::PortError;

use crate::{Item, Table, keys, unbuildable};

/// Keys that one `BatchGetItem` takes.
pub(crate) const BATCH: usize = 100;

impl Table {
    /// Items by their keys, in the order of the keys, read strongly consistently: one call for all of them, which fails for all.
    pub(crate) async fn get_all(&self, keys: Vec<Item>) -> Vec<Result<Option<Item>, PortError>> {
        if let [key] = &keys[..] {
            return vec![self.get(key.clone()).await];
        }
        let names: Vec<_> = keys.iter().map(keys::name).collect();
        // DynamoDB takes each key once.
        let wanted: BTreeMap<_, _> = names.iter().zip(keys).collect();
        match self.batch_get(wanted.into_values().collect(), |batch| batch.consistent_read(true)).await {
            Ok(items) => {
                let found: HashMap<_, _> = items.into_iter().map(|item| (keys::name(&item), item)).collect();
                names.iter().map(|name| Ok(found.get(name).cloned())).collect()
            }
            Err(error) => {
                let error = Arc::new(error);
                names
                    .iter()
                    .map(|_| Err(PortError::new("items cannot be read", Arc::clone(&error))))
                    .collect()
            }
        }
    }

    /// At most [`BATCH`] items in any order. Retries unprocessed keys while that makes progress.
    pub(crate) async fn batch_get(
        &self,
        keys: Vec<Item>,
        options: impl Fn(KeysAndAttributesBuilder) -> KeysAndAttributesBuilder,
    ) -> Result<Vec<Item>, PortError> {
        let (mut items, mut left) = (Vec::new(), keys);
        while !left.is_empty() {
            let asked_for = left.len();
            let keys = options(KeysAndAttributes::builder().set_keys(Some(left)));
            let keys = keys.build().map_err(unbuildable)?;
            let request = self.client.batch_get_item().request_items(&self.name, keys);
            let output = request
                .send()
                .await
                .map_err(|error| PortError::new("DynamoDB BatchGetItem failed", error))?;
            items.extend(output.responses.unwrap_or_default().remove(&self.name).unwrap_or_default());
            let unread = output.unprocessed_keys.unwrap_or_default().remove(&self.name);
            left = unread.map(|unread| unread.keys).unwrap_or_default();
            if left.len() >= asked_for {
                return Err(PortError::bare("DynamoDB processed no key of a batch"));
            }
        }
        Ok(items)
    }

    /// Writes items, at most as many as one `BatchWriteItem` takes, whatever is stored under their keys. The names of those that
    /// were not processed, because a partition was busy.
    pub(crate) async fn batch_put(&self, items: Vec<Item>) -> Result<Vec<(String, String)>, PortError> {
        let put = |item| {
            let put = PutRequest::builder().set_item(Some(item)).build().map_err(unbuildable)?;
            Ok(WriteRequest::builder().put_request(put).build())
        };
        let puts = items.into_iter().map(put).collect::<Result<Vec<_>, PortError>>()?;
        let request = self.client.batch_write_item().request_items(&self.name, puts);
        let output =
            request.send().await.map_err(|error| PortError::new("DynamoDB BatchWriteItem failed", error))?;
        let left = output.unprocessed_items.unwrap_or_default().remove(&self.name).unwrap_or_default();
        Ok(left.iter().filter_map(|write| Some(keys::name(&write.put_request()?.item))).collect())
    }
}
