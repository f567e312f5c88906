//! `POST /apiAccessTokens/{id}/callback/test`: sends a signed callback now and answers with its log entry.

use std::sync::Arc;

use async_trait::async_trait;
use keyturn_application::authenticate::Authenticate;
use keyturn_application::change::ChangeToken;
use keyturn_application::secret_vault::SecretVault;
use keyturn_application::test_callback::TestCallback;
use keyturn_application::{Failure, PortError};
use keyturn_callback::HttpCallbackSender;
use keyturn_domain::caller::Caller;
use keyturn_dynamodb::Table;
use keyturn_environment::{ConfigurationError, Environment};
use keyturn_http::log_view::DeliveryView;
use keyturn_http::{ApiRequest, ApiResponse, Endpoint, Handle};
use lambda_http::http::StatusCode;

use crate::routes::required_access;

/// Builds the function.
pub async fn build(environment: &Environment) -> Result<Endpoint, ConfigurationError> {
    let table = Arc::new(Table::from_environment(environment)?);
    let context = environment.context();
    let vault = SecretVault::new(keyturn_seal::from_environment(environment)?, context.clone());
    let change = ChangeToken { tokens: table.clone(), context: context.clone() };
    let callbacks = Arc::new(HttpCallbackSender::from_environment(environment)?);
    let test = TestCallback { change, vault, callbacks, rules: environment.rules()? };
    Ok(Endpoint::new(
        const { required_access("test-callback") },
        Authenticate::with_sessions(table, context),
        Handler { test, base_url: environment.own_base_url() },
    ))
}

struct Handler {
    test: TestCallback,
    base_url: Option<String>,
}

#[async_trait]
impl Handle for Handler {
    async fn handle(&self, caller: &Caller, call: &ApiRequest) -> Result<ApiResponse, Failure> {
        let base_url = call.base_url(self.base_url.as_deref());
        let (id, entry) = self.test.run(caller, call.token_id()?, base_url).await?;
        let view =
            DeliveryView::new(id, &entry).ok_or(PortError::bare("a test callback left no delivery"))?;
        Ok(ApiResponse::json(StatusCode::OK, &view)?)
    }
}
