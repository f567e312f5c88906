//! Tokens.

use anyhow::Result;
use keyturn_domain::fault::{FaultCode, Violation};
use keyturn_domain::refusal::{Conflict, Refusal};
use keyturn_http::log_view::ActivityView;
use keyturn_http::openapi::{self, TokenPatchRequest, TokenRequest};
use keyturn_http::overview_view::OverviewView;
use keyturn_http::view::{ListView, TokenStringView, TokenView};
use serde_json::json;

use super::JSON;
use crate::examples;
use crate::links::WITH_TOKEN;
use crate::operation::{Answer, Operation};
use crate::refusals::{fault, not_renewable};

const TAG: &str = "Tokens";

pub(crate) fn all() -> Result<Vec<Operation>> {
    Ok(vec![create()?, list()?, overview()?, own()?, get()?, update()?, copy(), deactivate()?, activities()?])
}

fn create() -> Result<Operation> {
    let answer = Answer::new::<TokenView>(201, "The token, with its string.", examples::created()?)
        .with(&["Location", "ETag"])
        .leading_to("/id", WITH_TOKEN);
    let words = [TAG, "The token string is shown in this answer; the signing secret, if a callback is set."];
    let operation = Operation::new(("POST", "/apiAccessTokens"), "createApiAccessToken", words, answer);
    let faults = fault(
        "rights",
        Violation::new(FaultCode::UnsupportedValue, "must be READ or READ_WRITE"),
        Some("ALL"),
    );
    Ok(operation
        .taking::<TokenRequest>(JSON, examples::settings(), faults)
        .creating()
        .refused([Refusal::OutlivesCaller]))
}

fn list() -> Result<Operation> {
    let example = json!({"items": [examples::shown()?]});
    let answer = Answer::new::<ListView<TokenView>>(200, "A page of tokens.", example)
        .leading_to("startingAfter=/items/0/id", &["listApiAccessTokens"]);
    let words = [TAG, "The company's tokens, page by page, filtered and searched."];
    let operation = Operation::new(("GET", "/apiAccessTokens"), "listApiAccessTokens", words, answer);
    Ok(operation
        .with(openapi::paging())
        .with([openapi::token_status(), openapi::application(), openapi::search()])
        .with(openapi::summary_filters())
        .invalid(fault("size", Violation::new(FaultCode::OutOfRange, "must be 1 to 100"), Some("0"))))
}

fn overview() -> Result<Operation> {
    let answer = Answer::new::<OverviewView>(200, "What was found.", examples::overview()?);
    let words = [
        TAG,
        "Counts, and the first 20 tokens of each kind. Looks at 2,000 entries of the list at most, the newest first, and \
         says where to go on.",
    ];
    let operation = Operation::new(("GET", "/apiAccessTokens/overview"), "getOverview", words, answer);
    let violation = Violation::new(FaultCode::InvalidId, "must be the id of an item");
    Ok(operation.with([openapi::starting_after()]).invalid(fault("startingAfter", violation, Some("1"))))
}

fn own() -> Result<Operation> {
    let answer = Answer::new::<TokenView>(200, "The caller's token.", examples::shown()?).with(&["ETag"]);
    let words = [TAG, "The record of the token that the caller authenticates with."];
    Ok(Operation::new(("GET", "/apiAccessTokens/self"), "getOwnApiAccessToken", words, answer)
        .refused([Refusal::NotFound("token")]))
}

fn get() -> Result<Operation> {
    let answer = Answer::new::<TokenView>(200, "The token.", examples::shown()?).with(&["ETag"]);
    let words = [TAG, "The token as it stands now."];
    Ok(Operation::new(("GET", "/apiAccessTokens/{id}"), "getApiAccessToken", words, answer))
}

fn update() -> Result<Operation> {
    let answer = Answer::new::<TokenView>(
        200,
        "The token as it is now, with the signing secret if a callback was set.",
        examples::shown()?,
    )
    .with(&["ETag"]);
    let words =
        [TAG, "Description, auto renewal, mail recipient and owner can be edited, by a JSON merge patch."];
    let operation = Operation::new(("PATCH", "/apiAccessTokens/{id}"), "updateApiAccessToken", words, answer);
    let patch = json!({"description": "the hourly export", "renewalMailRecipient": "ops@example.com"});
    let faults =
        fault("name", Violation::new(FaultCode::UnknownField, "is not a field of this request"), None);
    Ok(operation
        .with([openapi::if_match()])
        .taking::<TokenPatchRequest>("application/merge-patch+json", patch, faults)
        .refused([Refusal::VersionMismatch, Refusal::OutlivesCaller])
        .refused(not_renewable()))
}

fn copy() -> Operation {
    let example = json!({"token": examples::string("kat_")});
    let answer = Answer::new::<TokenStringView>(200, "The token string.", example);
    let words = [TAG, "The string once more, for a person who needs it; it leaves an activity."];
    let route = ("GET", "/apiAccessTokens/{id}/token");
    Operation::new(route, "copyApiAccessToken", words, answer)
        .refused([Refusal::OutlivesCaller])
        .refused([Conflict::Expired, Conflict::Deactivated, Conflict::NotCopyable].map(Refusal::Conflict))
}

fn deactivate() -> Result<Operation> {
    let answer =
        Answer::new::<TokenView>(200, "The token, deactivated.", examples::deactivated()?).with(&["ETag"]);
    let words = [TAG, "It's no longer good, from now on and for good. Asked again, the answer is the same."];
    let route = ("POST", "/apiAccessTokens/{id}/deactivate");
    Ok(Operation::new(route, "deactivateApiAccessToken", words, answer))
}

fn activities() -> Result<Operation> {
    let example = json!({"items": [examples::activity()?]});
    let answer = Answer::new::<ListView<ActivityView>>(200, "A page of activities.", example);
    let words = [TAG, "Who did what to it and when, newest first."];
    let route = ("GET", "/apiAccessTokens/{id}/activities");
    Ok(Operation::new(route, "listActivities", words, answer).with(openapi::paging()).invalid(fault(
        "sort",
        Violation::new(FaultCode::UnsupportedValue, "must be DESC or ASC"),
        Some("UP"),
    )))
}
