//! Seals with a key in AWS KMS: the key never leaves it, every use is in its audit log, and the key policy controls access.

#[cfg(test)]
mod fake;
#[cfg(test)]
mod tests;

use std::error::Error;
use std::fmt::Debug;

use async_trait::async_trait;
use aws_sdk_kms::Client;
use aws_sdk_kms::error::SdkError;
use aws_sdk_kms::primitives::Blob;
use keyturn_application::ports::{PortError, SealContext, Sealer};
use keyturn_domain::secret::Sealed;

use crate::binding::encryption_context;
use crate::local::text;

/// Seals with a symmetric key in KMS.
pub struct KmsSealer {
    client: Client,
    key: String,
}

impl KmsSealer {
    /// Seals with this key: its id, its ARN or an alias.
    #[must_use]
    pub const fn new(client: Client, key: String) -> Self {
        Self { client, key }
    }
}

#[async_trait]
impl Sealer for KmsSealer {
    async fn seal(&self, context: &SealContext, text: &str) -> Result<Sealed, PortError> {
        let request = self
            .client
            .encrypt()
            .key_id(&self.key)
            .plaintext(Blob::new(text))
            .set_encryption_context(Some(encryption_context(context)));
        let answer = request.send().await.map_err(|error| failure("KMS did not encrypt", error))?;
        let ciphertext =
            answer.ciphertext_blob.ok_or(PortError::bare("KMS answered without a ciphertext"))?;
        Ok(Sealed::new(ciphertext.into_inner()))
    }

    /// Names the key, so that a ciphertext made with another key is refused.
    async fn open(&self, context: &SealContext, sealed: &Sealed) -> Result<String, PortError> {
        let request = self
            .client
            .decrypt()
            .key_id(&self.key)
            .ciphertext_blob(Blob::new(sealed.as_bytes()))
            .set_encryption_context(Some(encryption_context(context)));
        let answer = request.send().await.map_err(|error| failure("KMS did not decrypt", error))?;
        let plaintext = answer.plaintext.ok_or(PortError::bare("KMS answered without a plaintext"))?;
        text(plaintext.into_inner())
    }
}

/// The cause without the raw response, which SDK errors contain and which may hold a plaintext.
fn failure<E, R>(what: &'static str, error: SdkError<E, R>) -> PortError
where
    E: Error + Send + Sync + 'static,
    R: Debug + Send + Sync + 'static,
{
    match error {
        SdkError::ServiceError(error) => PortError::new(what, error.into_err()),
        SdkError::ResponseError(_) => PortError::new(what, "the response could not be parsed"),
        other => PortError::new(what, other),
    }
}
