//! `GET /apiAccessTokens/{id}`: a token.

use std::sync::Arc;

use async_trait::async_trait;
use keyturn_application::authenticate::Authenticate;
use keyturn_application::get_token::GetToken;
use keyturn_application::{Context, Failure};
use keyturn_domain::caller::Caller;
use keyturn_dynamodb::Table;
use keyturn_environment::{ConfigurationError, Environment};
use keyturn_http::view::TokenView;
use keyturn_http::{ApiRequest, ApiResponse, Endpoint, Handle};

use crate::routes::required_access;

/// Builds the function.
pub async fn build(environment: &Environment) -> Result<Endpoint, ConfigurationError> {
    let table = Arc::new(Table::from_environment(environment)?);
    let context = environment.context();
    let get = GetToken { tokens: table.clone() };
    Ok(Endpoint::new(
        const { required_access("get-token") },
        Authenticate::with_sessions(table.clone(), context.clone()),
        Handler { get, context },
    )
    .naming(table))
}

struct Handler {
    get: GetToken,
    context: Context,
}

#[async_trait]
impl Handle for Handler {
    async fn handle(&self, caller: &Caller, call: &ApiRequest) -> Result<ApiResponse, Failure> {
        let seen = self.get.run(caller, call.named_token()?).await?;
        Ok(TokenView::new(&seen.token, seen.last_used_at, self.context.now()).answer()?)
    }
}
