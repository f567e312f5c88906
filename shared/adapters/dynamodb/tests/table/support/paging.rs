//! A simple model of paging.

use keyturn_application::ports::{Bound, Order, Page, Paging};
use uuid::Uuid;

/// The page of these ids, which are in ascending order.
pub(crate) fn page_of(mut ids: Vec<Uuid>, paging: Paging) -> Page<Uuid> {
    let ascending = paging.order == Order::Ascending;
    if !ascending {
        ids.reverse();
    }
    let before = |id: &Uuid, cursor: &Uuid| if ascending { id < cursor } else { id > cursor };
    if let Some(Bound::EndingBefore(cursor)) = paging.bound {
        ids.retain(|id| before(id, &cursor));
        let left = ids.len().saturating_sub(paging.size);
        ids.drain(..left);
        let next = ids.first().filter(|_| left > 0).copied().map(Bound::EndingBefore);
        return Page { items: ids, next };
    }
    if let Some(Bound::StartingAfter(cursor)) = paging.bound {
        ids.retain(|id| before(&cursor, id));
    }
    let more = ids.len() > paging.size;
    ids.truncate(paging.size);
    let next = ids.last().filter(|_| more).copied().map(Bound::StartingAfter);
    Page { items: ids, next }
}

/// A page of ids alone.
pub(crate) fn ids_of<T>(page: &Page<T>, id: impl Fn(&T) -> Uuid) -> Page<Uuid> {
    Page { items: page.items.iter().map(id).collect(), next: page.next }
}
