//! `POST /console/sign-out`: ends the caller's session.

use std::sync::Arc;

use async_trait::async_trait;
use keyturn_application::Failure;
use keyturn_application::authenticate::Authenticate;
use keyturn_application::end_session::sign_out;
use keyturn_application::ports::PersonStore;
use keyturn_domain::caller::Caller;
use keyturn_dynamodb::Table;
use keyturn_environment::{ConfigurationError, Environment};
use keyturn_http::{ApiRequest, ApiResponse, Endpoint, Handle};
use lambda_http::http::StatusCode;

use crate::routes::required_access;

/// Builds the function.
pub async fn build(environment: &Environment) -> Result<Endpoint, ConfigurationError> {
    let table = Arc::new(Table::from_environment(environment)?);
    Ok(Endpoint::new(
        const { required_access("sign-out") },
        Authenticate::with_sessions(table.clone(), environment.context()),
        Handler { people: table },
    ))
}

struct Handler {
    people: Arc<dyn PersonStore>,
}

#[async_trait]
impl Handle for Handler {
    async fn handle(&self, caller: &Caller, call: &ApiRequest) -> Result<ApiResponse, Failure> {
        sign_out(self.people.as_ref(), caller.signed_in()?).await?;
        Ok(ApiResponse::empty(StatusCode::NO_CONTENT).without_session(call))
    }
}
