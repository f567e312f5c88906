//! Answers to requests with an idempotency key.

use async_trait::async_trait;
use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use keyturn_application::PortError;
use keyturn_application::ports::{AnswerKey, AnswerStore, SavedAnswer, SavedBody};
use keyturn_domain::secret::Sealed;

use crate::record::answer::{AnswerRecord, AnswerSecretsRecord};
use crate::{Item, Table, keys, record, unbuildable};

#[async_trait]
impl AnswerStore for Table {
    async fn saved_answer(&self, key: &AnswerKey) -> Result<Option<SavedAnswer>, PortError> {
        let Some(item) = self.get(keys::answer(key)).await? else { return Ok(None) };
        let mut answer = record::decode::<AnswerRecord, SavedAnswer>(item)?;
        if let SavedBody::Apart { secrets, .. } = &mut answer.body {
            let item = self.get(keys::answer_secrets(key)).await?;
            *secrets = item.map(record::decode::<AnswerSecretsRecord, Sealed>).transpose()?;
        }
        Ok(Some(answer))
    }
}

impl Table {
    /// Saves an answer under a key that is unused, or whose answer has expired.
    pub(crate) fn put_answer(&self, answer: &SavedAnswer) -> Result<Vec<TransactWriteItem>, PortError> {
        let mut item = record::encode(keys::answer(&answer.key), &AnswerRecord::from(answer))?;
        item.insert(keys::TTL.to_owned(), keys::moment(answer.expires_at));
        let put = self
            .put(item)
            .condition_expression("attribute_not_exists(pk) OR expiresAt <= :now")
            .expression_attribute_values(":now", keys::moment(answer.saved_at));
        let mut puts = vec![put];
        if let SavedBody::Apart { secrets: Some(secrets), until, .. } = &answer.body {
            let record = AnswerSecretsRecord::from(secrets);
            let mut item = record::encode(keys::answer_secrets(&answer.key), &record)?;
            item.insert(keys::TTL.to_owned(), keys::moment(*until));
            puts.push(self.put(item));
        }
        let built = |put: aws_sdk_dynamodb::types::builders::PutBuilder| {
            Ok(TransactWriteItem::builder().put(put.build().map_err(unbuildable)?).build())
        };
        puts.into_iter().map(built).collect()
    }

    fn put(&self, item: Item) -> aws_sdk_dynamodb::types::builders::PutBuilder {
        Put::builder().table_name(&self.name).set_item(Some(item))
    }
}
