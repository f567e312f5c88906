//! `POST /console/back-channel-logout`: a provider says that somebody signed out there (OpenID Connect Back-Channel Logout 1.0).

use std::sync::Arc;

use async_trait::async_trait;
use keyturn_application::Failure;
use keyturn_application::end_session::{BackChannelLogout, NotLoggedOut};
use keyturn_dynamodb::Table;
use keyturn_environment::{ConfigurationError, Environment};
use keyturn_http::{ApiRequest, ApiResponse, Endpoint, HandlePublic};
use keyturn_openid::OpenIdConnect;
use lambda_http::http::StatusCode;
use serde_json::json;
use url::form_urlencoded;

/// Builds the function.
pub async fn build(environment: &Environment) -> Result<Endpoint, ConfigurationError> {
    let table = Arc::new(Table::from_environment(environment)?);
    let logout = BackChannelLogout {
        providers: table.clone(),
        identity: Arc::new(OpenIdConnect::new()),
        people: table,
        context: environment.context(),
    };
    Ok(Endpoint::public(Handler { logout }))
}

struct Handler {
    logout: BackChannelLogout,
}

#[async_trait]
impl HandlePublic for Handler {
    /// The answers are those of the specification, section 2.8.
    async fn handle(&self, call: &ApiRequest) -> Result<ApiResponse, Failure> {
        let mut form = form_urlencoded::parse(call.body());
        let token = form.find_map(|(name, value)| (name == "logout_token").then_some(value));
        let token = token.unwrap_or_default();
        match self.logout.run(&token).await {
            Ok(ended) => {
                tracing::info!(ended, "sessions ended by their provider");
                Ok(ApiResponse::empty(StatusCode::OK))
            }
            Err(NotLoggedOut::Refused) => {
                Ok(ApiResponse::json(StatusCode::BAD_REQUEST, &json!({ "error": "invalid_request" }))?)
            }
            Err(NotLoggedOut::Unavailable(error)) => Err(error.into()),
        }
    }
}
