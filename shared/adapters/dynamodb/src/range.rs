//! A page of a list as a range of ids: both ends included, read from one end or the other.

use chrono::TimeDelta;
use keyturn_application::ports::{Bound, Order, Paging};
use keyturn_domain::Timestamp;
use keyturn_domain::ids::TokenId;
use uuid::{Builder, Uuid};

/// How much later than its event an entry's id can be: longer than a callback and its writes take. Clocks differ by less.
const ID_LAG: TimeDelta = TimeDelta::hours(1);

/// A range of ids.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Range {
    pub(crate) low: Uuid,
    pub(crate) high: Uuid,
    pub(crate) forward: bool,
    /// Whether the page is read from its far end.
    pub(crate) reversed: bool,
}

impl Range {
    /// The range that a page is read from.
    pub(crate) fn of(paging: Paging) -> Self {
        let ascending = paging.order == Order::Ascending;
        let (mut low, mut high) = (Uuid::nil(), Uuid::max());
        let (before, after) = (
            |id: Uuid| Uuid::from_u128(id.as_u128().saturating_sub(1)),
            |id: Uuid| Uuid::from_u128(id.as_u128().saturating_add(1)),
        );
        let reversed = match paging.bound {
            None => false,
            Some(Bound::StartingAfter(id)) => {
                if ascending {
                    low = after(id);
                } else {
                    high = before(id);
                }
                false
            }
            Some(Bound::EndingBefore(id)) => {
                if ascending {
                    high = before(id);
                } else {
                    low = after(id);
                }
                true
            }
        };
        Self { low, high, forward: ascending != reversed, reversed }
    }

    /// The same range, limited to tokens up to this one.
    pub(crate) fn up_to(mut self, last: TokenId) -> Self {
        self.high = self.high.min(last.uuid());
        self
    }

    /// The same range, limited to ids of entries between two times.
    pub(crate) fn between(mut self, start: Option<Timestamp>, end: Option<Timestamp>) -> Self {
        let id = |moment: Timestamp, fill: u8| {
            let millis = u64::try_from(moment.timestamp_millis()).unwrap_or_default();
            Builder::from_unix_timestamp_millis(millis, &[fill; 10]).into_uuid()
        };
        if let Some(start) = start {
            self.low = self.low.max(id(start, 0x00));
        }
        if let Some(end) = end.and_then(|end| end.checked_add_signed(ID_LAG)) {
            self.high = self.high.min(id(end, 0xff));
        }
        self
    }

    /// The same range, limited to ids of entries about this token: none is older than the token.
    pub(crate) fn since(self, token: TokenId) -> Self {
        let created = token.uuid().get_timestamp().map(|created| created.to_unix().0);
        let created = created.and_then(|seconds| i64::try_from(seconds).ok());
        let created = created.and_then(|seconds| Timestamp::from_timestamp(seconds, 0));
        self.between(created.map(|created| created - ID_LAG), None)
    }

    /// The place of an id in the order of reading.
    pub(crate) fn rank(self, id: Uuid) -> u128 {
        if self.forward { id.as_u128() } else { !id.as_u128() }
    }

    /// The page that goes on from there.
    pub(crate) const fn bound(self, id: Uuid) -> Bound {
        if self.reversed { Bound::EndingBefore(id) } else { Bound::StartingAfter(id) }
    }
}
