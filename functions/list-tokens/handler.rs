//! `GET /apiAccessTokens`: lists a company's tokens.

use std::sync::Arc;

use async_trait::async_trait;
use keyturn_application::Failure;
use keyturn_application::authenticate::Authenticate;
use keyturn_application::find_tokens::{FindTokens, Search};
use keyturn_application::list_tokens::ListTokens;
use keyturn_application::ports::TokenFilter;
use keyturn_domain::caller::Caller;
use keyturn_domain::overview::Attention;
use keyturn_domain::settings::Application;
use keyturn_domain::token::Status;
use keyturn_dynamodb::Table;
use keyturn_environment::{ConfigurationError, Environment};
use keyturn_http::view::{ListView, TokenView};
use keyturn_http::{ApiRequest, ApiResponse, Endpoint, Handle, Query};
use lambda_http::http::StatusCode;

use crate::routes::required_access;

/// Builds the function.
pub async fn build(environment: &Environment) -> Result<Endpoint, ConfigurationError> {
    let table = Arc::new(Table::from_environment(environment)?);
    let context = environment.context();
    let list = ListTokens { list: table.clone(), context: context.clone() };
    let find = FindTokens { summaries: table.clone(), people: table.clone() };
    Ok(Endpoint::new(
        const { required_access("list-tokens") },
        Authenticate::with_sessions(table, context),
        Handler { list, find },
    ))
}

struct Handler {
    list: ListTokens,
    find: FindTokens,
}

#[async_trait]
impl Handle for Handler {
    async fn handle(&self, caller: &Caller, call: &ApiRequest) -> Result<ApiResponse, Failure> {
        const STATUSES: [(&str, Status); 3] =
            [("ACTIVE", Status::Active), ("EXPIRED", Status::Expired), ("DEACTIVATED", Status::Deactivated)];
        let mut query = Query::of(call);
        let paging = query.paging();
        let filter = TokenFilter {
            status: query.word("status", &STATUSES),
            application: query.take("application", Application::parse).map(|name| name.as_str().to_owned()),
            search: query.search("search"),
        };
        let search = Search {
            attention: query.word("attention", &Attention::ALL.map(|kind| (kind.as_str(), kind))),
            renews_on: query.day("renewsOn"),
            outstanding_of: query.mass_renewal_id("outstandingOf"),
            owner: query.person_id("owner"),
            owner_cannot_sign_in: query.flag("ownerCannotSignIn"),
        };
        query.finish()?;
        let now = self.list.context.now();
        let page = if search.is_empty() {
            self.list.run(caller, &filter, paging, now).await?
        } else {
            self.find.run(caller, filter, search, paging, now).await?
        };
        let view = |(token, last_used_at)| TokenView::new(token, last_used_at, now);
        let items = page.items.into_iter().map(view).collect();
        Ok(ApiResponse::json(StatusCode::OK, &ListView::<TokenView>::page(items, page.next))?)
    }
}
