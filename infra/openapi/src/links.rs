//! Where an answer leads: operations that take an id out of it.

use serde_json::{Map, Value, json};

/// What can be done with a token whose id is known, in an order that leaves ending it for last.
pub(crate) const WITH_TOKEN: &[&str] = &[
    "getApiAccessToken",
    "updateApiAccessToken",
    "copyApiAccessToken",
    "listActivities",
    "testCallback",
    "rotateSigningSecret",
    "startRenewal",
    "renewApiAccessToken",
    "deactivateApiAccessToken",
];

/// The links of an answer. `value` is where in its body the value of the parameter stands.
pub(crate) fn of(links: &[(&'static str, &'static str)]) -> Map<String, Value> {
    let link = |(operation, value): &(&str, &str)| {
        let (parameter, pointer) = value.split_once('=').unwrap_or(("id", value));
        let parameters = json!({parameter: format!("$response.body#{pointer}")});
        ((*operation).to_owned(), json!({"operationId": operation, "parameters": parameters}))
    };
    links.iter().map(link).collect()
}
