#![doc = include_str!("../README.md")]

mod caller;
#[cfg(feature = "tower")]
mod layer;
mod read_only;
#[cfg(feature = "remote")]
mod remote;

use std::net::IpAddr;
use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use keyturn_application::authenticate;
use keyturn_application::ports::CredentialStore;
use keyturn_domain::access;
use keyturn_dynamodb::Credentials;

pub use caller::{Caller, Verify};
pub use keyturn_application::PortError;
pub use keyturn_application::authenticate::VerifyError;
pub use keyturn_domain::Timestamp;
pub use keyturn_domain::access::Denied;
pub use keyturn_domain::authorization::{TOKEN_HEADER, bearer, token_string as presented};
pub use keyturn_domain::credential::{Credential, Ended};
pub use keyturn_domain::ids::{CompanyId, TokenId};
pub use keyturn_domain::settings::Rights;
#[cfg(feature = "tower")]
pub use layer::{Protected, RequireToken};
#[cfg(feature = "remote")]
pub use remote::RemoteVerifier;

/// Verifies tokens. Create one per process: it holds the connections to DynamoDB.
#[derive(Clone)]
pub struct Verifier {
    credentials: Arc<dyn CredentialStore>,
}

impl Verifier {
    /// Verifies against the deployment's table with `GetItem` alone: uses of tokens are not recorded.
    #[must_use]
    pub fn read_only(client: Client, table: impl Into<String>) -> Self {
        Self::over(Arc::new(read_only::ReadOnly(Credentials::new(client, table.into()))))
    }

    /// Verifies against the deployment's table and records the use of a token once an hour.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self::over(Arc::new(Credentials::new(client, table.into())))
    }

    /// Verifies against any store of credentials.
    #[must_use]
    pub fn over(credentials: Arc<dyn CredentialStore>) -> Self {
        Self { credentials }
    }

    /// Resolves the credential for a token string, if the token is valid now.
    ///
    /// # Errors
    /// [`Denied::Unauthenticated`] or [`Denied::Ended`], which a service answers with 401; [`VerifyError::Unavailable`] if
    /// the store is unreachable.
    pub async fn verify(&self, string: Option<&str>, now: Timestamp) -> Result<Credential, VerifyError> {
        self.verify_from(string, None, now).await
    }

    /// The same for a caller at this source address, which is recorded with the use: it says where a leaked string was last
    /// used from.
    ///
    /// # Errors
    /// As [`Verifier::verify`].
    pub async fn verify_from(
        &self,
        string: Option<&str>,
        from: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<Credential, VerifyError> {
        authenticate::verify(self.credentials.as_ref(), string, from, now).await
    }

    /// Like [`Verifier::verify`], and requires that the token includes the application and the rights.
    ///
    /// # Errors
    /// As [`Verifier::verify`], and [`Denied::ApplicationMissing`] or [`Denied::ReadOnly`], which a service answers with
    /// 403.
    pub async fn authorize(
        &self,
        string: Option<&str>,
        application: &str,
        needed: Rights,
        now: Timestamp,
    ) -> Result<Credential, VerifyError> {
        let caller = self.verify(string, now).await?;
        access::permit_use(&caller, application, needed)?;
        Ok(caller)
    }

    /// Opens the connection to DynamoDB ahead of the first verification. Costs one read unit.
    pub async fn warm_up(&self) {
        authenticate::warm_up(self.credentials.as_ref()).await;
    }
}

/// The rights that an HTTP method requires: `GET`, `HEAD` and `OPTIONS` read, every other method writes.
#[must_use]
pub fn rights_for(method: &str) -> Rights {
    match method {
        "GET" | "HEAD" | "OPTIONS" => Rights::Read,
        _ => Rights::ReadWrite,
    }
}
