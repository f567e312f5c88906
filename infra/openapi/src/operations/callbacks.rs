//! Callbacks and their log.

use anyhow::Result;
use keyturn_domain::fault::{FaultCode, Violation};
use keyturn_domain::refusal::{Conflict, Refusal};
use keyturn_http::log_view::DeliveryView;
use keyturn_http::openapi::{self, RotationRequest};
use keyturn_http::view::{ListView, SigningSecretView};
use serde_json::json;

use super::JSON;
use crate::examples;
use crate::operation::{Answer, Operation};
use crate::refusals::{fault, not_boolean, not_renewable_or};

const TAG: &str = "Callbacks";

pub(crate) fn all() -> Result<Vec<Operation>> {
    Ok(vec![test()?, rotate(), logs()?, log()?])
}

fn test() -> Result<Operation> {
    let answer = Answer::new::<DeliveryView>(200, "What came of it.", examples::test_delivery()?)
        .leading_to("/id", &["getCallbackLog"])
        .leading_to("tokenId=/tokenId", &["listCallbackLogs"]);
    let words = [
        TAG,
        "Its request token redeems to the token's own string and changes nothing, so the whole way can be rehearsed.",
    ];
    let route = ("POST", "/apiAccessTokens/{id}/callback/test");
    Ok(Operation::new(route, "testCallback", words, answer)
        .refused([Refusal::OutlivesCaller])
        .refused(not_renewable_or(&[Conflict::NoCallback, Conflict::NotCopyable])))
}

fn rotate() -> Operation {
    let example = json!({"signingSecret": examples::signing_secret()});
    let answer = Answer::new::<SigningSecretView>(200, "The new signing secret.", example);
    let words = [TAG, "The one before signs beside it for 24 hours, unless it is revoked."];
    let route = ("POST", "/apiAccessTokens/{id}/callback/rotateSecret");
    Operation::new(route, "rotateSigningSecret", words, answer)
        .taking::<RotationRequest>(JSON, json!({"revokePrevious": true}), not_boolean("revokePrevious"))
        .with_optional_body()
        .refused(not_renewable_or(&[Conflict::NoCallback]))
}

fn logs() -> Result<Operation> {
    let example = json!({"items": [examples::delivery()?]});
    let answer = Answer::new::<ListView<DeliveryView>>(200, "A page of deliveries.", example)
        .leading_to("/items/0/id", &["getCallbackLog"]);
    let words = [TAG, "Every delivery, newest first."];
    Ok(Operation::new(("GET", "/callbacks/logs"), "listCallbackLogs", words, answer)
        .with(openapi::paging())
        .with(openapi::log_filters())
        .invalid(fault(
            "errorOnly",
            Violation::new(FaultCode::UnsupportedValue, "must be true or false"),
            Some("yes"),
        )))
}

fn log() -> Result<Operation> {
    let answer = Answer::new::<DeliveryView>(200, "The delivery.", examples::delivery()?);
    let words = [TAG, "One entry of the callback log."];
    let operation = Operation::new(("GET", "/callbacks/logs/{id}"), "getCallbackLog", words, answer);
    Ok(operation.invalid(fault(
        "verbose",
        Violation::new(FaultCode::UnknownParameter, "is not a parameter of this request"),
        None,
    )))
}
