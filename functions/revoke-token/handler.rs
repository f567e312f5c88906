//! `POST /revoke`: token revocation (RFC 7009) by whoever holds the string, without authentication. It counts as the report of
//! a leak: what follows is the company's choice, and a management token is deactivated. The answer is the same for known and
//! unknown strings, and comes before any look-up.

use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use keyturn_application::Failure;
use keyturn_application::report_leaks::{Found, ReportLeaks};
use keyturn_application::shares::Shares;
use keyturn_domain::leak::LeakSource;
use keyturn_dynamodb::Table;
use keyturn_environment::{ConfigurationError, Environment};
use keyturn_http::leak_view::AcceptedView;
use keyturn_http::{ApiRequest, ApiResponse, Endpoint, HandlePublic};
use lambda_http::http::StatusCode;

use crate::introspect::form;
use crate::report_leaks::REPORTS;

/// Builds the function.
pub async fn build(environment: &Environment) -> Result<Endpoint, ConfigurationError> {
    let table = Arc::new(Table::from_environment(environment)?);
    let context = environment.context();
    let report = ReportLeaks { reports: table, context: context.clone() };
    Ok(Endpoint::public(Handler { report, sources: Shares::new(REPORTS, context) }))
}

struct Handler {
    report: ReportLeaks,
    sources: Shares<IpAddr>,
}

#[async_trait]
impl HandlePublic for Handler {
    async fn handle(&self, call: &ApiRequest) -> Result<ApiResponse, Failure> {
        self.sources.take_report(call.source_address())?;
        let token = form::token(call)?;
        self.report.run(LeakSource::Holder, [Found { text: &token, found_at: None }]).await?;
        Ok(ApiResponse::json(StatusCode::OK, &AcceptedView::new())?)
    }
}
