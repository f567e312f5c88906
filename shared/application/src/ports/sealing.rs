//! Sealing of strings, and what each is sealed for.

use async_trait::async_trait;
use keyturn_domain::ids::{CompanyId, TokenId};
use keyturn_domain::secret::Sealed;

use super::PortError;

/// The encryption context of a sealed string: it opens with no other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealContext {
    /// The company that it belongs to.
    pub company: CompanyId,
    /// The token that it belongs to; the series, for a signing secret; the session, for a refresh token.
    pub token: TokenId,
    /// What it's for.
    pub purpose: Purpose,
}

/// What a sealed string is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A token string.
    TokenString,
    /// A request token.
    RequestToken,
    /// A callback's signing secret.
    SigningSecret,
    /// The answer to a request with an idempotency key.
    SavedAnswer,
    /// The secret that authenticates this deployment to an identity provider.
    ClientSecret,
    /// A session's refresh token.
    RefreshToken,
}

impl Purpose {
    /// The value in the encryption context.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TokenString => "token-string",
            Self::RequestToken => "request-token",
            Self::SigningSecret => "signing-secret",
            Self::SavedAnswer => "saved-answer",
            Self::ClientSecret => "client-secret",
            Self::RefreshToken => "refresh-token",
        }
    }
}

/// Bytes of the longest string that can be sealed: what
/// [KMS](https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html) encrypts.
pub const SEALABLE_BYTES: usize = 4_096;

/// Seals strings with authenticated encryption, and opens them.
#[async_trait]
pub trait Sealer: Send + Sync {
    /// Encrypts a string of at most [`SEALABLE_BYTES`] for its context.
    async fn seal(&self, context: &SealContext, text: &str) -> Result<Sealed, PortError>;

    /// Decrypts a string that was sealed with the same context; anything else is an error.
    async fn open(&self, context: &SealContext, sealed: &Sealed) -> Result<String, PortError>;
}
