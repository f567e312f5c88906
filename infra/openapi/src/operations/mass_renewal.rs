//! Many renewals at a pace.

use anyhow::Result;
use keyturn_domain::fault::{FaultCode, Violation};
use keyturn_domain::refusal::{Conflict, Refusal};
use keyturn_http::mass_renewal_view::MassRenewalView;
use keyturn_http::openapi::{MassRenewalRequest, idempotency_key};
use serde_json::json;

use super::JSON;
use crate::examples;
use crate::operation::{Answer, Operation};
use crate::refusals::fault;

/// The tag, by which a path's id is that of a mass renewal.
pub(crate) const TAG: &str = "Mass renewal";

const ONE: &str = "/apiAccessTokens/startRenewals/{id}";

pub(crate) fn all() -> Result<Vec<Operation>> {
    let changes = [
        (
            "/apiAccessTokens/startRenewals/{id}/pause",
            "pauseRenewals",
            "Nothing is started until it is resumed.",
        ),
        (
            "/apiAccessTokens/startRenewals/{id}/resume",
            "resumeRenewals",
            "Goes on where it was paused, at the same pace.",
        ),
        (
            "/apiAccessTokens/startRenewals/{id}/stop",
            "stopRenewals",
            "Starts no more renewals, for good. Those that were started go on.",
        ),
    ];
    let mut all = vec![start()?, get()?];
    for (path, id, description) in changes {
        let answer = Answer::new::<MassRenewalView>(200, "How it stands.", examples::mass_renewal()?);
        let operation = Operation::new(("POST", path), id, [TAG, description], answer);
        all.push(operation.refused([Refusal::Conflict(Conflict::MassRenewalEnded)]));
    }
    Ok(all)
}

fn start() -> Result<Operation> {
    const DESCRIPTION: &str = "Makes the automatic renewals of many tokens due, spread evenly over the given hours, as if each \
        had been started by itself. The schedule first counts what is selected.";
    const WITH_IT: [&str; 4] = ["getRenewals", "pauseRenewals", "resumeRenewals", "stopRenewals"];
    let answer = Answer::new::<MassRenewalView>(200, "How it stands.", examples::mass_renewal()?);
    let route = ("POST", "/apiAccessTokens/startRenewals");
    let example = json!({"filter": {"olderThanDays": 90}, "overHours": 4});
    let violation = Violation::new(FaultCode::OutOfRange, "must be 1 to 168");
    Ok(Operation::new(route, "startRenewals", [TAG, DESCRIPTION], answer.leading_to("/id", &WITH_IT))
        .taking::<MassRenewalRequest>(JSON, example, fault("overHours", violation, Some("0")))
        .with([idempotency_key()])
        .refused([Refusal::KeyReused]))
}

fn get() -> Result<Operation> {
    const DESCRIPTION: &str = "How many renewals are started. `outstandingOf` of the list finds the tokens that were started and \
        have not been renewed.";
    let answer = Answer::new::<MassRenewalView>(200, "How it stands.", examples::mass_renewal()?);
    Ok(Operation::new(("GET", ONE), "getRenewals", [TAG, DESCRIPTION], answer))
}
