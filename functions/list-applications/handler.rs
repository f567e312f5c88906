//! `GET /applications`: the catalogue of applications.

use std::sync::Arc;

use async_trait::async_trait;
use keyturn_application::Failure;
use keyturn_application::authenticate::Authenticate;
use keyturn_domain::caller::Caller;
use keyturn_domain::settings::Catalogue;
use keyturn_dynamodb::Table;
use keyturn_environment::{ConfigurationError, Environment};
use keyturn_http::view::{ApplicationView, ListView};
use keyturn_http::{ApiRequest, ApiResponse, Endpoint, Handle, Query};
use lambda_http::http::StatusCode;

use crate::routes::required_access;

/// Builds the function.
pub async fn build(environment: &Environment) -> Result<Endpoint, ConfigurationError> {
    let table = Arc::new(Table::from_environment(environment)?);
    let context = environment.context();
    let handler = Handler { catalogue: environment.rules()?.catalogue };
    Ok(Endpoint::new(
        const { required_access("list-applications") },
        Authenticate::with_sessions(table, context),
        handler,
    ))
}

struct Handler {
    catalogue: Catalogue,
}

#[async_trait]
impl Handle for Handler {
    async fn handle(&self, _caller: &Caller, call: &ApiRequest) -> Result<ApiResponse, Failure> {
        Query::of(call).finish()?;
        let items = self.catalogue.names().into_iter().map(ApplicationView::new).collect();
        Ok(ApiResponse::json(StatusCode::OK, &ListView::<ApplicationView<'_>>::new(items))?)
    }
}
