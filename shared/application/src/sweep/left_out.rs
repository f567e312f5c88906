//! The mutation of receivers that are left out; see `mutations.rs` of the domain.

use futures::future::join_all;
use keyturn_domain::delivery::{DeliveryReport, Failure, FailureClass};
use keyturn_domain::due::{self, Due};
use keyturn_domain::ids::TokenId;
use keyturn_domain::mutations::Mutation;
use keyturn_domain::renewal;

use super::Sweep;
use crate::ports::CommitError;

impl Sweep {
    /// If the mutation is enabled, counts a failed try of each of these tokens.
    pub(super) async fn spend_tries(&self, left_out: Vec<TokenId>) {
        if Mutation::LeftOutTriesSpent.is_enabled() {
            join_all(left_out.into_iter().map(|id| self.spend_try(id))).await;
        }
    }

    /// Without a second attempt: a mutation need not be reliable.
    async fn spend_try(&self, id: TokenId) -> Result<(), CommitError> {
        let Some(token) = self.tokens.token(id).await? else { return Ok(()) };
        let now = self.context.now();
        let change = match due::now(&token, now) {
            Some(Due::Issue) => self.issue(&token, now).await?.change,
            Some(Due::Try) => renewal::take_up_try(&token, now),
            _ => None,
        };
        let Some(change) = change else { return Ok(()) };
        let Some(token) = self.commit(change).await?.token else { return Ok(()) };
        let Some(tried) = &token.pending else { return Ok(()) };
        let outcome = Err(Failure { class: FailureClass::Timeout, status: None, retry_after: None });
        let report = DeliveryReport { at: now, duration_ms: 0, outcome };
        self.commit(renewal::record_delivery(&token, tried, report, 0, now)).await.map(|_| ())
    }
}
