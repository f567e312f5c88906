//! A store of credentials that is only read, for roles that may only read.

use async_trait::async_trait;
use keyturn_application::PortError;
use keyturn_application::ports::CredentialStore;
use keyturn_domain::credential::Credential;
use keyturn_domain::ids::TokenId;
use keyturn_domain::leak::LastUse;

/// Reads from this store and records no uses.
pub(crate) struct ReadOnly<S>(pub(crate) S);

#[async_trait]
impl<S: CredentialStore> CredentialStore for ReadOnly<S> {
    async fn credential(&self, id: TokenId) -> Result<Option<Credential>, PortError> {
        self.0.credential(id).await
    }

    async fn record_use(&self, _: TokenId, _: LastUse) -> Result<(), PortError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use keyturn_domain::Timestamp;

    use super::*;

    /// A store that cannot be written.
    struct Unwritable;

    #[async_trait]
    impl CredentialStore for Unwritable {
        async fn credential(&self, _: TokenId) -> Result<Option<Credential>, PortError> {
            Err(PortError::bare("read"))
        }

        async fn record_use(&self, _: TokenId, _: LastUse) -> Result<(), PortError> {
            Err(PortError::bare("written"))
        }
    }

    #[tokio::test]
    async fn reads_and_writes_nothing() {
        let (store, id) = (ReadOnly(Unwritable), TokenId::new(uuid::Uuid::nil()));
        assert_eq!(store.credential(id).await.unwrap_err().to_string(), "read");
        assert!(store.record_use(id, Timestamp::UNIX_EPOCH.into()).await.is_ok());
    }
}
