//! The due index and the outbox.

use std::ops::Bound;

use keyturn_application::ports::{DueCursor, DueItem, DuePage, EntryKey, MassRenewalKey, OutboxEntry};
use keyturn_domain::Timestamp;
use keyturn_domain::backoff::Failures;
use keyturn_domain::channel::Channels;
use keyturn_domain::due;
use keyturn_domain::ids::TokenId;

use super::{Memory, Place, StoredEntry};

/// Keys per page, as in the adapter.
const PAGE: usize = 100;

impl Memory {
    /// A page of the items of one shard that are due by then.
    #[must_use]
    pub fn due(&self, shard: u8, by: Timestamp, from: Option<&DueCursor>) -> DuePage {
        let start = from.map_or(
            Bound::Included((shard, Timestamp::MIN_UTC, Place::Token(TokenId::new(uuid::Uuid::nil())))),
            |DueCursor(last)| match last.downcast_ref::<(Timestamp, DueItem)>() {
                Some((at, item)) => Bound::Excluded((shard, *at, place(item))),
                None => Bound::Unbounded,
            },
        );
        let all = self.due.range((start, Bound::Unbounded));
        let mut due = all.take_while(|(of, at, _)| *of == shard && *at <= by);
        let items: Vec<_> = due.by_ref().take(PAGE).map(|(_, at, place)| (*at, item(place))).collect();
        let next = if items.len() == PAGE { items.last() } else { None };
        DuePage { next: next.map(|last| DueCursor(Box::new(last.clone()))), items, malformed: 0 }
    }

    /// The earliest due time after this one.
    #[must_use]
    pub fn next_due_after(&self, after: Timestamp) -> Option<Timestamp> {
        let of_shard = |shard| {
            let start = (
                shard,
                after + chrono::TimeDelta::nanoseconds(1),
                Place::Token(TokenId::new(uuid::Uuid::nil())),
            );
            self.due.range(start..).next().filter(|(of, ..)| *of == shard).map(|(_, at, _)| *at)
        };
        (0..self.shards.0).filter_map(of_shard).chain(self.next_report_after(after)).min()
    }

    /// The earliest due time.
    #[must_use]
    pub fn first_due(&self) -> Option<Timestamp> {
        self.next_due_after(Timestamp::MIN_UTC)
    }

    /// An outbox entry, if anything is undelivered.
    #[must_use]
    pub fn outbox_entry(&self, key: &EntryKey) -> Option<OutboxEntry> {
        let kept = self.entries.get(&(key.partition.clone(), key.sort.clone()))?;
        let due_at = kept.due.unwrap_or_default();
        Some(OutboxEntry { due_at, ..kept.owed.clone() }).filter(|entry| !entry.pending.is_empty())
    }

    /// Makes an entry due later, if it's still due when it was.
    pub fn claim(&mut self, entry: &OutboxEntry, until: Timestamp) -> bool {
        let key = (entry.key.partition.clone(), entry.key.sort.clone());
        let is_due = self.entries.get(&key).is_some_and(|kept| kept.due == Some(entry.due_at));
        if is_due {
            self.update_due(&entry.key, Some(until), |_| ());
        }
        is_due
    }

    /// How often processing a token failed since it was last written.
    #[must_use]
    pub fn token_failures(&self, id: TokenId) -> Failures {
        self.failures.get(&id).map_or_else(Failures::default, |(failures, _)| *failures)
    }

    /// Makes a token that is due by `now` due again then.
    pub fn defer_token(&mut self, id: TokenId, failures: Failures, now: Timestamp, until: Timestamp) {
        let Some(due_at) = self.due_at(id).filter(|at| *at <= now) else { return };
        self.failures.insert(id, (failures, until));
        self.due.remove(&(self.shards.of(id), due_at, Place::Token(id)));
        self.due.insert((self.shards.of(id), until, Place::Token(id)));
    }

    /// When a token is due by the index.
    pub(super) fn due_at(&self, id: TokenId) -> Option<Timestamp> {
        let deferred = self.failures.get(&id).map(|(_, until)| *until);
        deferred.or_else(|| Some(due::next(self.tokens.get(&id)?)?.0))
    }

    /// Marks an entry as delivered; it stays as history.
    pub fn acknowledge(&mut self, key: &EntryKey) {
        self.update_due(key, None, |kept| {
            kept.owed.pending = Channels::NONE;
            kept.owed.failures = Failures::default();
            kept.owed.entry.mail = None;
            kept.owed.entry.addresses = None;
        });
    }

    /// Marks an entry as partly delivered and due again then.
    pub fn reschedule(&mut self, entry: &OutboxEntry, until: Timestamp) {
        self.update_due(&entry.key, Some(until), |kept| {
            kept.owed.pending = entry.pending;
            kept.owed.failures = entry.failures;
            kept.owed.gathered = entry.gathered;
        });
    }

    /// Changes an entry that is still due; otherwise another sweep has settled it.
    fn update_due(&mut self, key: &EntryKey, due: Option<Timestamp>, change: impl FnOnce(&mut StoredEntry)) {
        let place = (key.partition.clone(), key.sort.clone());
        let Some(kept) = self.entries.get_mut(&place) else { return };
        let Some(before) = kept.due else { return };
        let shard = self.shards.of(kept.owed.entry.token);
        let place = Place::Entry(place.0, place.1);
        kept.due = due;
        change(kept);
        self.due.remove(&(shard, before, place.clone()));
        if let Some(at) = due {
            self.due.insert((shard, at, place));
        }
    }
}

fn item(place: &Place) -> DueItem {
    match place {
        Place::Token(id) => DueItem::Token(*id),
        Place::Entry(partition, sort) => {
            DueItem::Entry(EntryKey { partition: partition.clone(), sort: sort.clone() })
        }
        Place::MassRenewal(company, id) => {
            DueItem::MassRenewal(MassRenewalKey { company: company.clone(), id: *id })
        }
    }
}

fn place(item: &DueItem) -> Place {
    match item {
        DueItem::Token(id) => Place::Token(*id),
        DueItem::Entry(key) => Place::Entry(key.partition.clone(), key.sort.clone()),
        DueItem::MassRenewal(key) => Place::MassRenewal(key.company.clone(), key.id),
    }
}
