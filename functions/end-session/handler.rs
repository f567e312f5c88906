//! `POST /sessions/{id}/end`: ends a session of the company.

use std::sync::Arc;

use async_trait::async_trait;
use keyturn_application::authenticate::Authenticate;
use keyturn_application::end_session::end;
use keyturn_application::ports::PersonStore;
use keyturn_application::{Context, Failure};
use keyturn_domain::caller::Caller;
use keyturn_domain::refusal::Refusal;
use keyturn_dynamodb::Table;
use keyturn_environment::{ConfigurationError, Environment};
use keyturn_http::session_view::SessionView;
use keyturn_http::{ApiRequest, ApiResponse, Endpoint, Handle};
use lambda_http::http::StatusCode;

use crate::routes::required_access;

/// Builds the function.
pub async fn build(environment: &Environment) -> Result<Endpoint, ConfigurationError> {
    let table = Arc::new(Table::from_environment(environment)?);
    let context = environment.context();
    Ok(Endpoint::new(
        const { required_access("end-session") },
        Authenticate::with_sessions(table.clone(), context.clone()),
        Handler { people: table, context },
    ))
}

struct Handler {
    people: Arc<dyn PersonStore>,
    context: Context,
}

#[async_trait]
impl Handle for Handler {
    async fn handle(&self, caller: &Caller, call: &ApiRequest) -> Result<ApiResponse, Failure> {
        let id = call.path_id().and_then(|id| id.parse().ok()).ok_or(Refusal::NotFound("session"))?;
        let session = end(self.people.as_ref(), caller, id).await?;
        let own = caller.signed_in().ok().map(|signed_in| signed_in.session);
        let view = SessionView::new(&session, own, self.context.now());
        Ok(ApiResponse::json(StatusCode::OK, &view)?)
    }
}
