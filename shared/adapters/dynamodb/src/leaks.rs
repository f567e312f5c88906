//! Reports of leaks until they are worked off: in a shard of the due index of their own, so that none of them stands in the
//! way of anything else, and so that versions before them do not come across them.

use async_trait::async_trait;
use chrono::TimeDelta;
use keyturn_application::PortError;
use keyturn_application::ports::{LeakReport, LeakReports};
use keyturn_domain::Timestamp;
use keyturn_domain::backoff::Failures;
use uuid::Uuid;

use crate::record::leak_report::LeakReportRecord;
use crate::{Item, Table, failures, keys, page_of, record, update_if};

/// Reports read at a time.
const PAGE: i32 = 100;

/// A report that was worked off is kept for some days, without its strings, for whoever wonders how many there were.
const KEPT: TimeDelta = TimeDelta::days(7);

#[async_trait]
impl LeakReports for Table {
    async fn store(&self, report: &LeakReport) -> Result<(), PortError> {
        let mut item = record::encode(keys::leak_report(report.id), &LeakReportRecord::from(report))?;
        item.insert("dueShard".to_owned(), keys::shard_of_reports());
        item.insert("dueAt".to_owned(), keys::moment(report.at));
        let put = self.client.put_item().table_name(&self.name).set_item(Some(item));
        put.send().await.map_err(|error| PortError::new("DynamoDB PutItem failed", error))?;
        Ok(())
    }

    async fn due_reports(&self, by: Timestamp) -> Result<Vec<(Timestamp, Uuid)>, PortError> {
        let query = self.query_due(keys::shard_of_reports(), "<=", by).limit(PAGE);
        let output = page_of(query).await?;
        Ok(output.items().iter().filter_map(read_key).collect())
    }

    async fn report(&self, id: Uuid) -> Result<Option<(LeakReport, Failures)>, PortError> {
        let item = self.get(keys::leak_report(id)).await?.filter(|item| item.contains_key("dueAt"));
        let Some(item) = item else { return Ok(None) };
        let failures = failures::decode(&item)?;
        Ok(Some((record::decode::<LeakReportRecord, _>(item)?, failures)))
    }

    async fn finish(&self, report: &LeakReport) -> Result<(), PortError> {
        let removed = failures::NAMES.join(", ");
        let update = self
            .update(keys::leak_report(report.id))
            .update_expression(format!("SET #ttl = :ttl REMOVE dueShard, dueAt, strings, {removed}"))
            .condition_expression("attribute_exists(dueAt)")
            .expression_attribute_names("#ttl", keys::TTL)
            .expression_attribute_values(":ttl", keys::moment(report.at + KEPT));
        update_if(update).await.map(|_| ())
    }

    async fn defer_report(&self, id: Uuid, failures: Failures, until: Timestamp) -> Result<(), PortError> {
        let update = self.deferring(keys::leak_report(id), failures, until);
        update_if(update.condition_expression("attribute_exists(dueAt)")).await.map(|_| ())
    }
}

pub(crate) fn read_key(item: &Item) -> Option<(Timestamp, Uuid)> {
    let id = keys::id_of_report(item.get("pk")?.as_s().ok()?)?;
    Some((keys::due_at(item)?, id))
}
