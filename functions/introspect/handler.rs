//! `POST /introspect`: token introspection (RFC 7662), for services that neither use the authorizer nor read the table.

pub(crate) mod form;

use std::sync::Arc;

use async_trait::async_trait;
use keyturn_application::authenticate::Authenticate;
use keyturn_application::ports::CredentialStore;
use keyturn_application::{Context, Failure};
use keyturn_domain::access::same_company;
use keyturn_domain::caller::Caller;
use keyturn_dynamodb::Credentials;
use keyturn_environment::{ConfigurationError, Environment};
use keyturn_http::introspection_view::IntrospectionView;
use keyturn_http::{ApiRequest, ApiResponse, Endpoint, Handle};
use keyturn_verification::{Verifier, VerifyError};
use lambda_http::http::StatusCode;

use crate::routes::required_access;

/// Builds the function.
pub async fn build(environment: &Environment) -> Result<Endpoint, ConfigurationError> {
    let credentials = Arc::new(Credentials::from_environment(environment)?);
    Ok(over(credentials, environment.context(), environment.own_base_url()))
}

/// Builds the function over a credential store. Without an address of its own, the issuer is the one that the caller used.
pub fn over(credentials: Arc<dyn CredentialStore>, context: Context, base_url: Option<String>) -> Endpoint {
    let verifier = Verifier::over(credentials.clone());
    Endpoint::new(
        const { required_access("introspect") },
        Authenticate::new(credentials, context.clone()),
        Handler { verifier, context, base_url },
    )
    .without_share()
}

struct Handler {
    verifier: Verifier,
    context: Context,
    base_url: Option<String>,
}

#[async_trait]
impl Handle for Handler {
    async fn handle(&self, caller: &Caller, call: &ApiRequest) -> Result<ApiResponse, Failure> {
        let token = form::token(call)?;
        let answer = match self.verifier.verify(Some(&token), self.context.now()).await {
            Ok(credential) if same_company(caller.company(), &credential.company, "token").is_ok() => {
                let issuer = call.base_url(self.base_url.as_deref());
                IntrospectionView::active(&credential, issuer)
            }
            Ok(_) | Err(VerifyError::Denied(_)) => IntrospectionView::inactive(),
            Err(VerifyError::Unavailable(error)) => return Err(error.into()),
        };
        Ok(ApiResponse::json(StatusCode::OK, &answer)?)
    }
}
