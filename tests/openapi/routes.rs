//! Route table, gateway, description and access matrix have the same routes. The console's pages, below `/console`, are
//! not part of the description: they are for people.

use std::collections::{BTreeMap, BTreeSet};

use keyturn_functions::ROUTES;
use serde_json::Value;

use crate::support::{DESCRIPTION, TestStack, root};

/// Every route, such as `GET /apiAccessTokens/{id}`.
fn routes() -> BTreeSet<String> {
    ROUTES.iter().map(|route| format!("{} {}", route.method, route.path)).collect()
}

const MATRIX: &str = include_str!("../contract/access_matrix.txt");

fn description() -> Value {
    serde_json::from_str(&std::fs::read_to_string(root().join(DESCRIPTION)).unwrap()).unwrap()
}

/// The operations by their routes.
fn operations(description: &Value) -> BTreeMap<String, &Value> {
    let mut operations = BTreeMap::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            operations.insert(format!("{} {path}", method.to_uppercase()), operation);
        }
    }
    operations
}

fn is_described(route: &str) -> bool {
    !route.contains(" /console")
}

/// The lines of the matrix by route, each beginning with a response such as `403 READ_ONLY_TOKEN`.
fn matrix() -> BTreeMap<String, Vec<&'static str>> {
    let rows = MATRIX.split("\n\n").skip(1).map(|row| {
        let mut lines = row.trim().lines();
        (lines.next().unwrap().to_owned(), lines.map(str::trim).collect())
    });
    rows.collect()
}

#[test]
fn route_table_description_and_access_matrix_have_the_same_routes() {
    let routes = routes();
    assert_eq!(matrix().into_keys().collect::<BTreeSet<_>>(), routes, "the left is access_matrix.txt");
    let expected: BTreeSet<_> = routes.into_iter().filter(|route| is_described(route)).collect();
    let described: BTreeSet<_> = operations(&description()).into_keys().collect();
    assert_eq!(described, expected, "the left is the description, which infra/openapi/src/operations makes");
}

#[tokio::test]
async fn gateway_has_the_same_routes() {
    const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];
    let stack = TestStack::start().await;
    let routes = routes();
    let paths: BTreeSet<_> = routes.iter().map(|route| route.split_once(' ').unwrap().1).collect();
    let (mut found, mut expected) = (BTreeSet::new(), BTreeSet::new());
    for path in paths {
        let real = path.replace("{id}", "01990000-0000-7000-8000-000000000000").replace("{proxy+}", "none");
        for method in METHODS {
            if routes.iter().any(|route| matches(route, method, path)) {
                expected.insert(format!("{method} {path}"));
            }
            let response = stack.anonymous().call(method.parse().unwrap(), &real, None).await;
            // The gateway's own response, without a function.
            if response.body["message"] != "Not Found" {
                found.insert(format!("{method} {path}"));
            }
        }
    }
    assert_eq!(found, expected, "the left is what the gateway knows");
}

/// Whether a route matches this method and path; its parameter may match `self`, and a greedy one several parts.
fn matches(route: &str, method: &str, path: &str) -> bool {
    let (own_method, own_path) = route.split_once(' ').unwrap();
    if let Some(before) = own_path.strip_suffix("{proxy+}") {
        return own_method == method && path.starts_with(before);
    }
    let (own, parts) = (own_path.split('/'), path.split('/'));
    own_method == method
        && own.clone().count() == parts.clone().count()
        && own.zip(parts).all(|(own, part)| own == part || own == "{id}")
}

#[tokio::test]
async fn serves_the_description_of_the_file() {
    let stack = TestStack::start().await;
    let response = stack.anonymous().get("/openapi.json").await;
    assert_eq!((response.status, response.header("content-type")), (200, "application/json"));
    assert_eq!(response.body, description());
}

#[test]
fn describes_every_response_of_the_access_matrix() {
    let description = description();
    let mut compared = 0;
    for (route, operation) in operations(&description) {
        for line in &matrix()[&route] {
            let (status, rest) = line.split_once(' ').unwrap();
            let mut described = &operation["responses"][status];
            if let Some(reference) = described["$ref"].as_str() {
                described = description.pointer(&reference[1..]).unwrap();
            }
            assert!(described.is_object(), "{route}: {status} is not described");
            let code = rest.split_whitespace().next().unwrap();
            if code.contains('_') || ["UNAUTHENTICATED"].contains(&code) {
                let codes = &described["content"]["application/problem+json"]["examples"];
                assert!(codes[code].is_object(), "{route}: {status} {code} is not described: {codes}");
                compared += 1;
            }
        }
    }
    assert!(compared > 40, "{compared} codes were compared");
}
