//! A simple model of paging.

use keyturn_application::ports::{Bound, Order, Paging};
use uuid::Uuid;

/// The page of these ids, which are in ascending order.
pub(crate) fn page_of(mut ids: Vec<Uuid>, paging: Paging) -> Vec<Uuid> {
    let ascending = paging.order == Order::Ascending;
    if !ascending {
        ids.reverse();
    }
    let before = |id: &Uuid, cursor: &Uuid| if ascending { id < cursor } else { id > cursor };
    match paging.bound {
        None => {}
        Some(Bound::StartingAfter(cursor)) => ids.retain(|id| before(&cursor, id)),
        Some(Bound::EndingBefore(cursor)) => {
            ids.retain(|id| before(id, &cursor));
            ids.drain(..ids.len().saturating_sub(paging.size));
        }
    }
    ids.truncate(paging.size);
    ids
}
