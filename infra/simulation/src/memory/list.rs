//! Paged lists, as the adapter reads them from an index.

use keyturn_application::ports::{Bound, Order, Paging, TokenFilter};
use keyturn_domain::Timestamp;
use keyturn_domain::ids::CompanyId;
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
    ) -> Vec<(Token, Option<Timestamp>)> {
        let listed = self.tokens.values().filter(|token| token.company == *company);
        let wanted = listed.filter(|token| matches(token, filter, now));
        page(wanted.map(|token| (token.id.uuid(), token)).collect(), paging)
            .into_iter()
            .filter_map(|token| Some((token.clone(), self.credentials.get(&token.id)?.last_used_at)))
            .collect()
    }
}

fn matches(token: &Token, filter: &TokenFilter, now: Timestamp) -> bool {
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
pub(super) fn page<T>(items: Vec<(Uuid, T)>, paging: Paging) -> Vec<T> {
    let ascending = paging.order == Order::Ascending;
    let mut items = items;
    if !ascending {
        items.reverse();
    }
    let before = |one: &Uuid, other: &Uuid| if ascending { one < other } else { one > other };
    match paging.bound {
        None => {}
        Some(Bound::StartingAfter(bound)) => items.retain(|(id, _)| before(&bound, id)),
        Some(Bound::EndingBefore(bound)) => {
            items.retain(|(id, _)| before(id, &bound));
            items.drain(..items.len().saturating_sub(paging.size));
        }
    }
    items.into_iter().take(paging.size).map(|(_, item)| item).collect()
}
