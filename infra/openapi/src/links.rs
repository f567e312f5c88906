//! Links from an answer to operations that take an id from it.

use serde_json::{Map, Value, json};

/// The operations on a token, with deactivation last.
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

/// The links of an answer. `value` points to the parameter's value in its body.
pub(crate) fn of(links: &[(&'static str, &'static str)]) -> Map<String, Value> {
    let link = |(operation, value): &(&str, &str)| {
        let (parameter, pointer) = value.split_once('=').unwrap_or(("id", value));
        let parameters = json!({parameter: format!("$response.body#{pointer}")});
        ((*operation).to_owned(), json!({"operationId": operation, "parameters": parameters}))
    };
    links.iter().map(link).collect()
}
