//! `GET /console/signed-in/{id}`: where a provider sends the browser back to. Each provider has its own address here, so that
//! an answer of one is never taken for another's.

use std::sync::Arc;

use async_trait::async_trait;
use keyturn_application::sign_in::{Answer, Done, SignIn};
use keyturn_application::{Context, Failure};
use keyturn_domain::attempt::SignInAttempt;
use keyturn_dynamodb::Table;
use keyturn_environment::{ConfigurationError, Environment};
use keyturn_http::{ApiRequest, ApiResponse, Endpoint, HandlePublic};
use keyturn_openid::OpenIdConnect;

use crate::sign_in::failed;
use crate::sign_in_parts::providers;

/// Builds the function.
pub async fn build(environment: &Environment) -> Result<Endpoint, ConfigurationError> {
    let table = Arc::new(Table::from_environment(environment)?);
    let (providers, context) = (providers(environment, &table)?, environment.context());
    let sign_in = SignIn {
        vault: providers.vault.clone(),
        providers,
        identity: Arc::new(OpenIdConnect::new()),
        people: table,
        context: context.clone(),
    };
    Ok(Endpoint::public(Handler { sign_in, base_url: environment.own_base_url(), context }))
}

struct Handler {
    sign_in: SignIn,
    base_url: Option<String>,
    context: Context,
}

#[async_trait]
impl HandlePublic for Handler {
    async fn handle(&self, call: &ApiRequest) -> Result<ApiResponse, Failure> {
        let answer = Answer {
            code: call.query("code"),
            state: call.query("state"),
            issuer: call.query("iss"),
            error: call.query("error"),
        };
        let name = answer.state.and_then(SignInAttempt::cookie_name);
        let cookie = name.as_deref().and_then(|name| call.cookie(name));
        let (provider, base_url) =
            (call.path_id().unwrap_or_default(), call.base_url(self.base_url.as_deref()));
        let before = call.session_string();
        let done = self.sign_in.complete(provider, answer, cookie, before, &base_url).await;
        let answer = match done {
            Ok(Done { string, session, return_to }) => {
                let seconds = (session.ends_at - self.context.now()).num_seconds();
                ApiResponse::see_other(&return_to).with_session(call, string.expose(), seconds)
            }
            Err(error) => failed(&error),
        };
        // An attempt is answered once.
        Ok(match name.filter(|_| cookie.is_some()) {
            Some(name) => answer.without_cookie(call, &name),
            None => answer,
        })
    }
}
