//! Summaries of a company's tokens: what an overview and the filters by what needs attention read.

use async_trait::async_trait;
use keyturn_domain::Timestamp;
use keyturn_domain::ids::{CompanyId, TokenId};
use keyturn_domain::summary::TokenSummary;

use super::{Page, Paging, PortError, TokenFilter};

/// Which tokens are summed up.
pub struct SummaryFilter<'a> {
    /// By what the list knows.
    pub listed: TokenFilter,
    /// Without those that ended before.
    pub not_ended_before: Timestamp,
    /// By the summary and the last use.
    pub wanted: &'a (dyn Fn(&TokenSummary, Option<Timestamp>) -> bool + Send + Sync),
}

/// A token and when it was last used.
pub type Seen = (TokenSummary, Option<Timestamp>);

/// Reads summaries.
#[async_trait]
pub trait TokenSummaries: Send + Sync {
    /// How many entries of the list a request looks at, at most.
    fn budget(&self) -> usize;

    /// A page of a company's tokens that match.
    async fn summaries(
        &self,
        company: &CompanyId,
        filter: &SummaryFilter<'_>,
        paging: Paging,
        now: Timestamp,
    ) -> Result<Page<Seen>, PortError>;

    /// These tokens, of any company, in the order of the given ids; without those that don't exist.
    async fn summaries_of(&self, ids: &[TokenId]) -> Result<Vec<Seen>, PortError>;
}
