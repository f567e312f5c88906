//! Authentication: a token string in, its credential out; one read, and at most one write an hour.

use std::sync::Arc;

use keyturn_domain::credential::Credential;
use keyturn_domain::refusal::Refusal;
use keyturn_domain::secret::{Kind, SecretString};

use crate::edge::Edge;
use crate::failure::Failure;
use crate::ports::CredentialStore;

/// Finds out who calls.
#[derive(Clone)]
pub struct Authenticate {
    credentials: Arc<dyn CredentialStore>,
    edge: Edge,
}

impl Authenticate {
    /// Authenticates against this store.
    #[must_use]
    pub fn new(credentials: Arc<dyn CredentialStore>, edge: Edge) -> Self {
        Self { credentials, edge }
    }

    /// The caller, if the string is right and the token is good. A string with a wrong checksum costs no read.
    pub async fn run(&self, string: Option<&str>) -> Result<Credential, Failure> {
        let string = string
            .and_then(|text| SecretString::parse(Kind::Token, text).ok())
            .ok_or(Refusal::Unauthenticated)?;
        let credential = self
            .credentials
            .credential(string.id())
            .await?
            .filter(|credential| credential.hash == string.hash())
            .ok_or(Refusal::Unauthenticated)?;
        let now = self.edge.now();
        credential.check(now).map_err(Refusal::Ended)?;
        if credential.use_is_news(now) {
            self.credentials.note_use(credential.id, now).await?;
        }
        Ok(credential)
    }
}
