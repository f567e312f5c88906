//! `POST /apiAccessTokens/self/renew`: the caller fetches its own successor.

use std::sync::Arc;

use async_trait::async_trait;
use keyturn_application::Failure;
use keyturn_application::authenticate::Authenticate;
use keyturn_application::pull::Pull;
use keyturn_application::secret_vault::SecretVault;
use keyturn_domain::credential::Credential;
use keyturn_domain::token::Token;
use keyturn_dynamodb::Table;
use keyturn_environment::{ConfigurationError, Environment};
use keyturn_http::view::TokenStringView;
use keyturn_http::{ApiRequest, ApiResponse, Endpoint, HandleWithToken};
use lambda_http::http::StatusCode;

use crate::routes::required_access;

/// Builds the function.
pub async fn build(environment: &Environment) -> Result<Endpoint, ConfigurationError> {
    let table = Arc::new(Table::from_environment(environment)?);
    let context = environment.context();
    let pull = Pull {
        tokens: table.clone(),
        vault: SecretVault::new(keyturn_seal::from_environment(environment)?, context.clone()),
        rules: environment.rules()?,
        context: context.clone(),
    };
    Ok(Endpoint::with_token(
        const { required_access("renew-own-token") },
        Authenticate::new(table.clone(), context),
        table,
        Handler { pull },
    )
    .without_share())
}

struct Handler {
    pull: Pull,
}

#[async_trait]
impl HandleWithToken for Handler {
    async fn handle(
        &self,
        caller: &Credential,
        token: Option<Token>,
        call: &ApiRequest,
    ) -> Result<ApiResponse, Failure> {
        let string = self.pull.run(caller, token, call.source_address()).await?;
        Ok(ApiResponse::json(StatusCode::OK, &TokenStringView::new(&string))?)
    }
}
