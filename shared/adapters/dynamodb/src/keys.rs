//! Names of items, attributes and the index.

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::DateTime;
use keyturn_application::ports::{AnswerKey, EntryKey, MailCount, MassRenewalKey};
use keyturn_domain::Timestamp;
use keyturn_domain::delivery::Delivery;
use keyturn_domain::history::{Action, HistoryEntry};
use keyturn_domain::ids::{CompanyId, TokenId};
use keyturn_domain::mass_renewal::MassRenewalId;
use keyturn_domain::person::PersonId;
use keyturn_domain::provider::ProviderId;
use keyturn_domain::session::SessionId;
use keyturn_domain::settings::MailAddress;
use uuid::Uuid;

use crate::Item;

/// The index of what is due.
pub const DUE_INDEX: &str = "due";

/// Partitions of a company's callback log, each twice: for what was delivered and for what failed. One takes about 300
/// deliveries a second, so eight take more than the schedule can make.
const SUFFIXES: u8 = 8;

pub(crate) const TOKEN: &str = "TOKEN";
pub(crate) const CREDENTIAL: &str = "CREDENTIAL";
pub(crate) const COMPANY: &str = "COMPANY";
pub(crate) const ENTRY: &str = "ENTRY#";

/// The time to live, after which DynamoDB deletes an item.
pub(crate) const TTL: &str = "ttl";

pub(crate) fn token(id: TokenId) -> Item {
    key(format!("{TOKEN}#{id}"), TOKEN.to_owned())
}

/// What tells an item from all others: its partition and its sort key.
pub(crate) fn name(item: &Item) -> (String, String) {
    let text = |name| item.get(name).and_then(|value: &AttributeValue| value.as_s().ok()).cloned();
    (text("pk").unwrap_or_default(), text("sk").unwrap_or_default())
}

/// Whether an item is a token.
pub(crate) fn is_token(item: &Item) -> bool {
    item.get("sk").and_then(|sort| sort.as_s().ok()).is_some_and(|sort| sort == TOKEN)
}

pub(crate) fn credential(id: TokenId) -> Item {
    key(format!("{CREDENTIAL}#{id}"), CREDENTIAL.to_owned())
}

/// The shard of reports of leaks.
pub(crate) fn shard_of_reports() -> AttributeValue {
    AttributeValue::S("leaks".to_owned())
}

const LEAKS: &str = "LEAKS#";

pub(crate) fn leak_report(id: Uuid) -> Item {
    key(format!("{LEAKS}{id}"), "REPORT".to_owned())
}

/// The id of the report with this partition key.
pub(crate) fn id_of_report(partition: &str) -> Option<Uuid> {
    partition.strip_prefix(LEAKS)?.parse().ok()
}

pub(crate) fn company(id: &CompanyId) -> Item {
    key(format!("{COMPANY}#{id}"), COMPANY.to_owned())
}

pub(crate) fn answer(answer: &AnswerKey) -> Item {
    key(format!("ANSWER#{}", answer.caller), hex::encode(answer.hash))
}

/// The partition of a company's callback log before it was spread. Its entries are read until their retention ends.
pub(crate) fn unspread_callbacks(company: &CompanyId) -> String {
    format!("CALLBACKS#{company}")
}

/// The partitions of a company's callbacks that were delivered, or of those that failed.
pub(crate) fn callbacks(company: &CompanyId, failed: bool) -> impl Iterator<Item = String> {
    (0..SUFFIXES).map(move |suffix| suffixed(company, failed, suffix))
}

/// Every place where the callback log entry with this id may be.
pub(crate) fn callback(company: &CompanyId, id: Uuid) -> [Item; 3] {
    let spread = [false, true].map(|failed| suffixed(company, failed, suffix_of(id)));
    let [delivered, failed] = spread;
    [delivered, failed, unspread_callbacks(company)]
        .map(|partition| entry(&EntryKey { partition, sort: sort(id) }))
}

fn suffixed(company: &CompanyId, failed: bool, suffix: u8) -> String {
    let failed = if failed { "failed#" } else { "" };
    format!("CALLBACKS#{company}#{failed}{suffix}")
}

/// The last byte of an id is random.
const fn suffix_of(id: Uuid) -> u8 {
    id.as_bytes()[15] % SUFFIXES
}

/// The key of a token's callback log in the index `deliveries`. It names the company, so that no other company's log is
/// found by a token's id.
pub(crate) fn log_of(company: &CompanyId, token: TokenId) -> AttributeValue {
    AttributeValue::S(format!("{company}#{token}"))
}

pub(crate) fn series(id: TokenId) -> String {
    format!("SERIES#{id}")
}

/// Callback deliveries are stored by company and outcome, since their log is read by company; everything else by series.
pub(crate) fn of_entry(id: Uuid, entry: &HistoryEntry) -> EntryKey {
    let partition = match delivery_of(entry) {
        Some(delivery) => suffixed(&entry.company, delivery.outcome.is_err(), suffix_of(id)),
        None => series(entry.series),
    };
    EntryKey { partition, sort: sort(id) }
}

/// The delivery that an entry of the callback log records.
pub(crate) const fn delivery_of(entry: &HistoryEntry) -> Option<&Delivery> {
    match &entry.action {
        Action::CallbackTried(delivery) | Action::CallbackTested(delivery) => Some(delivery),
        _ => None,
    }
}

/// The sort key of an entry.
pub(crate) fn sort(id: Uuid) -> String {
    format!("{ENTRY}{id}")
}

pub(crate) fn entry(key: &EntryKey) -> Item {
    self::key(key.partition.clone(), key.sort.clone())
}

/// The secrets of a saved answer, which may go before the rest.
pub(crate) fn answer_secrets(answer: &AnswerKey) -> Item {
    key(format!("ANSWER#{}", answer.caller), format!("{}#SECRETS", hex::encode(answer.hash)))
}

/// The mails of a day, of a company or to one of its recipients.
pub(crate) fn mail_count(of: &MailCount) -> Item {
    let recipient = of.recipient.as_ref().map(|address| format!("#{}", hex::encode(address.hash())));
    key(format!("MAILS#{}", of.company), format!("{}{}", of.day, recipient.unwrap_or_default()))
}

pub(crate) fn session(id: SessionId) -> Item {
    key(format!("SESSION#{id}"), "SESSION".to_owned())
}

/// The refresh token of a session, apart from it so that authentication reads less.
pub(crate) fn refresh_token(id: SessionId) -> Item {
    key(format!("SESSION#{id}"), "REFRESH".to_owned())
}

/// The partition of a company's people and of what finds their sessions.
pub(crate) fn people(company: &CompanyId) -> String {
    format!("PEOPLE#{company}")
}

pub(crate) fn person(company: &CompanyId, id: PersonId) -> Item {
    key(people(company), format!("{PERSON}{id}"))
}

/// What finds a session by its company.
pub(crate) fn session_of_company(company: &CompanyId, id: SessionId) -> Item {
    key(people(company), format!("{SESSION_OF}{id}"))
}

/// The partition of what finds sessions by the provider's own (`sid`), which is stored as a hash.
pub(crate) fn provider_session(issuer: &str, sid: &str) -> String {
    format!("PROVIDERSESSION#{}", PersonId::of(issuer, sid))
}

pub(crate) fn session_of_provider_session(issuer: &str, sid: &str, id: SessionId) -> Item {
    key(provider_session(issuer, sid), format!("{SESSION_OF}{id}"))
}

/// The partition of all providers: there are few.
pub(crate) const PROVIDERS: &str = "PROVIDERS";

pub(crate) fn provider(id: &ProviderId) -> Item {
    key(PROVIDERS.to_owned(), format!("PROVIDER#{id}"))
}

/// The prefix of the sort keys of people.
pub(crate) const PERSON: &str = "PERSON#";

/// The prefix of the sort keys of what finds sessions.
pub(crate) const SESSION_OF: &str = "SESSION#";

/// Both parts of a mass renewal's key begin like this.
pub(crate) const RENEWALS: &str = "RENEWALS#";

pub(crate) fn mass_renewal(of: &MassRenewalKey) -> Item {
    key(format!("{RENEWALS}{}", of.company), format!("{RENEWALS}{}", of.id))
}

/// The shard of a mass renewal, of this many.
pub(crate) fn shard_of_mass_renewal(id: MassRenewalId, shards: u8) -> u8 {
    shard_of(TokenId::new(id.uuid()), shards)
}

fn key(partition: String, sort: String) -> Item {
    Item::from([("pk".to_owned(), AttributeValue::S(partition)), ("sk".to_owned(), AttributeValue::S(sort))])
}

/// The shard of entries that are gathered for this recipient, of this many.
pub(crate) fn shard_of_digest(recipient: &MailAddress, shards: u8) -> u8 {
    recipient.hash()[0] % shards
}

/// The shard of a token's items, of this many: an even spread.
pub(crate) fn shard_of(id: TokenId, shards: u8) -> u8 {
    id.uuid().as_bytes()[15] % shards
}

pub(crate) fn shard_name(shard: u8) -> AttributeValue {
    AttributeValue::S(format!("due#{shard}"))
}

/// Times are stored as epoch seconds: the unit of DynamoDB's TTL, and sortable.
pub(crate) fn moment(moment: Timestamp) -> AttributeValue {
    AttributeValue::N(moment.timestamp().to_string())
}

/// When an item is due, if it is in the due index.
pub(crate) fn due_at(item: &Item) -> Option<Timestamp> {
    DateTime::from_timestamp(item.get("dueAt")?.as_n().ok()?.parse().ok()?, 0)
}

/// Adds an item to this shard of the due index.
pub(crate) fn make_due(item: &mut Item, shard: u8, at: Timestamp) {
    item.insert("dueShard".to_owned(), shard_name(shard));
    item.insert("dueAt".to_owned(), moment(at));
}
