//! Mails counted by day. Addresses are stored as hashes, so that the counts outlive no record that holds one.

use async_trait::async_trait;
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{NaiveTime, TimeDelta};
use keyturn_application::PortError;
use keyturn_application::ports::{MailCount, MailCounter};

use crate::{Table, keys, update_if};

/// Counts are kept a little longer than their day, for a mail that is in flight at midnight.
const KEPT: TimeDelta = TimeDelta::days(2);

#[async_trait]
impl MailCounter for Table {
    async fn count(&self, of: &MailCount, most: u32) -> Result<bool, PortError> {
        let end = of.day.and_time(NaiveTime::MIN).and_utc() + KEPT;
        let update = self
            .update(keys::mail_count(of))
            .update_expression("SET #ttl = :ttl ADD sent :one")
            .condition_expression("attribute_not_exists(sent) OR sent < :most")
            .expression_attribute_names("#ttl", keys::TTL)
            .expression_attribute_values(":ttl", keys::moment(end))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":most", number(i64::from(most)));
        update_if(update).await
    }

    async fn uncount(&self, of: &MailCount) -> Result<(), PortError> {
        let update = self
            .update(keys::mail_count(of))
            .update_expression("ADD sent :one")
            .condition_expression("sent > :none")
            .expression_attribute_values(":one", number(-1))
            .expression_attribute_values(":none", number(0));
        update_if(update).await.map(|_| ())
    }
}

fn number(number: i64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}
