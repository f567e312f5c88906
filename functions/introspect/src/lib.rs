//! `POST /introspect`: whether a token is good now, and for what (RFC 7662). For services that don't stand behind a
//! gateway with the authorizer and don't read the table themselves.

mod form;

use std::sync::Arc;

use async_trait::async_trait;
use keyturn_application::authenticate::Authenticate;
use keyturn_application::ports::CredentialStore;
use keyturn_application::{Edge, Failure};
use keyturn_domain::access::{Need, same_company};
use keyturn_domain::credential::Credential;
use keyturn_dynamodb::Credentials;
use keyturn_environment::{ConfigurationError, Environment};
use keyturn_http::introspection_view::IntrospectionView;
use keyturn_http::{Call, Endpoint, Handle, Reply};
use keyturn_verification::{Verifier, VerifyError};
use lambda_http::http::StatusCode;

/// Builds the function.
pub async fn build(environment: &Environment) -> Result<Endpoint, ConfigurationError> {
    Ok(over(Arc::new(Credentials::from_environment(environment)?), environment.edge()))
}

/// The function over any store of credentials.
pub fn over(credentials: Arc<dyn CredentialStore>, edge: Edge) -> Endpoint {
    let verifier = Verifier::over(credentials.clone());
    Endpoint::new(Authenticate::new(credentials, edge.clone()), Handler { verifier, edge })
}

struct Handler {
    verifier: Verifier,
    edge: Edge,
}

#[async_trait]
impl Handle for Handler {
    fn need(&self) -> Need {
        Need::Manage
    }

    async fn handle(&self, caller: &Credential, call: &Call) -> Result<Reply, Failure> {
        let token = form::token(call)?;
        let answer = match self.verifier.verify(Some(&token), self.edge.now()).await {
            Ok(credential) if same_company(caller, &credential.company, "token").is_ok() => {
                IntrospectionView::active(&credential, call.base_url())
            }
            Ok(_) | Err(VerifyError::Denied(_)) => IntrospectionView::inactive(),
            Err(VerifyError::Unavailable(error)) => return Err(error.into()),
        };
        Ok(Reply::json(StatusCode::OK, &answer)?)
    }
}
