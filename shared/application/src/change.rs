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
use crate::named_token::NamedToken;
use crate::ports::{Commit, TokenStore};
use crate::retry::{Attempt, until_committed};

/// Changes tokens of the caller's company.
#[derive(Clone)]
pub struct ChangeToken {
    /// Where tokens are kept.
    pub tokens: Arc<dyn TokenStore>,
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

    /// The same with its last use.
    pub async fn read_with_use(&self, caller: &Caller, token: NamedToken) -> Result<TokenWithUse, Failure> {
        let (token, credential) = token.stored(self.tokens.as_ref()).await?;
        Ok(TokenWithUse::new(access::changeable(caller, token)?, credential))
    }

    /// Decides about a token that was just read, and commits. Returns the token after the change, or unchanged if there is
    /// nothing to write.
    pub async fn run(
        &self,
        caller: &Caller,
        token: Token,
        decide: impl Fn(&Token, Timestamp) -> Decision + Sync,
    ) -> Result<Token, Failure> {
        let change = self.commit(caller, token, &decide, None).await?;
        change.tokens.into_iter().next().ok_or_else(|| Refusal::NotFound("token").into())
    }

    /// The same with the token's last use.
    pub async fn seen(
        &self,
        caller: &Caller,
        read: TokenWithUse,
        decide: impl Fn(&Token, Timestamp) -> Decision + Sync,
    ) -> Result<TokenWithUse, Failure> {
        let TokenWithUse { token, last_used_at } = read;
        Ok(TokenWithUse { token: self.run(caller, token, decide).await?, last_used_at })
    }

    /// Decides and commits, with the response to be saved for repeats of the request. Without a change, the result holds the
    /// unchanged token. A token that was changed since it was read is read again.
    pub(crate) async fn commit(
        &self,
        caller: &Caller,
        token: Token,
        decide: &(impl Fn(&Token, Timestamp) -> Decision + Sync),
        idempotent: Option<&Idempotent<'_>>,
    ) -> Result<Change, Failure> {
        let (id, mut read) = (token.id, Some(token));
        until_committed(|| self.attempt(caller, (id, read.take()), decide, idempotent)).await
    }

    async fn attempt(
        &self,
        caller: &Caller,
        (id, read): (TokenId, Option<Token>),
        decide: &(impl Fn(&Token, Timestamp) -> Decision + Sync),
        idempotent: Option<&Idempotent<'_>>,
    ) -> Result<Attempt<Change>, Failure> {
        let token = access::changeable(caller, self.tokens.token_unless_read(id, read).await?)?;
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
