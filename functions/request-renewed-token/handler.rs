//! `GET` and `POST /apiAccessTokens/requestRenewedToken`: redeems a request token for the successor's token string.

use std::sync::Arc;

use async_trait::async_trait;
use keyturn_application::Failure;
use keyturn_application::authenticate::Authenticate;
use keyturn_application::redeem::Redeem;
use keyturn_application::secret_vault::SecretVault;
use keyturn_domain::credential::Credential;
use keyturn_domain::ids::TokenId;
use keyturn_domain::refusal::Refusal;
use keyturn_domain::token::Token;
use keyturn_dynamodb::Table;
use keyturn_environment::{ConfigurationError, Environment};
use keyturn_http::view::TokenStringView;
use keyturn_http::{ApiRequest, ApiResponse, Endpoint, Fields, HandleWithToken, read_redemption};
use lambda_http::http::{Method, StatusCode};

use crate::routes::required_access;

/// Builds the function.
pub async fn build(environment: &Environment) -> Result<Endpoint, ConfigurationError> {
    let table = Arc::new(Table::from_environment(environment)?);
    let context = environment.context();
    let redeem = Redeem {
        tokens: table.clone(),
        history: table.clone(),
        vault: SecretVault::new(keyturn_seal::from_environment(environment)?, context.clone()),
        rules: environment.rules()?,
        context: context.clone(),
    };
    Ok(Endpoint::with_token(
        const { required_access("request-renewed-token") },
        Authenticate::new(table.clone(), context),
        table,
        Handler { redeem },
    )
    .without_share())
}

struct Handler {
    redeem: Redeem,
}

#[async_trait]
impl HandleWithToken for Handler {
    fn wanted(&self, _own: TokenId, call: &ApiRequest) -> Option<TokenId> {
        Redeem::renewed(&request_token(call).ok()?)
    }

    async fn handle(
        &self,
        caller: &Credential,
        token: Option<Token>,
        call: &ApiRequest,
    ) -> Result<ApiResponse, Failure> {
        let string = self.redeem.run(caller, &request_token(call)?, token, call.source_address()).await?;
        Ok(ApiResponse::json(StatusCode::OK, &TokenStringView::new(&string))?)
    }
}

fn request_token(call: &ApiRequest) -> Result<String, Refusal> {
    if *call.method() == Method::POST {
        read_redemption(Fields::of(call)?)
    } else {
        call.required_query("requestToken").map(str::to_owned)
    }
}
