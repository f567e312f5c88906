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
use keyturn_http::{Call, Endpoint, Handle, Reply};
use keyturn_verification::{Verifier, VerifyError};
use lambda_http::http::StatusCode;
use serde::Serialize;

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
                Answer::Active(Box::new(Active::new(&credential, call.base_url())))
            }
            Ok(_) | Err(VerifyError::Denied(_)) => Answer::Inactive { active: false },
            Err(VerifyError::Unavailable(error)) => return Err(error.into()),
        };
        Ok(Reply::json(StatusCode::OK, &answer)?)
    }
}

/// The answer. One and the same for everything that isn't active, so that nobody learns more about a string than that.
#[derive(Serialize)]
#[serde(untagged)]
enum Answer {
    Inactive { active: bool },
    Active(Box<Active>),
}

/// The members that the RFC names, filled so: who acts is the series, which stays the same when the token is renewed; on
/// whose behalf, the company.
#[derive(Serialize)]
struct Active {
    active: bool,
    scope: String,
    client_id: String,
    sub: String,
    iss: String,
    jti: String,
    token_type: &'static str,
    iat: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
}

impl Active {
    fn new(token: &Credential, issuer: String) -> Self {
        let scope: Vec<_> =
            std::iter::once(token.rights.as_str()).chain(token.applications.names()).collect();
        Self {
            active: true,
            scope: scope.join(" "),
            client_id: token.series.to_string(),
            sub: token.company.to_string(),
            iss: issuer,
            jti: token.id.to_string(),
            token_type: "Bearer",
            iat: token.created_at.timestamp(),
            exp: token.expires_at.map(|end| end.timestamp()),
        }
    }
}
