//! Identity providers as clients see them, and their records.

use std::sync::Arc;

use keyturn_domain::provider::{Provider, ProviderDraft, ProviderId};
use keyturn_domain::refusal::Refusal;

use crate::failure::Failure;
use crate::ports::{PortError, ProviderClient, ProviderStore};
use crate::secret_vault::SecretVault;

/// This deployment, at this base URL, as a client of a provider for what needs no secret.
pub(crate) fn client_without_secret(provider: Provider, base_url: &str) -> ProviderClient {
    let redirect_uri = format!("{base_url}/console/signed-in/{}", provider.id);
    ProviderClient { provider, secret: None, redirect_uri }
}

/// Finds providers and opens their secrets.
#[derive(Clone)]
pub struct Providers {
    /// Where their records are.
    pub store: Arc<dyn ProviderStore>,
    /// Opens client secrets.
    pub vault: SecretVault,
}

impl Providers {
    /// This deployment, at this base URL, as a client of the provider with this id.
    pub async fn client(&self, id: &ProviderId, base_url: &str) -> Result<Option<ProviderClient>, PortError> {
        let Some(provider) = self.store.provider(id).await? else { return Ok(None) };
        let secret = self.vault.open_client_secret(&provider).await?;
        Ok(Some(ProviderClient { secret, ..client_without_secret(provider, base_url) }))
    }

    /// Writes the record of a provider. Without a secret, the one that is stored is kept.
    pub async fn save(
        &self,
        draft: &ProviderDraft,
        secret: Option<&str>,
        plain_http: bool,
    ) -> Result<Provider, Failure> {
        let mut provider = draft.parse(None, plain_http).map_err(Refusal::Invalid)?;
        provider.client_secret = match secret {
            Some(secret) => Some(self.vault.seal_client_secret(&provider.id, secret).await?),
            None => self.store.provider(&provider.id).await?.and_then(|before| before.client_secret),
        };
        self.store.save_provider(&provider).await?;
        Ok(provider)
    }
}
