//! `GET /apiAccessTokens/overview`: what needs attention, and what was and will be renewed.

use std::sync::Arc;

use async_trait::async_trait;
use keyturn_application::authenticate::Authenticate;
use keyturn_application::overview::GetOverview;
use keyturn_application::{Context, Failure};
use keyturn_domain::caller::Caller;
use keyturn_dynamodb::Table;
use keyturn_environment::{ConfigurationError, Environment};
use keyturn_http::overview_view::OverviewView;
use keyturn_http::{ApiRequest, ApiResponse, Endpoint, Handle, Query};
use lambda_http::http::StatusCode;

use crate::routes::required_access;

/// Builds the function.
pub async fn build(environment: &Environment) -> Result<Endpoint, ConfigurationError> {
    let table = Arc::new(Table::from_environment(environment)?);
    let context = environment.context();
    let get = GetOverview { summaries: table.clone() };
    Ok(Endpoint::new(
        const { required_access("get-overview") },
        Authenticate::with_sessions(table, context.clone()),
        Handler { get, context },
    ))
}

struct Handler {
    get: GetOverview,
    context: Context,
}

#[async_trait]
impl Handle for Handler {
    async fn handle(&self, caller: &Caller, call: &ApiRequest) -> Result<ApiResponse, Failure> {
        let mut query = Query::of(call);
        let after = query.starting_after();
        query.finish()?;
        let found = self.get.run(caller, after, self.context.now()).await?;
        Ok(ApiResponse::json(StatusCode::OK, &OverviewView::new(&found.overview, found.next))?)
    }
}
