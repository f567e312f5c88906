//! `/apiAccessTokens/startRenewals`: many renewals at a pace.

use std::sync::Arc;

use async_trait::async_trait;
use keyturn_application::Failure;
use keyturn_application::authenticate::Authenticate;
use keyturn_application::mass_renewals::{StartRenewals, TryRenewals};
use keyturn_domain::caller::Caller;
use keyturn_domain::fault::Faults;
use keyturn_domain::mass_renewal::MassRenewal;
use keyturn_domain::refusal::Refusal;
use keyturn_dynamodb::Table;
use keyturn_environment::{ConfigurationError, Environment};
use keyturn_http::mass_renewal_view::MassRenewalView;
use keyturn_http::{ApiRequest, ApiResponse, Endpoint, Fields, Handle, read_mass_renewal, request_key};
use lambda_http::http::StatusCode;

use crate::routes::required_access;

/// Builds the function.
pub async fn build(environment: &Environment) -> Result<Endpoint, ConfigurationError> {
    let table = Arc::new(Table::from_environment(environment)?);
    let context = environment.context();
    let dry_runs = TryRenewals { summaries: table.clone(), context: context.clone() };
    let renewals = StartRenewals { mass_renewals: table.clone(), context: context.clone() };
    Ok(Endpoint::new(
        const { required_access("start-renewals") },
        Authenticate::with_sessions(table, context),
        Handler { dry_runs, renewals },
    ))
}

struct Handler {
    dry_runs: TryRenewals,
    renewals: StartRenewals,
}

#[async_trait]
impl Handle for Handler {
    async fn handle(&self, caller: &Caller, call: &ApiRequest) -> Result<ApiResponse, Failure> {
        let view = if call.path_id().is_none() {
            self.order(caller, call).await?
        } else {
            MassRenewalView::new(&self.look_at(caller, call).await?)
        };
        Ok(ApiResponse::json(StatusCode::OK, &view)?)
    }
}

impl Handler {
    async fn order(&self, caller: &Caller, call: &ApiRequest) -> Result<MassRenewalView, Failure> {
        let mut faults = Faults::default();
        let key = request_key(call, &mut faults);
        let (draft, faults) = read_mass_renewal(Fields::beside(call, faults)?);
        let order = draft.parse(faults).map_err(Refusal::Invalid)?;
        if draft.dry_run == Some(true) {
            let found = self.dry_runs.run(caller, &order.selection).await?;
            let (selected, hours) = (found.selected, order.over_hours);
            return Ok(MassRenewalView::dry_run(selected, &found.unable, found.complete, hours));
        }
        Ok(MassRenewalView::new(&self.renewals.order(caller, order, key).await?))
    }

    async fn look_at(&self, caller: &Caller, call: &ApiRequest) -> Result<MassRenewal, Failure> {
        let id = call.mass_renewal_id()?;
        match call.path_end() {
            "pause" => self.renewals.change(caller, id, MassRenewal::pause).await,
            "resume" => self.renewals.change(caller, id, MassRenewal::resume).await,
            "stop" => self.renewals.change(caller, id, MassRenewal::stop).await,
            _ => self.renewals.get(caller, id).await,
        }
    }
}
