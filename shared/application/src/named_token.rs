//! A token that a request names by its id.

use keyturn_domain::credential::Credential;
use keyturn_domain::ids::TokenId;
use keyturn_domain::token::Token;

use crate::ports::{PortError, TokenStore};

/// A token that a request names, with what the call that authenticated the caller read of it.
#[derive(Clone)]
pub struct NamedToken {
    id: TokenId,
    read: Option<Stored>,
}

/// The record and the credential, each if it exists.
type Stored = (Option<Token>, Option<Credential>);

impl From<TokenId> for NamedToken {
    fn from(id: TokenId) -> Self {
        Self { id, read: None }
    }
}

impl NamedToken {
    pub(crate) const fn read(id: TokenId, stored: Stored) -> Self {
        Self { id, read: Some(stored) }
    }

    /// What is stored of it. Read now, unless it was read with the caller.
    pub(crate) async fn stored(self, tokens: &dyn TokenStore) -> Result<Stored, PortError> {
        match self.read {
            Some(stored) => Ok(stored),
            None => tokens.token_and_credential(self.id, self.id).await,
        }
    }
}
