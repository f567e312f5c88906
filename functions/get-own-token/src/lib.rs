//! `GET /apiAccessTokens/self`: the caller's own token, so that a client can see when it ends.

use std::sync::Arc;

use async_trait::async_trait;
use keyturn_application::authenticate::Authenticate;
use keyturn_application::get_token::GetToken;
use keyturn_application::{Edge, Failure};
use keyturn_domain::access::Need;
use keyturn_domain::credential::Credential;
use keyturn_dynamodb::Table;
use keyturn_environment::{ConfigurationError, Environment};
use keyturn_http::view::TokenView;
use keyturn_http::{Call, Endpoint, Handle, Reply};
use lambda_http::http::StatusCode;

/// Builds the function.
pub async fn build(environment: &Environment) -> Result<Endpoint, ConfigurationError> {
    let table = Arc::new(Table::from_environment(environment)?);
    let edge = environment.edge();
    let get = GetToken { tokens: table.clone(), credentials: table.clone() };
    Ok(Endpoint::new(Authenticate::new(table, edge.clone()), Handler { get, edge }))
}

struct Handler {
    get: GetToken,
    edge: Edge,
}

#[async_trait]
impl Handle for Handler {
    fn need(&self) -> Need {
        Need::Any
    }

    async fn handle(&self, caller: &Credential, _call: &Call) -> Result<Reply, Failure> {
        let seen = self.get.run(caller, caller.id).await?;
        let view = TokenView::new(&seen.token, seen.last_used_at, self.edge.now());
        Ok(Reply::json(StatusCode::OK, &view)?.with_version(seen.token.version))
    }
}
