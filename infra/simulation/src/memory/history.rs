//! History: a token's activities, a company's callback log, and past request tokens.

use keyturn_application::ports::{DeliveryFilter, Paging};
use keyturn_domain::history::{Action, Handover, HistoryEntry};
use keyturn_domain::ids::{CompanyId, TokenId};
use keyturn_domain::secret::SecretHash;
use keyturn_domain::token::Token;
use uuid::Uuid;

use super::list::page;
use super::{Memory, callbacks_of, series_of};

impl Memory {
    /// Whether this is a past or present request token of the series.
    #[must_use]
    pub fn was_issued(&self, series: TokenId, hash: &SecretHash) -> bool {
        self.of_partition(series_of(series)).any(|(_, entry)| {
            matches!(
                &entry.action,
                Action::RenewalRequested { hash: issued, .. } | Action::TestRequested { hash: issued }
                    if issued == hash
            )
        })
    }

    /// Whether this request token of a test callback has been redeemed.
    #[must_use]
    pub fn was_handed_over(&self, series: TokenId, hash: &SecretHash) -> bool {
        self.of_partition(series_of(series)).any(|(_, entry)| {
            matches!(&entry.action, Action::HandedOver { how: Handover::Test { hash: own }, .. } if own == hash)
        })
    }

    /// A page of a token's activities.
    #[must_use]
    pub fn activities(&self, token: &Token, paging: Paging) -> Vec<(Uuid, HistoryEntry)> {
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
    ) -> Vec<(Uuid, HistoryEntry)> {
        let all = self.of_partition(callbacks_of(company));
        let wanted = all.filter(|(_, entry)| match &entry.action {
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
        let kept = self.entries.get(&(callbacks_of(company), format!("ENTRY#{id}")))?;
        Some(kept.owed.entry.clone())
    }

    fn of_partition(&self, partition: String) -> impl Iterator<Item = (Uuid, &HistoryEntry)> {
        self.entries
            .range((partition.clone(), String::new())..)
            .take_while(move |((own, _), _)| *own == partition)
            .map(|(_, kept)| (kept.owed.id, &kept.owed.entry))
    }
}

fn cloned(page: Vec<(Uuid, &HistoryEntry)>) -> Vec<(Uuid, HistoryEntry)> {
    page.into_iter().map(|(id, entry)| (id, entry.clone())).collect()
}
