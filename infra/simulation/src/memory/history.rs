//! History: a token's activities, a company's callback log, and past request tokens.

use keyturn_application::ports::{DeliveryFilter, Page, Paging};
use keyturn_domain::history::{Action, Handover, HistoryEntry};
use keyturn_domain::ids::{CompanyId, TokenId};
use keyturn_domain::secret::SecretHash;
use keyturn_domain::token::Token;
use uuid::Uuid;

use super::list::page;
use super::{Memory, SUFFIXES, callbacks_of, series_of};

impl Memory {
    /// Whether this is a past or present request token of the series.
    #[must_use]
    pub fn was_issued(&self, series: TokenId, hash: &SecretHash) -> bool {
        self.of_partition(series_of(series)).any(|(_, entry)| {
            let issued = matches!(entry.action, Action::RenewalRequested { .. } | Action::TestRequested);
            issued && entry.request_token == Some(*hash)
        })
    }

    /// Whether this request token of a test callback has been redeemed.
    #[must_use]
    pub fn was_handed_over(&self, series: TokenId, hash: &SecretHash) -> bool {
        self.of_partition(series_of(series)).any(|(_, entry)| {
            matches!(entry.action, Action::HandedOver { how: Handover::Test, .. })
                && entry.request_token == Some(*hash)
        })
    }

    /// A page of a token's activities.
    #[must_use]
    pub fn activities(&self, token: &Token, paging: Paging) -> Page<(Uuid, HistoryEntry)> {
        let all = self.of_partition(series_of(token.series));
        let about = all.filter(|(_, entry)| {
            let gave = matches!(entry.action, Action::Renewed(_) | Action::HandedOver { .. });
            let made = gave && entry.successor == Some(token.id);
            entry.token == token.id || made
        });
        cloned(page(about.map(|item| (item.0, item)).collect(), paging))
    }

    /// A page of a company's callback log.
    #[must_use]
    pub fn deliveries(
        &self,
        company: &CompanyId,
        filter: &DeliveryFilter,
        paging: Paging,
    ) -> Page<(Uuid, HistoryEntry)> {
        let mut all: Vec<_> = partitions_of(company).flat_map(|of| self.of_partition(of)).collect();
        all.sort_by_key(|(id, _)| *id);
        let wanted = all.into_iter().filter(|(_, entry)| match &entry.action {
            Action::CallbackTried(delivery) | Action::CallbackTested(delivery) => {
                filter.token.is_none_or(|token| entry.token == token)
                    && (!filter.error_only || delivery.outcome.is_err())
                    && filter.start.is_none_or(|start| delivery.at >= start)
                    && filter.end.is_none_or(|end| delivery.at <= end)
            }
            _ => false,
        });
        cloned(page(wanted.map(|item| (item.0, item)).collect(), paging))
    }

    /// One entry of a company's callback log.
    #[must_use]
    pub fn delivery(&self, company: &CompanyId, id: Uuid) -> Option<HistoryEntry> {
        let sort = format!("ENTRY#{id}");
        let kept = partitions_of(company).find_map(|of| self.entries.get(&(of, sort.clone())))?;
        Some(kept.owed.entry.clone())
    }

    fn of_partition(&self, partition: String) -> impl Iterator<Item = (Uuid, &HistoryEntry)> {
        self.entries
            .range((partition.clone(), String::new())..)
            .take_while(move |((own, _), _)| *own == partition)
            .map(|(_, kept)| (kept.owed.id, &kept.owed.entry))
    }
}

/// The partitions of a company's callback log.
fn partitions_of(company: &CompanyId) -> impl Iterator<Item = String> {
    let suffixes = (0..SUFFIXES).flat_map(|suffix| [false, true].map(|failed| (suffix, failed)));
    suffixes.map(move |(suffix, failed)| callbacks_of(company, suffix, failed))
}

fn cloned(page: Page<(Uuid, &HistoryEntry)>) -> Page<(Uuid, HistoryEntry)> {
    let shown = |entry: &HistoryEntry| HistoryEntry {
        request_token: None,
        mail: None,
        addresses: None,
        ..entry.clone()
    };
    let items = page.items.into_iter().map(|(id, entry)| (id, shown(entry))).collect();
    Page { items, next: page.next }
}
