//! The catalogue, introspection, and the description itself.

use anyhow::Result;
use keyturn_domain::fault::{FaultCode, Violation};
use keyturn_domain::rules::DEFAULT_CATALOGUE;
use keyturn_domain::settings::Catalogue;
use keyturn_http::introspection_view::IntrospectionView;
use keyturn_http::openapi::{self, IntrospectionRequest};
use keyturn_http::view::{ApplicationView, ListView};
use serde_json::{Map, Value, json};

use crate::examples;
use crate::operation::{Answer, Operation};
use crate::refusals::fault;

const TAG: &str = "Other";

pub(crate) fn all() -> Result<Vec<Operation>> {
    Ok(vec![applications()?, introspect(), description()])
}

fn applications() -> Result<Operation> {
    let catalogue = Catalogue::parse(DEFAULT_CATALOGUE).map_err(anyhow::Error::msg)?;
    let example = json!({"items": catalogue.names()});
    let answer = Answer::new::<ListView<ApplicationView<'_>>>(200, "The catalogue.", example);
    let words = [TAG, "What tokens can be for in this deployment."];
    let operation = Operation::new(("GET", "/applications"), "listApplications", words, answer);
    Ok(operation.invalid(fault(
        "search",
        Violation::new(FaultCode::UnknownParameter, "is not a parameter of this request"),
        None,
    )))
}

fn introspect() -> Operation {
    let answer =
        Answer::new::<IntrospectionView>(200, "Whether it's good, and for what.", json!({"active": false}));
    let words = [TAG, "Tells whether a token of the company is good now (RFC 7662)."];
    let operation = Operation::new(("POST", "/introspect"), "introspect", words, answer);
    let form = json!({"token": examples::string("kat_")});
    operation.without_share().taking::<IntrospectionRequest>(
        "application/x-www-form-urlencoded",
        form,
        fault("token", Violation::required(), None),
    )
}

fn description() -> Operation {
    let example = json!({"openapi": "3.1.0"});
    let answer = Answer::new::<Map<String, Value>>(200, "This description.", example).with(&["ETag"]);
    let words = [TAG, "The description that you are reading."];
    Operation::new(("GET", "/openapi.json"), "getApiDescription", words, answer)
        .with([openapi::if_none_match()])
}
