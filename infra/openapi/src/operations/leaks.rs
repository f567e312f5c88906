//! Reports of leaked strings, by anybody who has them.

use anyhow::Result;
use chrono::TimeDelta;
use keyturn_domain::fault::Violation;
use keyturn_domain::refusal::Refusal;
use keyturn_http::leak_view::{AcceptedView, TokenTypesView};
use keyturn_http::openapi::{IntrospectionRequest, PartnerReportRequest, ReportRequest};
use serde_json::{Value, json};

use super::JSON;
use crate::examples;
use crate::operation::{Answer, Operation};
use crate::refusals::fault;

const TAG: &str = "Leaks";

pub(crate) fn all() -> Result<Vec<Operation>> {
    Ok(vec![report(), revoke(), types()?, report_as_gitlab()])
}

fn accepted(status: u16, description: &'static str) -> Answer {
    Answer::new::<AcceptedView>(status, description, json!({"status": "ACCEPTED"}))
}

fn throttled() -> [Refusal; 1] {
    [Refusal::TooManyReports { wait: TimeDelta::seconds(1) }]
}

fn found() -> &'static str {
    "https://github.com/acme/shop/blob/0f3a/config.yml"
}

fn report() -> Operation {
    let words = [
        TAG,
        "Token strings and request tokens that were found where they must not be, up to 100 a call. The answer is the same for \
         known and unknown strings. GitHub's secret scanning sends its own form, an array, with a signature: up to 1,000 \
         strings in up to 1 MiB, answered with 200 and a label for each.",
    ];
    let answer = accepted(202, "The report is worked off within a minute or two.");
    Operation::new(("POST", "/leaks"), "reportLeaks", words, answer)
        .taking::<ReportRequest>(
            JSON,
            json!({"leaks": [{"token": examples::string("kat_"), "url": found()}]}),
            fault("leaks", Violation::required(), None),
        )
        .refused(throttled())
}

fn revoke() -> Operation {
    let words = [
        TAG,
        "Revokes a token string by the string itself (RFC 7009). It counts as the report of a leak: what follows is the \
         company's choice, and a management token is deactivated.",
    ];
    let answer = accepted(200, "The string is unknown, or is dealt with within a minute or two.");
    Operation::new(("POST", "/revoke"), "revokeToken", words, answer)
        .taking::<IntrospectionRequest>(
            "application/x-www-form-urlencoded",
            json!({"token": examples::string("kat_")}),
            fault("token", Violation::required(), None),
        )
        .refused(throttled())
}

fn types() -> Result<Operation> {
    let example: Value = serde_json::to_value(TokenTypesView::all())?;
    let answer = Answer::new::<TokenTypesView>(200, "The types.", example);
    let words = [TAG, "What a GitLab instance may report, by the rules that find it."];
    Ok(Operation::new(("GET", "/v1/revocable_token_types"), "listRevocableTokenTypes", words, answer))
}

fn report_as_gitlab() -> Operation {
    let words = [
        TAG,
        "The same as a report, in the form of GitLab's secret detection. With the deployment's key for GitLab in \
         `Authorization`, up to 1,000 strings in up to 1 MiB; else the first 100 count.",
    ];
    let answer = accepted(204, "The report is worked off within a minute or two.");
    let kind = TokenTypesView::FIRST;
    Operation::new(("POST", "/v1/revoke_tokens"), "revokeTokens", words, answer)
        .taking::<PartnerReportRequest>(
            JSON,
            json!([{"type": kind, "token": examples::string("kat_"), "location": found()}]),
            fault("leaks", Violation::required(), None),
        )
        .refused(throttled())
}
