//! `POST /apiAccessTokens/{id}/callback/rotateSecret`: rotates the signing secret of a callback.

use std::sync::Arc;

use async_trait::async_trait;
use keyturn_application::Failure;
use keyturn_application::authenticate::Authenticate;
use keyturn_application::change::ChangeToken;
use keyturn_application::rotate_secret::RotateSecret;
use keyturn_application::secret_vault::SecretVault;
use keyturn_domain::caller::Caller;
use keyturn_dynamodb::Table;
use keyturn_environment::{ConfigurationError, Environment};
use keyturn_http::view::SigningSecretView;
use keyturn_http::{ApiRequest, ApiResponse, Endpoint, Handle, read_rotation};
use lambda_http::http::StatusCode;

use crate::routes::required_access;

/// Builds the function.
pub async fn build(environment: &Environment) -> Result<Endpoint, ConfigurationError> {
    let table = Arc::new(Table::from_environment(environment)?);
    let context = environment.context();
    let vault = SecretVault::new(keyturn_seal::from_environment(environment)?, context.clone());
    let change = ChangeToken { tokens: table.clone(), context: context.clone() };
    let rotate = RotateSecret { change, vault };
    Ok(Endpoint::new(
        const { required_access("rotate-signing-secret") },
        Authenticate::with_sessions(table, context),
        Handler { rotate },
    ))
}

struct Handler {
    rotate: RotateSecret,
}

#[async_trait]
impl Handle for Handler {
    async fn handle(&self, caller: &Caller, call: &ApiRequest) -> Result<ApiResponse, Failure> {
        let revoke_previous = read_rotation(call)?;
        let secret = self.rotate.run(caller, call.token_id()?, revoke_previous).await?;
        Ok(ApiResponse::json(StatusCode::OK, &SigningSecretView::new(&secret))?)
    }
}
