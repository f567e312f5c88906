//! `GET /apiAccessTokens/self`: the caller's own token, so that a client can see its expiry.

use std::sync::Arc;

use async_trait::async_trait;
use keyturn_application::authenticate::Authenticate;
use keyturn_application::{Context, Failure};
use keyturn_domain::credential::Credential;
use keyturn_domain::refusal::Refusal;
use keyturn_domain::token::Token;
use keyturn_dynamodb::Table;
use keyturn_environment::{ConfigurationError, Environment};
use keyturn_http::view::TokenView;
use keyturn_http::{ApiRequest, ApiResponse, Endpoint, HandleWithToken};

use crate::routes::required_access;

/// Builds the function.
pub async fn build(environment: &Environment) -> Result<Endpoint, ConfigurationError> {
    let table = Arc::new(Table::from_environment(environment)?);
    let context = environment.context();
    Ok(Endpoint::with_token(
        const { required_access("get-own-token") },
        Authenticate::new(table.clone(), context.clone()),
        table,
        Handler { context },
    ))
}

struct Handler {
    context: Context,
}

#[async_trait]
impl HandleWithToken for Handler {
    async fn handle(
        &self,
        caller: &Credential,
        token: Option<Token>,
        _call: &ApiRequest,
    ) -> Result<ApiResponse, Failure> {
        let token = token.ok_or(Refusal::NotFound("token"))?;
        Ok(TokenView::new(&token, caller.last_used_at, self.context.now()).answer()?)
    }
}
