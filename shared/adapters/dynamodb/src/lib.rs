//! Keyturn's records in one DynamoDB table.
//!
//! | item | `pk` | `sk` | read by |
//! | --- | --- | --- | --- |
//! | credential | `CREDENTIAL#token id` | `CREDENTIAL` | every authentication, one strongly consistent `GetItem` |
//! | token | `TOKEN#token id` | `TOKEN` | everything that decides |
//! | entry | `SERIES#series id` | `ENTRY#entry id` | deliveries; the history |
//! | delivered callback | `CALLBACKS#company id#suffix` | `ENTRY#entry id` | deliveries; the callback log |
//! | failed callback | `CALLBACKS#company id#failed#suffix` | `ENTRY#entry id` | the same |
//! | company | `COMPANY#company id` | `COMPANY` | bootstrap |
//! | mails of a day | `MAILS#company id` | the day, or `day#hash of the address` | counting mails |
//! | report of leaks | `LEAKS#report id` | `REPORT` | the schedule, until it is worked off |
//! | mass renewal | `RENEWALS#company id` | `RENEWALS#mass renewal id` | its requests; the schedule |
//! | saved answer | `ANSWER#caller's token id` | hash of the idempotency key | repeated requests |
//! | session | `SESSION#session id` | `SESSION` | every authentication with a session, one strongly consistent `GetItem` |
//! | refresh token | `SESSION#session id` | `REFRESH` | refreshing a session |
//! | person | `PEOPLE#company id` | `PERSON#person id` | signing in; people |
//! | session of a company | `PEOPLE#company id` | `SESSION#session id` | sessions of a company |
//! | session of a provider's | `PROVIDERSESSION#hash of issuer and sid` | `SESSION#session id` | back-channel logout |
//! | provider | `PROVIDERS` | `PROVIDER#provider id` | signing in |
//!
//! The credential is the part of a token that verifying needs. It's an item of its own so that it's small, that recording a
//! use writes nothing else, and that a function can be granted access to credentials alone. It's written in the same
//! transaction as its token.
//!
//! The callback log is spread over eight suffixes, chosen by the entry's id, so that no company's deliveries are limited by
//! one partition. Entries under `CALLBACKS#company id` are from before that.
//!
//! The index `due` is sparse: only a due item has `dueShard` and `dueAt` (epoch seconds). The index `tokens` holds the
//! tokens of a company by id, which sorts by creation, with what lists are filtered by. The index `deliveries` holds the
//! callback log of each token (`deliveryOf`), with what the log shows.
//!
//! A list reads at most [`Table::BUDGET`] entries of an index, see `walk.rs`.

mod answers;
mod batch;
mod batching_token_store;
mod commit;
mod credentials;
mod due;
mod failures;
mod history;
mod keys;
mod leaks;
mod list;
mod mail_counts;
mod mass_renewals;
mod outbox;
mod people;
mod providers;
mod range;
mod record;
mod sessions;
mod stream;
mod summaries;
mod tokens;
mod walk;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::query::QueryOutput;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::TimeDelta;
use keyturn_application::PortError;
use keyturn_domain::ids::TokenId;
use keyturn_environment::{ConfigurationError, Environment};
use std::collections::HashMap;

pub use batching_token_store::BatchingTokenStore;
pub use credentials::Credentials;
pub use keys::DUE_INDEX;
pub use stream::StreamEvent;

/// The attributes that the index `tokens` is made of.
mod listing {
    pub(crate) const INDEX: &str = "tokens";
    pub(crate) const COMPANY: &str = "tokenCompany";
    pub(crate) const ID: &str = "tokenId";
    pub(crate) const NAME: &str = "searchName";
}

/// The attributes that the index `deliveries` is made of, besides the sort key.
mod log {
    pub(crate) const INDEX: &str = "deliveries";
    pub(crate) const KEY: &str = "deliveryOf";
}

/// An item as the SDK has it.
type Item = HashMap<String, AttributeValue>;

/// The table.
#[derive(Clone, Debug)]
pub struct Table {
    client: Client,
    name: String,
    retention: TimeDelta,
    shards: Shards,
    budget: usize,
}

/// Shards of the due index. One takes about 1,000 writes a second, so eight take every renewal of a busy night; each costs
/// half a read unit a minute when idle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shards {
    /// Items are written to the first of them, this many.
    pub written: u8,
    /// This many are read: more than are written, while the number changes.
    pub read: u8,
}

impl Table {
    /// How many entries of an index a list reads at most: some 50 read units, and enough for a page of what isn't rare.
    pub const BUDGET: usize = 2_000;

    /// The table named by `KEYTURN_TABLE`.
    pub fn from_environment(environment: &Environment) -> Result<Self, ConfigurationError> {
        let name = environment.required("KEYTURN_TABLE")?;
        let (written, read) = environment.due_shards()?;
        let table = Self::new(Client::new(environment.sdk()), name, environment.retention()?);
        Ok(table.with_shards(Shards { written, read }))
    }

    /// A table of this name. Records of what ended are kept for `retention`.
    #[must_use]
    pub const fn new(client: Client, name: String, retention: TimeDelta) -> Self {
        Self { client, name, retention, shards: Shards { written: 8, read: 8 }, budget: Self::BUDGET }
    }

    /// With this many shards of the due index.
    #[must_use]
    pub const fn with_shards(mut self, shards: Shards) -> Self {
        self.shards = shards;
        self
    }

    /// With lists that read so many entries at most.
    #[must_use]
    pub const fn with_budget(mut self, budget: usize) -> Self {
        self.budget = budget;
        self
    }

    /// The shard that a token's items are written to.
    fn shard_of(&self, token: TokenId) -> u8 {
        keys::shard_of(token, self.shards.written)
    }

    async fn get(&self, key: Item) -> Result<Option<Item>, PortError> {
        get(&self.client, &self.name, key).await
    }

    fn query(&self) -> QueryFluentBuilder {
        self.client.query().table_name(&self.name)
    }

    /// An update of the item with this key.
    fn update(&self, key: Item) -> UpdateItemFluentBuilder {
        self.client.update_item().table_name(&self.name).set_key(Some(key))
    }
}

/// One item, read strongly consistently.
async fn get(client: &Client, table: &str, key: Item) -> Result<Option<Item>, PortError> {
    let request = client.get_item().table_name(table).set_key(Some(key)).consistent_read(true);
    let output = request.send().await.map_err(|error| PortError::new("DynamoDB GetItem failed", error))?;
    Ok(output.item)
}

/// The next page of a query.
async fn page_of(query: QueryFluentBuilder) -> Result<QueryOutput, PortError> {
    query.send().await.map_err(|error| PortError::new("DynamoDB Query failed", error))
}

/// A conditional update. Whether its condition held; if not, nothing was written.
async fn update_if(update: UpdateItemFluentBuilder) -> Result<bool, PortError> {
    match update.send().await.map_err(SdkError::into_service_error) {
        Ok(_) => Ok(true),
        Err(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(false),
        Err(error) => Err(PortError::new("DynamoDB UpdateItem failed", error)),
    }
}

fn unbuildable(error: aws_sdk_dynamodb::error::BuildError) -> PortError {
    PortError::new("a DynamoDB request cannot be built", error)
}
