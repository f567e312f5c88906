//! Verifies API access tokens: for Keyturn's own authorizer, and for a service or Lambda function in Rust that would
//! rather check tokens itself than ask over HTTP.
//!
//! A verification is **one** strongly consistent `GetItem` of a record below 4 KB, which is one read unit, and nothing
//! else; once an hour per token, the use is noted with one conditional `UpdateItem`. A string that is no token string, or
//! has a mistyped character, is refused by its checksum without any call. Nothing is cached: a token that was deactivated
//! a moment ago is refused by the next call.
//!
//! What a role needs is `dynamodb:GetItem` and `dynamodb:UpdateItem` on the table, for keys that begin with
//! `CREDENTIAL#`. Without `UpdateItem` tokens are verified all the same, but Keyturn doesn't learn that they're in use,
//! and a warning is logged at each verification.
//!
//! ```no_run
//! use keyturn_verification::{Denied, Rights, Verifier, VerifyError};
//!
//! # async fn handle(client: aws_sdk_dynamodb::Client, header: Option<&str>, now: keyturn_verification::Timestamp) {
//! let verifier = Verifier::new(client, "keyturn-table");
//! let string = header.and_then(keyturn_verification::bearer);
//! match verifier.authorize(string, "ORDERS", Rights::Read, now).await {
//!     Ok(caller) => println!("{} of {}", caller.name.as_str(), caller.company),
//!     Err(VerifyError::Denied(Denied::Unauthenticated | Denied::Ended(_))) => println!("401"),
//!     Err(VerifyError::Denied(Denied::ApplicationMissing(_) | Denied::ReadOnly)) => println!("403"),
//!     Err(VerifyError::Unavailable(_)) => println!("503"),
//! }
//! # }
//! ```
//!
//! A whole service is in `examples/service.rs`.
//!
//! **Timing.** What is compared is SHA-256 of the string with the hash that is kept, in constant time. A caller who
//! guesses can't steer the hash of a guess, so even a comparison that stops at the first difference would say nothing
//! about the string; the constant time costs nothing and leaves nothing to argue about.

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use keyturn_application::authenticate;
use keyturn_application::ports::CredentialStore;
use keyturn_domain::access;
use keyturn_dynamodb::Credentials;

pub use keyturn_application::PortError;
pub use keyturn_application::authenticate::{TOKEN_HEADER, VerifyError, bearer, presented};
pub use keyturn_domain::Timestamp;
pub use keyturn_domain::access::Denied;
pub use keyturn_domain::credential::{Credential, Ended};
pub use keyturn_domain::settings::Rights;

/// Verifies tokens. Make one per process: it holds the connections to DynamoDB.
#[derive(Clone)]
pub struct Verifier {
    credentials: Arc<dyn CredentialStore>,
}

impl Verifier {
    /// Verifies against the deployment's table.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self::over(Arc::new(Credentials::new(client, table.into())))
    }

    /// Verifies against any store of credentials.
    #[must_use]
    pub fn over(credentials: Arc<dyn CredentialStore>) -> Self {
        Self { credentials }
    }

    /// Whose string this is, if it's the right one and its token is good now.
    ///
    /// # Errors
    /// [`Denied::Unauthenticated`] or [`Denied::Ended`], which a service answers with 401; or the store can't be asked.
    pub async fn verify(&self, string: Option<&str>, now: Timestamp) -> Result<Credential, VerifyError> {
        authenticate::verify(self.credentials.as_ref(), string, now).await
    }

    /// The same, and that the token is for this application and has the rights that the call needs.
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

    /// Opens the connection to DynamoDB, so that the first verification doesn't wait for it. Costs one read unit.
    pub async fn warm_up(&self) {
        authenticate::warm_up(self.credentials.as_ref()).await;
    }
}

/// What a call with this method needs: `GET`, `HEAD` and `OPTIONS` read, whatever else there is writes.
#[must_use]
pub fn rights_for(method: &str) -> Rights {
    match method {
        "GET" | "HEAD" | "OPTIONS" => Rights::Read,
        _ => Rights::ReadWrite,
    }
}
