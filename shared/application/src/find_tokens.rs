//! Finds tokens by what needs attention, by the day of their renewal, or by the mass renewal that waits for them.

use std::sync::Arc;

use chrono::NaiveDate;
use keyturn_domain::Timestamp;
use keyturn_domain::caller::Caller;
use keyturn_domain::limits;
use keyturn_domain::mass_renewal::MassRenewalId;
use keyturn_domain::overview::{self, Attention};
use keyturn_domain::summary::TokenSummary;

use crate::failure::Failure;
use crate::ports::{Page, Paging, Seen, SummaryFilter, TokenFilter, TokenSummaries};

/// Finds tokens of the caller's company.
pub struct FindTokens {
    /// Where tokens are read.
    pub summaries: Arc<dyn TokenSummaries>,
}

/// What is looked for besides what the list filters by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// Only of this kind.
    pub attention: Option<Attention>,
    /// Only those whose renewal is due on this day, in UTC.
    pub renews_on: Option<NaiveDate>,
    /// Only those that this mass renewal started and that have not been renewed.
    pub outstanding_of: Option<MassRenewalId>,
}

impl Search {
    /// Whether nothing is looked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a token is one of those.
    #[must_use]
    pub fn finds(&self, token: &TokenSummary, used: Option<Timestamp>, now: Timestamp) -> bool {
        self.attention.is_none_or(|kind| kind.since(token, used, now).is_some())
            && self
                .renews_on
                .is_none_or(|day| overview::upcoming(token, now).is_some_and(|at| at.date_naive() == day))
            && self.outstanding_of.is_none_or(|id| token.mass_renewal == Some(id) && token.is_current(now))
    }
}

impl FindTokens {
    /// A page of tokens. A summary of each that might be one is read, within the budget of a list.
    pub async fn run(
        &self,
        caller: &Caller,
        listed: TokenFilter,
        search: Search,
        paging: Paging,
        now: Timestamp,
    ) -> Result<Page<Seen>, Failure> {
        let wanted = |token: &TokenSummary, used| search.finds(token, used, now);
        let not_ended_before = match search.attention {
            Some(Attention::OverlapInUse) => now - limits::CUT_OFF_SHOWN,
            _ => now,
        };
        let filter = SummaryFilter { listed, not_ended_before, wanted: &wanted };
        Ok(self.summaries.summaries(caller.company(), &filter, paging, now).await?)
    }
}
