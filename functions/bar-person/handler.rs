//! `POST /people/{id}/bar` and `…/readmit`: keeps a person from signing in, and lets them in again.

use std::sync::Arc;

use async_trait::async_trait;
use keyturn_application::Failure;
use keyturn_application::authenticate::Authenticate;
use keyturn_application::people::BarPerson;
use keyturn_domain::caller::Caller;
use keyturn_domain::refusal::Refusal;
use keyturn_dynamodb::Table;
use keyturn_environment::{ConfigurationError, Environment};
use keyturn_http::session_view::KnownPersonView;
use keyturn_http::{ApiRequest, ApiResponse, Endpoint, Handle};
use lambda_http::http::StatusCode;

use crate::routes::required_access;

/// Builds the function.
pub async fn build(environment: &Environment) -> Result<Endpoint, ConfigurationError> {
    let table = Arc::new(Table::from_environment(environment)?);
    let context = environment.context();
    Ok(Endpoint::new(
        const { required_access("bar-person") },
        Authenticate::with_sessions(table.clone(), context.clone()),
        Handler { bar: BarPerson { people: table, context } },
    ))
}

struct Handler {
    bar: BarPerson,
}

#[async_trait]
impl Handle for Handler {
    async fn handle(&self, caller: &Caller, call: &ApiRequest) -> Result<ApiResponse, Failure> {
        let id = call.path_id().and_then(|id| id.parse().ok()).ok_or(Refusal::NotFound("person"))?;
        let known = self.bar.run(caller, id, call.path_end() == "bar").await?;
        Ok(ApiResponse::json(StatusCode::OK, &KnownPersonView::new(&known))?)
    }
}
