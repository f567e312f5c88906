//! `GET /callbacks/logs` and `GET /callbacks/logs/{id}`: the callback log.

use std::sync::Arc;

use async_trait::async_trait;
use keyturn_application::Failure;
use keyturn_application::authenticate::Authenticate;
use keyturn_application::ports::{DeliveryFilter, History};
use keyturn_domain::caller::Caller;
use keyturn_domain::refusal::Refusal;
use keyturn_dynamodb::Table;
use keyturn_environment::{ConfigurationError, Environment};
use keyturn_http::log_view::DeliveryView;
use keyturn_http::view::ListView;
use keyturn_http::{ApiRequest, ApiResponse, Endpoint, Handle, Query};
use lambda_http::http::StatusCode;
use uuid::Uuid;

use crate::routes::required_access;

/// Builds the function.
pub async fn build(environment: &Environment) -> Result<Endpoint, ConfigurationError> {
    let table = Arc::new(Table::from_environment(environment)?);
    let context = environment.context();
    Ok(Endpoint::new(
        const { required_access("callback-logs") },
        Authenticate::with_sessions(table.clone(), context),
        Handler { history: table },
    ))
}

struct Handler {
    history: Arc<dyn History>,
}

#[async_trait]
impl Handle for Handler {
    async fn handle(&self, caller: &Caller, call: &ApiRequest) -> Result<ApiResponse, Failure> {
        match call.path_id() {
            Some(id) => {
                Query::of(call).finish()?;
                self.one(caller, id).await
            }
            None => self.page(caller, call).await,
        }
    }
}

impl Handler {
    async fn page(&self, caller: &Caller, call: &ApiRequest) -> Result<ApiResponse, Failure> {
        let mut query = Query::of(call);
        let paging = query.paging();
        let token = query.token_id("tokenId");
        let (start, end) = query.period("startTime", "endTime");
        let filter = DeliveryFilter { token, error_only: query.flag("errorOnly"), start, end };
        query.finish()?;
        let page = self.history.deliveries(caller.company(), &filter, paging).await?;
        let items = page.items.iter().filter_map(|(id, entry)| DeliveryView::new(*id, entry)).collect();
        Ok(ApiResponse::json(StatusCode::OK, &ListView::<DeliveryView>::page(items, page.next))?)
    }

    async fn one(&self, caller: &Caller, id: &str) -> Result<ApiResponse, Failure> {
        let unknown = || Refusal::NotFound("callback log entry");
        // One id has one spelling.
        let id = Uuid::try_parse(id).ok().filter(|parsed| parsed.to_string() == id).ok_or_else(unknown)?;
        let entry = self.history.delivery(caller.company(), id).await?.ok_or_else(unknown)?;
        let view = DeliveryView::new(id, &entry).ok_or_else(unknown)?;
        Ok(ApiResponse::json(StatusCode::OK, &view)?)
    }
}
