//! Renewals: redemption, manual renewal, start of the automatic renewal.

use anyhow::Result;
use keyturn_domain::fault::Faults;
use keyturn_domain::fault::{FaultCode, Violation};
use keyturn_domain::limits;
use keyturn_domain::refusal::{Conflict, InvalidReason, Refusal};
use keyturn_http::openapi::{self, RedemptionRequest, RenewalRequest, StartRequest};
use keyturn_http::renewal_info_view::RenewalInfoView;
use keyturn_http::view::{TokenStringView, TokenView, time};
use serde_json::json;

use super::JSON;
use crate::examples;
use crate::links::WITH_TOKEN;
use crate::operation::{Answer, Operation};
use crate::refusals::{fault, not_boolean, not_renewable, not_renewable_or, window_end};

const TAG: &str = "Renewal";
const REDEMPTION: &str = "/apiAccessTokens/requestRenewedToken";

pub(crate) fn all() -> Result<Vec<Operation>> {
    Ok(vec![redeem_by_get(), redeem(), info(), pull(), renew()?, start()?])
}

fn redemption(method: &'static str, id: &'static str, description: &'static str) -> Operation {
    let example = json!({"token": examples::string("kat_")});
    let answer = Answer::new::<TokenStringView>(200, "The successor's token string.", example);
    let words = [TAG, description];
    Operation::new((method, REDEMPTION), id, words, answer).without_share().refused([
        Refusal::NotTheRenewedToken,
        Refusal::NotFound("request token"),
        Refusal::Gone(InvalidReason::WindowClosed(window_end())),
    ])
}

fn missing() -> Faults {
    fault("requestToken", Violation::required(), None)
}

fn redeem_by_get() -> Operation {
    const DESCRIPTION: &str = "Exchanges a request token for the successor's token string, for the token that is being \
        renewed or a management token that may write. The same request gives the same string again, for 2 hours.";
    redemption("GET", "requestRenewedToken", DESCRIPTION).with([openapi::request_token()]).invalid(missing())
}

fn redeem() -> Operation {
    const DESCRIPTION: &str =
        "The same as by `GET`, with the request token in the body, where no access log shows it.";
    let example = json!({"requestToken": examples::string("krt_")});
    redemption("POST", "redeemRequestToken", DESCRIPTION).taking::<RedemptionRequest>(
        JSON,
        example,
        missing(),
    )
}

fn info() -> Operation {
    let window = json!({"start": time(examples::now()), "end": time(window_end())});
    let example = json!({"renewal": "DUE", "suggestedWindow": window});
    let answer = Answer::new::<RenewalInfoView>(200, "How the caller's renewal stands.", example);
    let words = [
        TAG,
        "For clients that fetch their successor: when to do so, and in `Retry-After` when to ask again, at most 6 hours \
         later. Modelled on RFC 9773.",
    ];
    let route = ("GET", "/apiAccessTokens/self/renewalInfo");
    Operation::new(route, "getRenewalInfo", words, answer.with(&["Retry-After"]))
}

fn pull() -> Operation {
    const DESCRIPTION: &str = "For clients that cannot be called: a token with `pull` fetches its own successor, from the \
        due moment on, without a body. The same request gives the same string again for as long as the token is valid.";
    let example = json!({"token": examples::string("kat_")});
    let answer = Answer::new::<TokenStringView>(200, "The successor's token string.", example);
    let route = ("POST", "/apiAccessTokens/self/renew");
    let (at, wait) = (window_end(), limits::REDEMPTION_WINDOW);
    Operation::new(route, "renewOwnApiAccessToken", [TAG, DESCRIPTION], answer).without_share().refused(
        [
            Conflict::RenewalNotDue { at, wait },
            Conflict::NoPull,
            Conflict::Leaked,
            Conflict::NoAutoRenewal,
            Conflict::AlreadyRenewed,
            Conflict::SuccessorEnded,
        ]
        .map(Refusal::Conflict),
    )
}

fn renew() -> Result<Operation> {
    let answer = Answer::new::<TokenView>(201, "The successor, with its string.", examples::successor()?)
        .with(&["Location", "ETag"])
        .leading_to("/id", WITH_TOKEN);
    let words = [TAG, "Creates the successor, which takes over auto renewal; the token ends when asked."];
    let route = ("POST", "/apiAccessTokens/{id}/renew");
    let operation = Operation::new(route, "renewApiAccessToken", words, answer);
    let order = json!({"existingTokenExpiresAt": "2999-12-31", "name": "partner, renewed"});
    let faults = fault(
        "existingTokenExpiresAt",
        Violation::new(FaultCode::MustBeNowOrLater, "must be now or later"),
        Some("2020-01-01"),
    );
    Ok(operation
        .taking::<RenewalRequest>(JSON, order, faults)
        .creating()
        .refused([Refusal::OutlivesCaller])
        .refused(not_renewable()))
}

fn start() -> Result<Operation> {
    let answer = Answer::new::<TokenView>(200, "The token, due now.", examples::due()?).with(&["ETag"]);
    let words = [TAG, "After a suspected leak, or as a rehearsal."];
    let route = ("POST", "/apiAccessTokens/{id}/startRenewal");
    Ok(Operation::new(route, "startRenewal", words, answer)
        .taking::<StartRequest>(JSON, json!({"suspectedLeak": true}), not_boolean("suspectedLeak"))
        .with_optional_body()
        .refused([Refusal::OutlivesCaller])
        .refused(not_renewable_or(&[Conflict::NoAutoRenewal, Conflict::NoCallback])))
}
