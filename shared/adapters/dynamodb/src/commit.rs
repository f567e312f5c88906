//! The only way in which records change: a transaction of tokens, their credentials and the entry.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, ConditionCheck, Put, TransactWriteItem, Update};
use keyturn_application::PortError;
use keyturn_application::ports::{Commit, CommitError, CompanyCheck};
use keyturn_domain::Timestamp;
use keyturn_domain::credential::Credential;
use keyturn_domain::due;
use keyturn_domain::history::HistoryEntry;
use keyturn_domain::token::Token;
use uuid::Uuid;

use crate::record::credential::{CredentialRecord, RENEWAL};
use crate::record::entry::EntryRecord;
use crate::record::token::TokenRecord;
use crate::{Item, Table, keys, list, listing, log, outbox, record, unbuildable};

/// Cancellation reasons of a lost race: read the record again.
const LOST_RACE: [&str; 2] = ["ConditionalCheckFailed", "TransactionConflict"];

/// Cancellation reasons of a transaction that came too fast for a partition. The SDK repeats throttled calls, but not
/// these: <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html>.
const THROTTLED: [&str; 3] =
    ["ThrottlingError", "ProvisionedThroughputExceeded", "ProvisionedThroughputExceededException"];

/// Waits before a throttled transaction is repeated; half of each is jitter.
const THROTTLED_WAITS: [Duration; 5] = [
    Duration::from_millis(100),
    Duration::from_millis(300),
    Duration::from_millis(900),
    Duration::from_millis(2_000),
    Duration::from_millis(3_000),
];

impl Table {
    pub(crate) async fn write(&self, commit: &Commit) -> Result<(), CommitError> {
        self.transact(self.items(commit)?, commit.entry_id).await
    }

    /// Writes all of these items or none. `random` is a new id, whose random bits spread repetitions.
    pub(crate) async fn transact(
        &self,
        items: Vec<TransactWriteItem>,
        random: Uuid,
    ) -> Result<(), CommitError> {
        let mut waits = THROTTLED_WAITS.iter();
        loop {
            let request = self.client.transact_write_items().set_transact_items(Some(items.clone()));
            let error = match request.send().await {
                Ok(_) => return Ok(()),
                Err(error) => error.into_service_error(),
            };
            if is_canceled_for(&error, &LOST_RACE) {
                return Err(CommitError::Conflict);
            }
            match waits.next().filter(|_| is_canceled_for(&error, &THROTTLED)) {
                Some(wait) => pause(*wait, random).await,
                None => return Err(PortError::new("DynamoDB TransactWriteItems failed", error).into()),
            }
        }
    }

    fn items(&self, commit: &Commit) -> Result<Vec<TransactWriteItem>, PortError> {
        let mut items = Vec::with_capacity(5);
        for token in &commit.change.tokens {
            let before = commit.change.before(token);
            items.push(self.put_token(token, before)?);
            items.extend(self.write_credential(token, before)?);
        }
        if let Some(entry) = &commit.change.entry {
            items.push(self.put_entry(commit.entry_id, entry, commit.entry_due)?);
        }
        if let Some(answer) = &commit.answer {
            items.extend(self.put_answer(answer)?);
        }
        match &commit.company {
            Some(CompanyCheck::New(company)) => items.push(self.put_new(keys::company(company))?),
            Some(CompanyCheck::Exists(company)) => items.push(self.check_exists(keys::company(company))?),
            None => {}
        }
        Ok(items)
    }

    /// Writes an entry, which is delivered from then on.
    pub(crate) fn put_entry(
        &self,
        id: Uuid,
        entry: &HistoryEntry,
        due: Timestamp,
    ) -> Result<TransactWriteItem, PortError> {
        let key = keys::of_entry(id, entry);
        let mut item = record::encode(keys::entry(&key), &EntryRecord::new(id, entry))?;
        if keys::delivery_of(entry).is_some() {
            item.insert(log::KEY.to_owned(), keys::log_of(&entry.company, entry.token));
        }
        let pending = entry.channels();
        outbox::encode(&mut item, pending);
        if pending.is_empty() {
            item.insert(keys::TTL.to_owned(), keys::moment(entry.at + self.retention));
        } else {
            keys::make_due(&mut item, self.shard_of(entry.token), due);
        }
        self.put_new(item)
    }

    fn check_exists(&self, key: Item) -> Result<TransactWriteItem, PortError> {
        let check = ConditionCheck::builder()
            .table_name(&self.name)
            .set_key(Some(key))
            .condition_expression("attribute_exists(pk)");
        Ok(TransactWriteItem::builder().condition_check(check.build().map_err(unbuildable)?).build())
    }

    /// Writes a token over the version that the decision was based on.
    fn put_token(&self, token: &Token, before: Option<&Token>) -> Result<TransactWriteItem, PortError> {
        let mut item = record::encode(keys::token(token.id), &TokenRecord::from(token))?;
        let list = [
            (listing::COMPANY, token.company.to_string()),
            (listing::ID, token.id.to_string()),
            (listing::NAME, list::folded(token.name.as_str())),
        ];
        item.extend(list.map(|(name, value)| (name.to_owned(), AttributeValue::S(value))));
        if let Some((at, _)) = due::next(token) {
            keys::make_due(&mut item, self.shard_of(token.id), at);
        }
        self.set_retention(&mut item, token);
        let Some(before) = before else { return self.put_new(item) };
        let put = Put::builder()
            .table_name(&self.name)
            .set_item(Some(item))
            .condition_expression("version = :version")
            .expression_attribute_values(":version", AttributeValue::N(before.version.to_string()));
        Ok(TransactWriteItem::builder().put(put.build().map_err(unbuildable)?).build())
    }

    /// Writes the credential of a token if the change affects it: only the attributes that differ, so that a use recorded
    /// meanwhile stays.
    fn write_credential(
        &self,
        token: &Token,
        before: Option<&Token>,
    ) -> Result<Option<TransactWriteItem>, PortError> {
        let after = self.credential_item(token)?;
        let Some(before) = before else { return self.put_new(after).map(Some) };
        let before = self.credential_item(before)?;
        let mut update = Update::builder()
            .table_name(&self.name)
            .set_key(Some(keys::credential(token.id)))
            .condition_expression("attribute_exists(pk)");
        if before == after {
            return Ok(None);
        }
        let renewal_differs = RENEWAL.iter().any(|name| before.get(*name) != after.get(*name));
        let (mut set, mut removed) = (Vec::new(), Vec::new());
        for name in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
            let (old, new) = (before.get(name), after.get(name));
            if old == new && !(renewal_differs && RENEWAL.contains(&name.as_str())) {
                continue;
            }
            update = update.expression_attribute_names(format!("#{name}"), name);
            if let Some(value) = new {
                set.push(format!("#{name} = :{name}"));
                update = update.expression_attribute_values(format!(":{name}"), value.clone());
            } else {
                removed.push(format!("#{name}"));
            }
        }
        let clauses = [("SET", set), ("REMOVE", removed)].map(|(verb, parts)| match parts.is_empty() {
            true => String::new(),
            false => format!("{verb} {} ", parts.join(", ")),
        });
        let update = update.update_expression(clauses.concat());
        Ok(Some(TransactWriteItem::builder().update(update.build().map_err(unbuildable)?).build()))
    }

    /// The credential of a token that has not been used yet.
    fn credential_item(&self, token: &Token) -> Result<Item, PortError> {
        let record = CredentialRecord::from(&Credential::of(token));
        let mut item = record::encode(keys::credential(token.id), &record)?;
        self.set_retention(&mut item, token);
        Ok(item)
    }

    /// An ended token and its credential are deleted after the retention time.
    fn set_retention(&self, item: &mut Item, token: &Token) {
        if let Some(end) = token.ended_at() {
            item.insert(keys::TTL.to_owned(), keys::moment(end + self.retention));
        }
    }

    pub(crate) fn put_new(&self, item: Item) -> Result<TransactWriteItem, PortError> {
        let put = Put::builder()
            .table_name(&self.name)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk)");
        Ok(TransactWriteItem::builder().put(put.build().map_err(unbuildable)?).build())
    }
}

/// Whether a transaction was canceled for one of these reasons.
fn is_canceled_for(error: &TransactWriteItemsError, codes: &[&str]) -> bool {
    let TransactWriteItemsError::TransactionCanceledException(canceled) = error else { return false };
    let mut reasons = canceled.cancellation_reasons().iter().filter_map(|reason| reason.code());
    reasons.any(|code| codes.contains(&code))
}

/// Waits between half of this time and all of it. The random part comes from the random bits of an id.
#[expect(clippy::disallowed_methods, reason = "gives a busy partition time")]
async fn pause(wait: Duration, random: Uuid) {
    let jitter = u32::from(random.as_bytes()[15]);
    tokio::time::sleep(wait / 2 + wait / 2 * jitter / 255).await;
}
