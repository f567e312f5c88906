//! `POST /console/refresh`: the caller's session, with its role confirmed by the provider if that is due.

use std::sync::Arc;

use async_trait::async_trait;
use keyturn_application::authenticate::Authenticate;
use keyturn_application::refresh_session::RefreshSession;
use keyturn_application::{Context, Failure};
use keyturn_domain::caller::Caller;
use keyturn_dynamodb::Table;
use keyturn_environment::{ConfigurationError, Environment};
use keyturn_http::session_view::SessionView;
use keyturn_http::{ApiRequest, ApiResponse, Endpoint, Handle};
use keyturn_openid::OpenIdConnect;
use lambda_http::http::StatusCode;

use crate::routes::required_access;
use crate::sign_in_parts::providers;

/// Builds the function.
pub async fn build(environment: &Environment) -> Result<Endpoint, ConfigurationError> {
    let table = Arc::new(Table::from_environment(environment)?);
    let (providers, context) = (providers(environment, &table)?, environment.context());
    let refresh = RefreshSession {
        vault: providers.vault.clone(),
        providers,
        identity: Arc::new(OpenIdConnect::new()),
        people: table.clone(),
        context: context.clone(),
    };
    Ok(Endpoint::new(
        const { required_access("refresh-session") },
        Authenticate::with_sessions(table, context.clone()),
        Handler { refresh, base_url: environment.own_base_url(), context },
    ))
}

struct Handler {
    refresh: RefreshSession,
    base_url: Option<String>,
    context: Context,
}

#[async_trait]
impl Handle for Handler {
    async fn handle(&self, caller: &Caller, call: &ApiRequest) -> Result<ApiResponse, Failure> {
        let base_url = call.base_url(self.base_url.as_deref());
        let session = self.refresh.run(caller.signed_in()?, &base_url).await?;
        let view = SessionView::new(&session, Some(session.id), self.context.now());
        Ok(ApiResponse::json(StatusCode::OK, &view)?)
    }
}
