//! What the functions of signing in have in common.

use std::sync::Arc;

use keyturn_application::providers::Providers;
use keyturn_application::secret_vault::SecretVault;
use keyturn_dynamodb::Table;
use keyturn_environment::{ConfigurationError, Environment};

/// The providers of this deployment.
pub(crate) fn providers(
    environment: &Environment,
    table: &Arc<Table>,
) -> Result<Providers, ConfigurationError> {
    let vault = SecretVault::new(keyturn_seal::from_environment(environment)?, environment.context());
    Ok(Providers { store: table.clone(), vault })
}
