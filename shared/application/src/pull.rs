//! Renewal by pull: a token fetches its own successor.

use std::net::IpAddr;
use std::sync::Arc;

use keyturn_domain::credential::Credential;
use keyturn_domain::history::{Actor, Handover};
use keyturn_domain::ids::TokenId;
use keyturn_domain::pull::{self, PullOutcome};
use keyturn_domain::redemption;
use keyturn_domain::refusal::{Conflict, Refusal};
use keyturn_domain::rules::Rules;
use keyturn_domain::secret::SecretString;
use keyturn_domain::source::Requester;
use keyturn_domain::token::Token;

use crate::context::Context;
use crate::failure::Failure;
use crate::ports::{Commit, TokenStore};
use crate::retry::{Attempt, until_committed};
use crate::secret_vault::SecretVault;

/// Hands successors over to the tokens that fetch them.
pub struct Pull {
    /// Where tokens are kept.
    pub tokens: Arc<dyn TokenStore>,
    /// Creates and opens secrets.
    pub vault: SecretVault,
    /// The deployment's parameters.
    pub rules: Rules,
    /// Time and randomness.
    pub context: Context,
}

impl Pull {
    /// The successor's token string; the same one for as long as the caller's token is valid. `read` is the caller's token if it
    /// was read just now. `address` is the caller's source address, if it is known.
    pub async fn run(
        &self,
        caller: &Credential,
        mut read: Option<Token>,
        address: Option<IpAddr>,
    ) -> Result<SecretString, Failure> {
        let by = Requester { actor: Actor::Token(caller.id), address };
        until_committed(|| self.attempt(caller, by.clone(), read.take())).await
    }

    async fn attempt(
        &self,
        caller: &Credential,
        by: Requester,
        read: Option<Token>,
    ) -> Result<Attempt<SecretString>, Failure> {
        let token =
            self.tokens.token_unless_read(caller.id, read).await?.ok_or(Refusal::NotFound("token"))?;
        match pull::evaluate(&token, self.context.now())? {
            PullOutcome::NewSuccessor => self.create_successor(by, &token).await,
            PullOutcome::SameSuccessor(successor) => self.hand_over(by, &token, successor).await,
        }
    }

    async fn create_successor(&self, by: Requester, token: &Token) -> Result<Attempt<SecretString>, Failure> {
        let (string, fresh) = self.vault.token_string(&token.company).await?;
        let change = pull::pull(token, fresh, &self.rules, by, self.context.now());
        let commit = Commit::new(change, &self.context);
        Attempt::of(self.tokens.commit(&commit).await.map(|()| string))
    }

    /// The string of a successor that exists already. The handover is recorded before the string is returned.
    async fn hand_over(
        &self,
        by: Requester,
        token: &Token,
        successor: TokenId,
    ) -> Result<Attempt<SecretString>, Failure> {
        let string = self.string_of(successor).await?;
        let now = self.context.now();
        let change = redemption::handed_over(token, successor, (Handover::Pull, true), by, now);
        let commit = Commit::new(change, &self.context);
        Attempt::of(self.tokens.commit(&commit).await.map(|()| string))
    }

    async fn string_of(&self, successor: TokenId) -> Result<SecretString, Failure> {
        let ended = || Refusal::Conflict(Conflict::SuccessorEnded);
        let token = self.tokens.token(successor).await?.filter(|token| token.is_active(self.context.now()));
        let string = self.vault.open_token_string(&token.ok_or_else(ended)?).await?;
        Ok(string.ok_or_else(ended)?)
    }
}
