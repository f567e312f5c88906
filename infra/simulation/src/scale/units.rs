//! DynamoDB's request units, by the rules of `infra/docs/costs.md`.

use keyturn_application::ports::{Commit, EntryKey};
use keyturn_domain::due;
use keyturn_domain::ids::TokenId;
use keyturn_domain::token::Token;

use super::capacity::{Demand, Resource};
use crate::memory::{Memory, touches_credential};

/// Bytes of a key in the due index, with DynamoDB's own.
const INDEX_KEY_BYTES: usize = 230;

/// The write units of a commit, by the resources that they count against.
pub(super) fn of_commit(commit: &Commit, shard_of: impl Fn(TokenId) -> u8) -> Demand {
    let mut demand = Demand::new();
    let mut table = 0.0;
    for token in &commit.change.tokens {
        let before = commit.change.before(token);
        let credential = before.is_none_or(|before| touches_credential(before, token));
        table += if credential { 4.0 } else { 2.0 };
        let due = |token: &Token| due::next(token).map(|(at, _)| at);
        let index = match (before.and_then(due), due(token)) {
            (Some(old), Some(new)) if old != new => 2.0,
            (Some(_), None) | (None, Some(_)) => 1.0,
            _ => 0.0,
        };
        demand.push((Resource::Due(shard_of(token.id)), index));
        if before.is_none_or(|before| is_listed_differently(before, token)) {
            demand.push((Resource::List(token.company.clone()), 1.0));
        }
    }
    if let Some(entry) = &commit.change.entry {
        table += 2.0;
        demand.extend(shared_partition(&Memory::entry_key(commit.entry_id, entry), 2.0));
        if !entry.channels().is_empty() {
            demand.push((Resource::Due(shard_of(entry.token)), 1.0));
        }
    }
    demand.push((Resource::Table, table));
    demand.retain(|(_, units)| *units > 0.0);
    demand
}

/// The write units of an update that takes an entry out of the due index (1), or moves it (2).
pub(super) fn of_update(key: &EntryKey, shard: u8, index: f64) -> Demand {
    let mut demand = vec![(Resource::Table, 1.0), (Resource::Due(shard), index)];
    demand.extend(shared_partition(key, 1.0));
    demand
}

/// What a demand costs. The units of a shared partition are part of the table's.
pub(super) fn total(demand: &Demand) -> f64 {
    let counted = demand.iter().filter(|(resource, _)| !matches!(resource, Resource::Partition(_)));
    counted.map(|(_, units)| units).sum()
}

/// The read units of a page of the due index.
pub(super) fn of_page(items: usize) -> f64 {
    let pages = u32::try_from((items * INDEX_KEY_BYTES).div_ceil(4_096).max(1)).unwrap_or(u32::MAX);
    f64::from(pages) / 2.0
}

/// A series has a partition for itself; the callback log is shared by many.
fn shared_partition(key: &EntryKey, units: f64) -> Option<(Resource, f64)> {
    let is_shared = !key.partition.starts_with("SERIES#");
    is_shared.then(|| (Resource::Partition(key.partition.clone()), units))
}

fn is_listed_differently(before: &Token, token: &Token) -> bool {
    (before.expires_at, before.deactivated_at) != (token.expires_at, token.deactivated_at)
}
