//! Reads a token.

use std::sync::Arc;

use keyturn_domain::Timestamp;
use keyturn_domain::access;
use keyturn_domain::caller::Caller;
use keyturn_domain::credential::Credential;
use keyturn_domain::token::Token;

use crate::failure::Failure;
use crate::named_token::NamedToken;
use crate::ports::TokenStore;

/// Reads tokens of the caller's company.
pub struct GetToken {
    /// Where tokens are stored.
    pub tokens: Arc<dyn TokenStore>,
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
    #[must_use]
    pub fn new(token: Token, credential: Option<Credential>) -> Self {
        Self { token, last_used_at: credential.and_then(|credential| credential.last_used_at) }
    }
}

impl GetToken {
    /// A token and when it was last used.
    pub async fn run(&self, caller: &Caller, token: NamedToken) -> Result<TokenWithUse, Failure> {
        let (token, credential) = token.stored(self.tokens.as_ref()).await?;
        Ok(TokenWithUse::new(access::visible(caller, token)?, credential))
    }
}
