//! Answers to requests with an idempotency key.

use async_trait::async_trait;
use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use keyturn_application::PortError;
use keyturn_application::ports::{AnswerKey, AnswerStore, SavedAnswer};

use crate::record::answer::AnswerRecord;
use crate::{Table, keys, record, unbuildable};

#[async_trait]
impl AnswerStore for Table {
    async fn saved_answer(&self, key: &AnswerKey) -> Result<Option<SavedAnswer>, PortError> {
        let item = self.get(keys::answer(key)).await?;
        item.map(record::decode::<AnswerRecord, SavedAnswer>).transpose()
    }
}

impl Table {
    /// Saves an answer under a key that is unused, or whose answer has expired.
    pub(crate) fn put_answer(&self, answer: &SavedAnswer) -> Result<TransactWriteItem, PortError> {
        let mut item = record::encode(keys::answer(&answer.key), &AnswerRecord::from(answer))?;
        item.insert(keys::TTL.to_owned(), keys::moment(answer.expires_at));
        let put = Put::builder()
            .table_name(&self.name)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk) OR expiresAt <= :now")
            .expression_attribute_values(":now", keys::moment(answer.saved_at));
        Ok(TransactWriteItem::builder().put(put.build().map_err(unbuildable)?).build())
    }
}
