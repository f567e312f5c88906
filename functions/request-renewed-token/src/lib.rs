//! `GET` and `POST /apiAccessTokens/requestRenewedToken`: redeems a request token for the successor's token string.

use std::sync::Arc;

use async_trait::async_trait;
use keyturn_application::Failure;
use keyturn_application::authenticate::Authenticate;
use keyturn_application::redeem::Redeem;
use keyturn_application::strings::Strings;
use keyturn_domain::access::Need;
use keyturn_domain::credential::Credential;
use keyturn_domain::refusal::Refusal;
use keyturn_dynamodb::Table;
use keyturn_environment::{ConfigurationError, Environment};
use keyturn_http::view::TokenStringView;
use keyturn_http::{Call, Endpoint, Fields, Handle, Reply, read_redemption};
use lambda_http::http::{Method, StatusCode};

/// Builds the function.
pub async fn build(environment: &Environment) -> Result<Endpoint, ConfigurationError> {
    let table = Arc::new(Table::from_environment(environment)?);
    let edge = environment.edge();
    let redeem = Redeem {
        tokens: table.clone(),
        history: table.clone(),
        strings: Strings::new(keyturn_seal::from_environment(environment)?, edge.clone()),
        rules: environment.rules()?,
        edge: edge.clone(),
    };
    Ok(Endpoint::new(Authenticate::new(table, edge), Handler { redeem }))
}

struct Handler {
    redeem: Redeem,
}

#[async_trait]
impl Handle for Handler {
    /// Who may redeem which request token is decided once the token is known.
    fn need(&self) -> Need {
        Need::Any
    }

    async fn handle(&self, caller: &Credential, call: &Call) -> Result<Reply, Failure> {
        let string = self.redeem.run(caller, &request_token(call)?).await?;
        Ok(Reply::json(StatusCode::OK, &TokenStringView::new(&string))?)
    }
}

fn request_token(call: &Call) -> Result<String, Refusal> {
    if *call.method() == Method::POST {
        read_redemption(Fields::of(call)?)
    } else {
        call.required_query("requestToken").map(str::to_owned)
    }
}
