//! `GET /apiAccessTokens/self/renewalInfo`: when the caller should fetch its successor, and when to ask again.

use std::sync::Arc;

use async_trait::async_trait;
use keyturn_application::authenticate::Authenticate;
use keyturn_application::renewal_info::GetRenewalInfo;
use keyturn_application::{Context, Failure};
use keyturn_domain::caller::Caller;
use keyturn_dynamodb::Table;
use keyturn_environment::{ConfigurationError, Environment};
use keyturn_http::renewal_info_view::RenewalInfoView;
use keyturn_http::{ApiRequest, ApiResponse, Endpoint, Handle};
use lambda_http::http::{StatusCode, header};

use crate::routes::required_access;

/// Builds the function.
pub async fn build(environment: &Environment) -> Result<Endpoint, ConfigurationError> {
    let table = Arc::new(Table::from_environment(environment)?);
    let context = environment.context();
    let get = GetRenewalInfo { tokens: table.clone() };
    Ok(Endpoint::new(
        const { required_access("get-renewal-info") },
        Authenticate::new(table, context.clone()),
        Handler { get, context },
    ))
}

struct Handler {
    get: GetRenewalInfo,
    context: Context,
}

#[async_trait]
impl Handle for Handler {
    async fn handle(&self, caller: &Caller, _call: &ApiRequest) -> Result<ApiResponse, Failure> {
        let info = self.get.run(caller.token()?, self.context.now()).await?;
        let retry_after = info.retry_after.num_seconds().to_string();
        Ok(ApiResponse::json(StatusCode::OK, &RenewalInfoView::new(&info))?
            .with(header::RETRY_AFTER, &retry_after))
    }
}
