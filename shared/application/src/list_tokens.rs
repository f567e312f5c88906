//! Lists tokens.

use std::sync::Arc;

use keyturn_domain::Timestamp;
use keyturn_domain::caller::Caller;
use keyturn_domain::summary::TokenSummary;

use crate::context::Context;
use crate::failure::Failure;
use crate::ports::{Page, Paging, TokenFilter, TokenList};

/// Lists the caller's company's tokens.
pub struct ListTokens {
    /// Where tokens are listed.
    pub list: Arc<dyn TokenList>,
    /// The time, which decides whether a token is expired.
    pub context: Context,
}

impl ListTokens {
    /// A page of tokens with their last use, by their status at this time.
    pub async fn run(
        &self,
        caller: &Caller,
        filter: &TokenFilter,
        paging: Paging,
        now: Timestamp,
    ) -> Result<Page<(TokenSummary, Option<Timestamp>)>, Failure> {
        Ok(self.list.list(caller.company(), filter, paging, now).await?)
    }
}
