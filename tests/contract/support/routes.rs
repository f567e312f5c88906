//! The routes that a deployment has, read from its template: no test has a list of its own that could fall behind.

use std::collections::BTreeSet;

use saphyr::{LoadableYamlNode as _, Yaml};

const TEMPLATE: &str = include_str!("../../../template.yaml");

/// Every route of the template's functions, such as `GET /apiAccessTokens/{id}`.
pub(crate) fn template_routes() -> BTreeSet<String> {
    let template = Yaml::load_from_str(TEMPLATE).unwrap();
    let functions = of_type(&template[0]["Resources"], "AWS::Serverless::Function");
    let events = functions.filter_map(|function| function["Properties"].as_mapping_get("Events"));
    let routes = events.flat_map(|events| of_type(events, "HttpApi")).map(|event| {
        let text = |name| event["Properties"].as_mapping_get(name).and_then(Yaml::as_str);
        format!("{} {}", text("Method").unwrap_or("ANY").to_uppercase(), text("Path").unwrap_or("$default"))
    });
    routes.collect()
}

/// The entries of a mapping that have this type.
fn of_type<'a>(mapping: &'a Yaml<'a>, kind: &str) -> impl Iterator<Item = &'a Yaml<'a>> {
    mapping.as_mapping().unwrap().values().filter(move |entry| entry["Type"].as_str() == Some(kind))
}

#[test]
fn routes_are_found() {
    let routes = template_routes();
    for route in ["POST /apiAccessTokens", "GET /apiAccessTokens/{id}", "GET /callbacks/logs/{id}"] {
        assert!(routes.contains(route), "{routes:?}");
    }
}
