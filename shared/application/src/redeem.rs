//! Redemption of a request token.

use std::net::IpAddr;
use std::sync::Arc;

use keyturn_domain::access;
use keyturn_domain::change::Change;
use keyturn_domain::credential::Credential;
use keyturn_domain::history::{Actor, Handover};
use keyturn_domain::ids::TokenId;
use keyturn_domain::redemption::{self, RedemptionOutcome};
use keyturn_domain::refusal::{InvalidReason, Refusal};
use keyturn_domain::rules::Rules;
use keyturn_domain::secret::{Kind, SecretString};
use keyturn_domain::source::Requester;
use keyturn_domain::token::Token;

use crate::context::Context;
use crate::failure::Failure;
use crate::ports::{Commit, PortError, RequestTokenHistory, TokenStore};
use crate::retry::{Attempt, until_committed};
use crate::secret_vault::SecretVault;

/// Exchanges request tokens for successors' token strings.
pub struct Redeem {
    /// Where tokens are kept.
    pub tokens: Arc<dyn TokenStore>,
    /// Tells invalid request tokens from ones that were never issued, and repeats from first redemptions.
    pub history: Arc<dyn RequestTokenHistory>,
    /// Creates and opens secrets.
    pub vault: SecretVault,
    /// The deployment's parameters.
    pub rules: Rules,
    /// Time and randomness.
    pub context: Context,
}

impl Redeem {
    /// The token that a request token renews.
    #[must_use]
    pub fn renewed(request_token: &str) -> Option<TokenId> {
        SecretString::parse(Kind::Request, request_token).ok().map(|request_token| request_token.id())
    }

    /// The successor's token string; the same one for a repeat inside the window. `read` is the renewed token if it was read
    /// just now. `address` is the caller's source address, if it is known.
    pub async fn run(
        &self,
        caller: &Credential,
        request_token: &str,
        mut read: Option<Token>,
        address: Option<IpAddr>,
    ) -> Result<SecretString, Failure> {
        let by = Requester { actor: Actor::Token(caller.id), address };
        let request_token = SecretString::parse(Kind::Request, request_token).map_err(|_| unknown())?;
        until_committed(|| self.attempt(caller, by.clone(), &request_token, read.take())).await
    }

    async fn attempt(
        &self,
        caller: &Credential,
        by: Requester,
        request_token: &SecretString,
        read: Option<Token>,
    ) -> Result<Attempt<SecretString>, Failure> {
        let token = self.tokens.token_unless_read(request_token.id(), read).await?.ok_or_else(unknown)?;
        access::same_company(&caller.company, &token.company, "request token")?;
        access::permit_redemption(caller, &token)?;
        let hash = request_token.hash();
        match redemption::evaluate(&token, &hash, self.context.now()) {
            RedemptionOutcome::NewSuccessor => self.create_successor(by, &token).await,
            RedemptionOutcome::SameSuccessor(successor) => {
                let how = (Handover::Redemption, true);
                let change = redemption::handed_over(&token, successor, how, by, self.context.now());
                self.hand_over(successor, change).await
            }
            RedemptionOutcome::OwnString => {
                let repeat = self.history.was_handed_over(token.series, &hash).await?;
                let change = redemption::test_redeemed(&token, hash, repeat, by, self.context.now());
                self.hand_over(token.id, change).await
            }
            RedemptionOutcome::Nothing(reason) => Err(Refusal::Gone(reason).into()),
            RedemptionOutcome::Unknown if self.history.was_issued(token.series, &hash).await? => {
                Err(Refusal::Gone(InvalidReason::Replaced).into())
            }
            RedemptionOutcome::Unknown => Err(unknown().into()),
        }
    }

    async fn create_successor(&self, by: Requester, token: &Token) -> Result<Attempt<SecretString>, Failure> {
        let (string, fresh) = self.vault.token_string(&token.company).await?;
        let now = self.context.now();
        let change = redemption::redeem(token, fresh, &self.rules, by, now)
            .ok_or(PortError::bare("a valid request token is missing from the record"))?;
        let commit = Commit::new(change, &self.context);
        #[cfg(feature = "mutations")]
        let commit = match crate::mutations::commit_change_first(self.tokens.as_ref(), commit).await {
            Ok(rest) => rest,
            Err(error) => return Attempt::of(Err(error)),
        };
        Attempt::of(self.tokens.commit(&commit).await.map(|()| string))
    }

    /// The string of a token that exists already. The handover is recorded before the string is returned.
    async fn hand_over(&self, id: TokenId, change: Change) -> Result<Attempt<SecretString>, Failure> {
        let string = self.string_of(id).await?;
        let commit = Commit::new(change, &self.context);
        Attempt::of(self.tokens.commit(&commit).await.map(|()| string))
    }

    async fn string_of(&self, successor: TokenId) -> Result<SecretString, Failure> {
        let gone = || Refusal::Gone(InvalidReason::TokenEnded);
        let token = self.tokens.token(successor).await?.filter(|token| token.is_active(self.context.now()));
        let string = self.vault.open_token_string(&token.ok_or_else(gone)?).await?;
        Ok(string.ok_or_else(gone)?)
    }
}

const fn unknown() -> Refusal {
    Refusal::NotFound("request token")
}
