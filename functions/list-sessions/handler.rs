//! `GET /sessions`: the sessions of the company's people.

use std::sync::Arc;

use async_trait::async_trait;
use keyturn_application::authenticate::Authenticate;
use keyturn_application::ports::{Page, PersonStore};
use keyturn_application::{Context, Failure};
use keyturn_domain::caller::Caller;
use keyturn_dynamodb::Table;
use keyturn_environment::{ConfigurationError, Environment};
use keyturn_http::session_view::SessionView;
use keyturn_http::view::ListView;
use keyturn_http::{ApiRequest, ApiResponse, Endpoint, Handle, Query};
use lambda_http::http::StatusCode;

use crate::routes::required_access;

/// Builds the function.
pub async fn build(environment: &Environment) -> Result<Endpoint, ConfigurationError> {
    let table = Arc::new(Table::from_environment(environment)?);
    let context = environment.context();
    Ok(Endpoint::new(
        const { required_access("list-sessions") },
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
        let mut query = Query::of(call);
        let paging = query.paging();
        query.finish()?;
        let now = self.context.now();
        let own = caller.signed_in().ok().map(|signed_in| signed_in.session);
        let Page { items, next } = self.people.sessions(caller.company(), paging).await?;
        // Those that ended by themselves are in the table until its time to live removes them.
        let live = items.iter().filter(|session| session.is_live(now));
        let items = live.map(|session| SessionView::new(session, own, now)).collect();
        Ok(ApiResponse::json(StatusCode::OK, &ListView::<SessionView>::page(items, next))?)
    }
}
