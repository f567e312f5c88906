//! The overview: what needs attention, and what was and will be renewed.

use std::sync::Arc;

use keyturn_domain::Timestamp;
use keyturn_domain::caller::Caller;
use keyturn_domain::limits;
use keyturn_domain::overview::Overview;
use uuid::Uuid;

use crate::failure::Failure;
use crate::ports::{Bound, Order, Paging, SummaryFilter, TokenFilter, TokenSummaries};

/// Looks at the caller's company's tokens.
pub struct GetOverview {
    /// Where tokens are read.
    pub summaries: Arc<dyn TokenSummaries>,
}

/// An overview of a part of the tokens.
pub struct PartialOverview {
    /// What was found.
    pub overview: Overview,
    /// The token after which the next part starts, if there may be more.
    pub next: Option<Uuid>,
}

impl GetOverview {
    /// Looks at a limited number of tokens, the newest first, after one if given.
    pub async fn run(
        &self,
        caller: &Caller,
        after: Option<Uuid>,
        now: Timestamp,
    ) -> Result<PartialOverview, Failure> {
        let paging = Paging {
            size: self.summaries.budget(),
            order: Order::Descending,
            bound: after.map(Bound::StartingAfter),
        };
        // Renewals of the last days are seen on the predecessors, which have ended since.
        let since = now - limits::OVERVIEW_DAYS;
        let any =
            SummaryFilter { listed: TokenFilter::default(), not_ended_before: since, wanted: &|_, _| true };
        let page = self.summaries.summaries(caller.company(), &any, paging, now).await?;
        let mut overview = Overview::default();
        page.items.iter().for_each(|(token, used)| overview.add(token, *used, now));
        let next = page.next.map(|(Bound::StartingAfter(id) | Bound::EndingBefore(id))| id);
        Ok(PartialOverview { overview, next })
    }
}
