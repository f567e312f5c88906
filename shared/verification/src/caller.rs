//! Who calls, as every kind of verifier knows it.

use std::collections::BTreeSet;

use async_trait::async_trait;
use keyturn_application::authenticate::VerifyError;
use keyturn_domain::Timestamp;
use keyturn_domain::access::Denied;
use keyturn_domain::credential::Credential;
use keyturn_domain::ids::{CompanyId, TokenId};
use keyturn_domain::settings::Rights;

use crate::Verifier;

/// The token behind a request. Fields may be added.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Caller {
    /// The token's id. A renewal changes it.
    pub token: TokenId,
    /// The series: the same through all renewals, and so what to key an integration on.
    pub series: TokenId,
    /// The company that the token belongs to.
    pub company: CompanyId,
    /// The token's name; not known to a remote verifier.
    pub name: Option<String>,
    /// Its rights.
    pub rights: Rights,
    /// The applications that it includes.
    pub applications: BTreeSet<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// When it renews itself.
    pub renews_at: Option<Timestamp>,
}

impl Caller {
    /// Whether the token may use an application with these rights.
    ///
    /// # Errors
    /// [`Denied::ApplicationMissing`] or [`Denied::ReadOnly`], which a service answers with 403.
    pub fn permit(&self, application: &str, needed: Rights) -> Result<(), Denied> {
        if !self.applications.contains(application) {
            return Err(Denied::ApplicationMissing(application.to_owned()));
        }
        self.permit_rights(needed)
    }

    /// Whether the token has these rights.
    pub(crate) fn permit_rights(&self, needed: Rights) -> Result<(), Denied> {
        match (needed, self.rights) {
            (Rights::ReadWrite, Rights::Read) => Err(Denied::ReadOnly),
            (Rights::Read, _) | (Rights::ReadWrite, Rights::ReadWrite) => Ok(()),
        }
    }
}

impl From<Credential> for Caller {
    fn from(credential: Credential) -> Self {
        Self {
            token: credential.id,
            series: credential.series,
            company: credential.company,
            name: Some(credential.name.as_str().to_owned()),
            rights: credential.rights,
            applications: credential.applications.names().map(ToString::to_string).collect(),
            created_at: credential.created_at,
            expires_at: credential.expires_at,
            renews_at: credential.renewal.map(|plan| plan.at),
        }
    }
}

/// Anything that resolves the caller for a token string.
#[async_trait]
pub trait Verify: Send + Sync {
    /// Resolves the caller, if the token is valid now.
    ///
    /// # Errors
    /// [`Denied::Unauthenticated`] or [`Denied::Ended`], which a service answers with 401; [`VerifyError::Unavailable`] if
    /// nobody could be asked, which it answers with 503.
    async fn caller(&self, string: Option<&str>, now: Timestamp) -> Result<Caller, VerifyError>;
}

#[async_trait]
impl Verify for Verifier {
    async fn caller(&self, string: Option<&str>, now: Timestamp) -> Result<Caller, VerifyError> {
        self.verify(string, now).await.map(Caller::from)
    }
}
