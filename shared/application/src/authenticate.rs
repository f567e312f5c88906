//! Authentication: a token string in, its credential out; one read, and at most one write an hour.

use std::sync::Arc;

use keyturn_domain::Timestamp;
use keyturn_domain::access::{self, Denied};
use keyturn_domain::credential::Credential;
use keyturn_domain::ids::TokenId;
use keyturn_domain::refusal::Refusal;
use keyturn_domain::secret::{Kind, SecretString};
use uuid::Uuid;

use crate::context::Context;
use crate::failure::Failure;
use crate::ports::{CredentialStore, PortError};

/// The reference system's header for a token string.
pub const TOKEN_HEADER: &str = "x-plenigo-token";

/// Why a string was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The rules say no.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The store could not be asked, so nobody knows.
    #[error(transparent)]
    Unavailable(#[from] PortError),
}

impl From<VerifyError> for Failure {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Denied(denied) => Self::Refused(Refusal::from(denied)),
            VerifyError::Unavailable(error) => Self::Broken(error),
        }
    }
}

/// The token string in a request's headers: as a bearer token, or in the reference system's header. `header` looks one
/// up by its name in lower case.
pub fn presented<'a>(header: impl Fn(&str) -> Option<&'a str>) -> Option<&'a str> {
    header("authorization").and_then(bearer).or_else(|| header(TOKEN_HEADER).map(str::trim))
}

/// The string in the value of an `Authorization` header.
#[must_use]
pub fn bearer(value: &str) -> Option<&str> {
    let (scheme, string) = value.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| string.trim())
}

/// Whose string this is, if it's the right one and its token is good now. A string with a wrong checksum costs no read.
///
/// That the use could not be noted is no reason to lock anybody out; the next use tries again.
pub async fn verify(
    credentials: &dyn CredentialStore,
    string: Option<&str>,
    now: Timestamp,
) -> Result<Credential, VerifyError> {
    let string =
        string.and_then(|text| SecretString::parse(Kind::Token, text).ok()).ok_or(Denied::Unauthenticated)?;
    let stored = credentials.credential(string.id()).await?;
    let credential = access::verify(stored, &string, now)?;
    if credential.should_record_use(now)
        && let Err(error) = credentials.record_use(credential.id, now).await
    {
        tracing::warn!(token = %credential.id, error = &error as &dyn std::error::Error, "a use was not noted");
    }
    Ok(credential)
}

/// Looks for a token that no deployment has, so that the way to the store is open before the first request comes. Should
/// the store not answer, the first request will find out.
pub async fn warm_up(credentials: &dyn CredentialStore) {
    if let Err(error) = credentials.credential(TokenId::new(Uuid::nil())).await {
        tracing::warn!(error = &error as &dyn std::error::Error, "the store did not answer at the start");
    }
}

/// Finds out who calls.
#[derive(Clone)]
pub struct Authenticate {
    credentials: Arc<dyn CredentialStore>,
    context: Context,
}

impl Authenticate {
    /// Authenticates against this store.
    #[must_use]
    pub fn new(credentials: Arc<dyn CredentialStore>, context: Context) -> Self {
        Self { credentials, context }
    }

    /// The caller, if the string is right and the token is good.
    pub async fn run(&self, string: Option<&str>) -> Result<Credential, Failure> {
        Ok(verify(self.credentials.as_ref(), string, self.context.now()).await?)
    }

    /// Opens the way to the store before the first request comes.
    pub async fn warm_up(&self) {
        warm_up(self.credentials.as_ref()).await;
    }
}
