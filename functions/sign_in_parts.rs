//! What the functions of signing in have in common.

use std::sync::Arc;

use keyturn_application::providers::Providers;
use keyturn_application::secret_vault::SecretVault;
use keyturn_dynamodb::Table;
use keyturn_environment::{ConfigurationError, Environment};
use keyturn_http::ApiRequest;

/// The providers of this deployment.
pub(crate) fn providers(
    environment: &Environment,
    table: &Arc<Table>,
) -> Result<Providers, ConfigurationError> {
    let vault = SecretVault::new(keyturn_seal::from_environment(environment)?, environment.context());
    Ok(Providers { store: table.clone(), vault })
}

/// The address of this deployment, for redirect URIs.
#[derive(Clone)]
pub(crate) struct BaseUrl(Option<String>);

impl BaseUrl {
    pub(crate) fn of(environment: &Environment) -> Self {
        Self(environment.own_base_url())
    }

    /// The deployment's own address, or the one that the browser used. A provider redirects to none that it does not know.
    pub(crate) fn seen_by(&self, call: &ApiRequest) -> String {
        self.0.clone().unwrap_or_else(|| call.base_url())
    }
}
