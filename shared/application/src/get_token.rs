//! Reads a token.

use std::sync::Arc;

use keyturn_domain::Timestamp;
use keyturn_domain::access;
use keyturn_domain::caller::Caller;
use keyturn_domain::ids::TokenId;
use keyturn_domain::token::Token;

use crate::failure::Failure;
use crate::ports::{CredentialStore, TokenStore};

/// Reads tokens of the caller's company.
pub struct GetToken {
    /// Where tokens are stored.
    pub tokens: Arc<dyn TokenStore>,
    /// Where their last use is stored.
    pub credentials: Arc<dyn CredentialStore>,
}

/// A token and its last use.
pub struct TokenWithUse {
    /// The record.
    pub token: Token,
    /// When its string was last used.
    pub last_used_at: Option<Timestamp>,
}

impl TokenWithUse {
    /// A token joined with its last use.
    pub(crate) async fn of(token: Token, credentials: &dyn CredentialStore) -> Result<Self, Failure> {
        let credential = credentials.credential(token.id).await?;
        Ok(Self { token, last_used_at: credential.and_then(|credential| credential.last_used_at) })
    }
}

impl GetToken {
    /// A token and when it was last used.
    pub async fn run(&self, caller: &Caller, id: TokenId) -> Result<TokenWithUse, Failure> {
        let token = access::visible(caller, self.tokens.token(id).await?)?;
        TokenWithUse::of(token, self.credentials.as_ref()).await
    }
}
