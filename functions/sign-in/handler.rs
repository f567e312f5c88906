//! `GET /console/sign-in`: the ways to sign in; with `provider`, sends the browser there.

use std::sync::Arc;

use async_trait::async_trait;
use keyturn_application::Failure;
use keyturn_application::ports::ProviderStore;
use keyturn_application::sign_in::{BeginSignIn, Begun, NotSignedIn, failed_location};
use keyturn_domain::attempt::SignInAttempt;
use keyturn_domain::limits;
use keyturn_dynamodb::Table;
use keyturn_environment::{ConfigurationError, Environment};
use keyturn_http::session_view::WaysToSignInView;
use keyturn_http::{ApiRequest, ApiResponse, Endpoint, HandlePublic};
use keyturn_openid::OpenIdConnect;
use lambda_http::http::StatusCode;

/// Builds the function.
pub async fn build(environment: &Environment) -> Result<Endpoint, ConfigurationError> {
    let table = Arc::new(Table::from_environment(environment)?);
    let sign_in = BeginSignIn {
        providers: table.clone(),
        identity: Arc::new(OpenIdConnect::new()),
        context: environment.context(),
    };
    let handler = Handler {
        sign_in,
        providers: table,
        base_url: environment.own_base_url(),
        takes_tokens: environment.console_takes_tokens()?,
    };
    Ok(Endpoint::public(handler))
}

struct Handler {
    sign_in: BeginSignIn,
    providers: Arc<dyn ProviderStore>,
    base_url: Option<String>,
    takes_tokens: bool,
}

#[async_trait]
impl HandlePublic for Handler {
    async fn handle(&self, call: &ApiRequest) -> Result<ApiResponse, Failure> {
        let Some(provider) = call.query("provider") else {
            let providers = self.providers.providers().await?;
            let takes_tokens = self.takes_tokens || providers.is_empty();
            let view = WaysToSignInView::new(&providers, takes_tokens, call.session_string().is_some());
            return Ok(ApiResponse::json(StatusCode::OK, &view)?);
        };
        let (fresh, return_to) = (call.query("fresh") == Some("true"), call.query("returnTo"));
        // A provider redirects to no address that it does not know.
        let base_url = call.base_url(self.base_url.as_deref());
        let begun = self.sign_in.run(provider, fresh, return_to, &base_url).await;
        let Begun { location, attempt } = match begun {
            Ok(begun) => begun,
            Err(error) => return Ok(failed(&error)),
        };
        let answer = ApiResponse::see_other(&location);
        Ok(match SignInAttempt::cookie_name(&attempt.state()) {
            Some(name) => {
                answer.with_cookie(call, &name, &attempt.cookie(), limits::SIGN_IN_TIME.num_seconds())
            }
            None => answer,
        })
    }
}

/// Leads the browser back to the console, which says what went wrong. The log has the cause.
pub(crate) fn failed(error: &NotSignedIn) -> ApiResponse {
    tracing::warn!(reason = error.code(), error = error as &dyn std::error::Error, "nobody was signed in");
    ApiResponse::see_other(&failed_location(error))
}
