//! Changes of one token: read, decide and commit, repeated until the commit succeeds.

use std::sync::Arc;

use keyturn_domain::Timestamp;
use keyturn_domain::access;
use keyturn_domain::caller::Caller;
use keyturn_domain::change::Change;
use keyturn_domain::ids::TokenId;
use keyturn_domain::refusal::Refusal;
use keyturn_domain::token::Token;

use crate::context::Context;
use crate::failure::Failure;
use crate::get_token::TokenWithUse;
use crate::idempotency::Idempotent;
use crate::ports::{Commit, CredentialStore, TokenStore};
use crate::retry::{Attempt, until_committed};

/// Changes tokens of the caller's company.
#[derive(Clone)]
pub struct ChangeToken {
    /// Where tokens are kept.
    pub tokens: Arc<dyn TokenStore>,
    /// Where their last use is kept.
    pub credentials: Arc<dyn CredentialStore>,
    /// Time and randomness.
    pub context: Context,
}

/// A decision: the change to write, if any.
pub type Decision = Result<Option<Change>, Refusal>;

impl ChangeToken {
    /// Reads the token to be changed.
    pub async fn read(&self, caller: &Caller, id: TokenId) -> Result<Token, Failure> {
        Ok(access::changeable(caller, self.tokens.token(id).await?)?)
    }

    /// Decides and commits. Returns the token after the change, or unchanged if there is nothing to write.
    pub async fn run(
        &self,
        caller: &Caller,
        id: TokenId,
        decide: impl Fn(&Token, Timestamp) -> Decision + Sync,
    ) -> Result<Token, Failure> {
        let change = self.commit(caller, id, &decide, None).await?;
        change.tokens.into_iter().next().ok_or_else(|| Refusal::NotFound("token").into())
    }

    /// The same with the token's last use.
    pub async fn seen(
        &self,
        caller: &Caller,
        id: TokenId,
        decide: impl Fn(&Token, Timestamp) -> Decision + Sync,
    ) -> Result<TokenWithUse, Failure> {
        let token = self.run(caller, id, decide).await?;
        TokenWithUse::of(token, self.credentials.as_ref()).await
    }

    /// Decides and commits, with the response to be saved for repeats of the request. Without a change, the result holds the
    /// unchanged token.
    pub(crate) async fn commit(
        &self,
        caller: &Caller,
        id: TokenId,
        decide: &(impl Fn(&Token, Timestamp) -> Decision + Sync),
        idempotent: Option<&Idempotent<'_>>,
    ) -> Result<Change, Failure> {
        until_committed(|| self.attempt(caller, id, decide, idempotent)).await
    }

    async fn attempt(
        &self,
        caller: &Caller,
        id: TokenId,
        decide: &(impl Fn(&Token, Timestamp) -> Decision + Sync),
        idempotent: Option<&Idempotent<'_>>,
    ) -> Result<Attempt<Change>, Failure> {
        let token = self.read(caller, id).await?;
        let Some(change) = decide(&token, self.context.now())? else {
            return Ok(Attempt::Done(Change { tokens: vec![token], replaced: Vec::new(), entry: None }));
        };
        let mut commit = Commit::new(change, &self.context);
        if let Some(idempotent) = idempotent {
            commit.answer = Some(idempotent.answer_to(&commit.change).await?);
        }
        let result = self.tokens.commit(&commit).await;
        Attempt::of(result.map(|()| commit.change))
    }
}
