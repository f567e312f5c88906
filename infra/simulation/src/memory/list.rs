//! Paged lists, as the adapter reads them from an index.

use keyturn_application::ports::{Bound, Order, Page, Paging, TokenFilter};
use keyturn_domain::Timestamp;
use keyturn_domain::ids::CompanyId;
use keyturn_domain::summary::TokenSummary;
use keyturn_domain::token::{Status, Token};
use uuid::Uuid;

use super::Memory;

impl Memory {
    /// A page of a company's tokens, each with its last use.
    #[must_use]
    pub fn list(
        &self,
        company: &CompanyId,
        filter: &TokenFilter,
        paging: Paging,
        now: Timestamp,
    ) -> Page<(TokenSummary, Option<Timestamp>)> {
        let listed = self.tokens.values().filter(|token| token.company == *company);
        let wanted = listed.filter(|token| matches(token, filter, now));
        let Page { items, next } = page(wanted.map(|token| (token.id.uuid(), token)).collect(), paging);
        let with_use = |token: &Token| Some((token.into(), self.credentials.get(&token.id)?.last_used_at));
        Page { items: items.into_iter().filter_map(with_use).collect(), next }
    }
}

pub(super) fn matches(token: &Token, filter: &TokenFilter, now: Timestamp) -> bool {
    let TokenFilter { status, application, search } = filter;
    status.is_none_or(|status: Status| token.status(now) == status)
        && application.as_ref().is_none_or(|application| token.applications.contains(application))
        && search.as_ref().is_none_or(|search| folded(token.name.as_str()).contains(&folded(search)))
}

/// Folds case as the adapter does.
fn folded(text: &str) -> String {
    let lower = text.chars().flat_map(char::to_lowercase);
    lower.flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
}

/// A page of all items, which are sorted by id.
pub(super) fn page<T>(items: Vec<(Uuid, T)>, paging: Paging) -> Page<T> {
    let ascending = paging.order == Order::Ascending;
    let mut items = items;
    if !ascending {
        items.reverse();
    }
    let before = |one: &Uuid, other: &Uuid| if ascending { one < other } else { one > other };
    let next = match paging.bound {
        Some(Bound::EndingBefore(bound)) => {
            items.retain(|(id, _)| before(id, &bound));
            let left = items.len().saturating_sub(paging.size);
            items.drain(..left);
            items.first().filter(|_| left > 0).map(|(id, _)| Bound::EndingBefore(*id))
        }
        bound => {
            if let Some(Bound::StartingAfter(bound)) = bound {
                items.retain(|(id, _)| before(&bound, id));
            }
            let more = items.len() > paging.size;
            items.truncate(paging.size);
            items.last().filter(|_| more).map(|(id, _)| Bound::StartingAfter(*id))
        }
    };
    Page { items: items.into_iter().map(|(_, item)| item).collect(), next }
}
