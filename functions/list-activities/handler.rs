//! `GET /apiAccessTokens/{id}/activities`: a token's activities.

use std::sync::Arc;

use async_trait::async_trait;
use keyturn_application::Failure;
use keyturn_application::authenticate::Authenticate;
use keyturn_application::ports::{History, TokenStore};
use keyturn_domain::access;
use keyturn_domain::caller::Caller;
use keyturn_dynamodb::Table;
use keyturn_environment::{ConfigurationError, Environment};
use keyturn_http::log_view::ActivityView;
use keyturn_http::view::ListView;
use keyturn_http::{ApiRequest, ApiResponse, Endpoint, Handle, Query};
use lambda_http::http::StatusCode;

use crate::routes::required_access;

/// Builds the function.
pub async fn build(environment: &Environment) -> Result<Endpoint, ConfigurationError> {
    let table = Arc::new(Table::from_environment(environment)?);
    let context = environment.context();
    let handler = Handler { tokens: table.clone(), history: table.clone() };
    Ok(Endpoint::new(
        const { required_access("list-activities") },
        Authenticate::with_sessions(table, context),
        handler,
    ))
}

struct Handler {
    tokens: Arc<dyn TokenStore>,
    history: Arc<dyn History>,
}

#[async_trait]
impl Handle for Handler {
    async fn handle(&self, caller: &Caller, call: &ApiRequest) -> Result<ApiResponse, Failure> {
        let id = call.token_id()?;
        let mut query = Query::of(call);
        let paging = query.paging();
        query.finish()?;
        let token = access::visible(caller, self.tokens.token(id).await?)?;
        let page = self.history.activities(&token, paging).await?;
        let items = page.items.iter().map(|(id, entry)| ActivityView::new(*id, entry)).collect();
        Ok(ApiResponse::json(StatusCode::OK, &ListView::<ActivityView>::page(items, page.next))?)
    }
}
