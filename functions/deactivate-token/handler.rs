//! `POST /apiAccessTokens/{id}/deactivate`: deactivates a token permanently.

use std::sync::Arc;

use async_trait::async_trait;
use keyturn_application::Failure;
use keyturn_application::authenticate::Authenticate;
use keyturn_application::change::ChangeToken;
use keyturn_application::deactivate_token::deactivate;
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
    let change = ChangeToken { tokens: table.clone(), context: context.clone() };
    Ok(Endpoint::new(
        const { required_access("deactivate-token") },
        Authenticate::with_sessions(table.clone(), context),
        Handler { change },
    )
    .naming(table))
}

struct Handler {
    change: ChangeToken,
}

#[async_trait]
impl Handle for Handler {
    async fn handle(&self, caller: &Caller, call: &ApiRequest) -> Result<ApiResponse, Failure> {
        let seen = deactivate(&self.change, caller, call.named_token()?).await?;
        Ok(TokenView::new(&seen.token, seen.last_used_at, self.change.context.now()).answer()?)
    }
}
