//! `GET /people`: who has ever signed in for the company, whether they still can, and when they last did.

use std::sync::Arc;

use async_trait::async_trait;
use keyturn_application::authenticate::Authenticate;
use keyturn_application::people::ListPeople;
use keyturn_application::{Context, Failure};
use keyturn_domain::caller::Caller;
use keyturn_domain::fault::{FaultCode, Violation};
use keyturn_dynamodb::Table;
use keyturn_environment::{ConfigurationError, Environment};
use keyturn_http::session_view::KnownPersonView;
use keyturn_http::view::ListView;
use keyturn_http::{ApiRequest, ApiResponse, Endpoint, Handle, Query};
use lambda_http::http::StatusCode;

use crate::routes::required_access;

/// Builds the function.
pub async fn build(environment: &Environment) -> Result<Endpoint, ConfigurationError> {
    let table = Arc::new(Table::from_environment(environment)?);
    let context = environment.context();
    Ok(Endpoint::new(
        const { required_access("list-people") },
        Authenticate::with_sessions(table.clone(), context.clone()),
        Handler { list: ListPeople { people: table }, context },
    ))
}

struct Handler {
    list: ListPeople,
    context: Context,
}

#[async_trait]
impl Handle for Handler {
    async fn handle(&self, caller: &Caller, call: &ApiRequest) -> Result<ApiResponse, Failure> {
        let mut query = Query::of(call);
        let days = query.take("notSignedInForDays", days);
        let after = query.person_id("startingAfter");
        query.finish()?;
        let people = self.list.run(caller, days, after, self.context.now()).await?;
        let next = people.next.map(keyturn_domain::person::PersonId::uuid);
        let items = people.items.iter().map(KnownPersonView::new).collect();
        let next = next.map(keyturn_application::ports::Bound::StartingAfter);
        Ok(ApiResponse::json(StatusCode::OK, &ListView::<KnownPersonView>::page(items, next))?)
    }
}

fn days(text: &str) -> Result<u32, Violation> {
    let in_range = text.parse().ok().filter(|days| (0..=36_500).contains(days));
    in_range.ok_or_else(|| Violation::new(FaultCode::OutOfRange, "must be a whole number from 0 to 36500"))
}
