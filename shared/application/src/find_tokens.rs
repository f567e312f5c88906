//! Finds tokens by what needs attention, by the day of their renewal, by the mass renewal that waits for them, or by owner.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::NaiveDate;
use keyturn_domain::Timestamp;
use keyturn_domain::caller::Caller;
use keyturn_domain::limits;
use keyturn_domain::mass_renewal::MassRenewalId;
use keyturn_domain::overview::{self, Attention};
use keyturn_domain::person::PersonId;
use keyturn_domain::summary::TokenSummary;

use crate::failure::Failure;
use crate::people::who_cannot_sign_in;
use crate::ports::{Page, Paging, PersonStore, Seen, SummaryFilter, TokenFilter, TokenSummaries};

/// Finds tokens of the caller's company.
pub struct FindTokens {
    /// Where tokens are read.
    pub summaries: Arc<dyn TokenSummaries>,
    /// Where owners are looked up.
    pub people: Arc<dyn PersonStore>,
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
    /// Only those of this owner.
    pub owner: Option<PersonId>,
    /// Only those whose owner can't sign in any more.
    pub owner_cannot_sign_in: bool,
}

impl Search {
    /// Whether nothing is looked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a token is one of those. `locked_out` are the people who can't sign in.
    fn finds(
        &self,
        token: &TokenSummary,
        used: Option<Timestamp>,
        locked_out: &BTreeSet<PersonId>,
        now: Timestamp,
    ) -> bool {
        let owner = token.owner.as_ref().map(|owner| owner.id);
        self.attention.is_none_or(|kind| kind.since(token, used, now).is_some())
            && self
                .renews_on
                .is_none_or(|day| overview::upcoming(token, now).is_some_and(|at| at.date_naive() == day))
            && self.outstanding_of.is_none_or(|id| token.mass_renewal == Some(id) && token.is_current(now))
            && self.owner.is_none_or(|id| owner == Some(id))
            && (!self.owner_cannot_sign_in || owner.is_some_and(|id| locked_out.contains(&id)))
    }

    /// Tokens that ended before are none of those.
    fn not_ended_before(&self, now: Timestamp) -> Timestamp {
        match self.attention {
            Some(Attention::OverlapInUse) => now - limits::CUT_OFF_SHOWN,
            Some(_) => now,
            None if self.renews_on.is_some() || self.outstanding_of.is_some() => now,
            None => Timestamp::UNIX_EPOCH,
        }
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
        let mut locked_out = BTreeSet::new();
        if search.owner_cannot_sign_in {
            locked_out = who_cannot_sign_in(self.people.as_ref(), caller.company()).await?;
            if locked_out.is_empty() {
                return Ok(Page { items: Vec::new(), next: None });
            }
        }
        let wanted = |token: &TokenSummary, used| search.finds(token, used, &locked_out, now);
        let not_ended_before = search.not_ended_before(now);
        let filter = SummaryFilter { listed, not_ended_before, wanted: &wanted };
        Ok(self.summaries.summaries(caller.company(), &filter, paging, now).await?)
    }
}
