//! The key with which a GitLab instance reports. The deployment knows its hash only.

use keyturn_domain::authorization;
use keyturn_domain::secret::SecretHash;
use keyturn_environment::{ConfigurationError, Environment};
use sha2::{Digest as _, Sha256};

const PARAMETER: &str = "KEYTURN_GITLAB_KEY_SHA256";

/// SHA-256 of the key.
pub(crate) struct GitLabKey(SecretHash);

impl GitLabKey {
    /// The key of the deployment, if it has one.
    pub(crate) fn from_environment(environment: &Environment) -> Result<Option<Self>, ConfigurationError> {
        let Some(text) = environment.optional(PARAMETER) else { return Ok(None) };
        let mut hash = [0; 32];
        hex::decode_to_slice(text, &mut hash)
            .map_err(|_| ConfigurationError::new(PARAMETER, "must be a SHA-256 in 64 hexadecimal digits"))?;
        Ok(Some(Self(SecretHash::from_bytes(hash))))
    }

    /// Whether this is the key, alone or as a bearer token.
    pub(crate) fn is_of(&self, header: Option<&str>) -> bool {
        let key = header.map(|header| authorization::bearer(header).unwrap_or(header));
        key.is_some_and(|key| self.0 == SecretHash::from_bytes(Sha256::digest(key).into()))
    }
}
