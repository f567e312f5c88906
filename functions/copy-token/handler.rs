//! `GET /apiAccessTokens/{id}/token`: returns a token string again and records an activity.

use std::sync::Arc;

use async_trait::async_trait;
use keyturn_application::Failure;
use keyturn_application::authenticate::Authenticate;
use keyturn_application::change::ChangeToken;
use keyturn_application::copy_token::CopyToken;
use keyturn_application::secret_vault::SecretVault;
use keyturn_domain::caller::Caller;
use keyturn_dynamodb::Table;
use keyturn_environment::{ConfigurationError, Environment};
use keyturn_http::view::TokenStringView;
use keyturn_http::{ApiRequest, ApiResponse, Endpoint, Handle};
use lambda_http::http::StatusCode;

use crate::routes::required_access;

/// Builds the function.
pub async fn build(environment: &Environment) -> Result<Endpoint, ConfigurationError> {
    let table = Arc::new(Table::from_environment(environment)?);
    let context = environment.context();
    let vault = SecretVault::new(keyturn_seal::from_environment(environment)?, context.clone());
    let change = ChangeToken { tokens: table.clone(), context: context.clone() };
    let copy = CopyToken { change, vault, rules: environment.rules()? };
    Ok(Endpoint::new(
        const { required_access("copy-token") },
        Authenticate::with_sessions(table, context),
        Handler { copy },
    ))
}

struct Handler {
    copy: CopyToken,
}

#[async_trait]
impl Handle for Handler {
    async fn handle(&self, caller: &Caller, call: &ApiRequest) -> Result<ApiResponse, Failure> {
        let string = self.copy.run(caller, call.token_id()?).await?;
        Ok(ApiResponse::json(StatusCode::OK, &TokenStringView::new(&string))?)
    }
}
