//! A page of a list as a range of ids: both ends included, read from one end or the other.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use chrono::TimeDelta;
use keyturn_application::PortError;
use keyturn_application::ports::{Bound, Order, Paging};
use keyturn_domain::Timestamp;
use uuid::{Builder, Uuid};

use crate::Item;

/// Items that the first query with a filter evaluates; each further one evaluates twice as many. A common match costs
/// little, and a rare one is found in few calls.
const EVALUATED: i32 = 200;

/// How much later than its event an entry's id can be: longer than a callback and its writes take.
const ID_LAG: TimeDelta = TimeDelta::hours(1);

/// A range of ids.
pub(crate) struct Range {
    pub(crate) low: Uuid,
    pub(crate) high: Uuid,
    forward: bool,
    /// Whether the page is read from its far end.
    reversed: bool,
    size: usize,
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
        Self { low, high, forward: ascending != reversed, reversed, size: paging.size }
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

    /// Reads a page, full unless there are no more items. The query contains the range's bounds already.
    pub(crate) async fn read(
        &self,
        query: QueryFluentBuilder,
        filtered: bool,
    ) -> Result<Vec<Item>, PortError> {
        if self.low > self.high {
            return Ok(Vec::new());
        }
        let mut items = Vec::new();
        let mut from = None;
        let mut evaluated = EVALUATED;
        loop {
            let missing = i32::try_from(self.size - items.len()).unwrap_or(EVALUATED);
            let page = query
                .clone()
                .scan_index_forward(self.forward)
                .limit(if filtered { evaluated } else { missing })
                .set_exclusive_start_key(from)
                .send()
                .await
                .map_err(|error| PortError::new("DynamoDB Query failed", error))?;
            items.extend(page.items.unwrap_or_default());
            from = page.last_evaluated_key;
            evaluated = evaluated.saturating_mul(2);
            if items.len() >= self.size || from.is_none() {
                break;
            }
        }
        items.truncate(self.size);
        if self.reversed {
            items.reverse();
        }
        Ok(items)
    }
}
