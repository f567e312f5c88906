//! Deactivates a token for good.

use std::sync::Arc;

use keyturn_domain::access;
use keyturn_domain::credential::Credential;
use keyturn_domain::effect::Actor;
use keyturn_domain::ids::TokenId;
use keyturn_domain::lifecycle;
use keyturn_domain::token::Token;

use crate::edge::Edge;
use crate::failure::Failure;
use crate::get_token::Seen;
use crate::ports::{Commit, CredentialStore, TokenStore};
use crate::retry::{Attempt, until_committed};

/// Deactivates tokens of the caller's company.
pub struct DeactivateToken {
    /// Where tokens are kept.
    pub tokens: Arc<dyn TokenStore>,
    /// Where their last use is kept.
    pub credentials: Arc<dyn CredentialStore>,
    /// Time and randomness.
    pub edge: Edge,
}

impl DeactivateToken {
    /// The token, deactivated, whether now or before.
    pub async fn run(&self, caller: &Credential, id: TokenId) -> Result<Seen, Failure> {
        let token = until_committed(|| self.attempt(caller, id)).await?;
        Seen::of(token, self.credentials.as_ref()).await
    }

    async fn attempt(&self, caller: &Credential, id: TokenId) -> Result<Attempt<Token>, Failure> {
        let token = access::visible(caller, self.tokens.token(id).await?)?;
        let now = self.edge.now();
        let Some(change) = lifecycle::deactivate(&token, Actor::Token(caller.id), now) else {
            return Ok(Attempt::Done(token));
        };
        let deactivated = change.tokens[0].clone();
        let commit = Commit { change, entry_id: self.edge.fresh_id(), entry_due: now, founding: None };
        Attempt::of(self.tokens.commit(&commit).await, deactivated)
    }
}
