//! One set of routes: the route table's, the gateway's, the description's and the access matrix's. The console's pages, below
//! `/console`, are no part of the description: they are for people.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::support::{DESCRIPTION, TestStack, root, routes};

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

/// What the matrix says of each route: lines of answers, such as `403 READ_ONLY_TOKEN`.
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
async fn the_gateway_has_the_same_routes() {
    const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];
    let stack = TestStack::start().await;
    let routes = routes();
    let paths: BTreeSet<_> = routes.iter().map(|route| route.split_once(' ').unwrap().1).collect();
    let (mut found, mut expected) = (BTreeSet::new(), BTreeSet::new());
    for path in paths {
        let real = path.replace("{id}", "01990000-0000-7000-8000-000000000000").replace("{proxy+}", "none");
        for method in METHODS {
            if routes.iter().any(|route| takes(route, method, path)) {
                expected.insert(format!("{method} {path}"));
            }
            let answer = stack.anybody().ask(method.parse().unwrap(), &real, None).await;
            // The gateway's own answer: no function was asked.
            if answer.body["message"] != "Not Found" {
                found.insert(format!("{method} {path}"));
            }
        }
    }
    assert_eq!(found, expected, "the left is what the gateway knows");
}

/// Whether a route takes this method and path, if only because a parameter of it can be `self`.
fn takes(route: &str, method: &str, path: &str) -> bool {
    let (own_method, own_path) = route.split_once(' ').unwrap();
    let (own, parts) = (own_path.split('/'), path.split('/'));
    own_method == method
        && own.clone().count() == parts.clone().count()
        && own.zip(parts).all(|(own, part)| own == part || own == "{id}")
}

#[tokio::test]
async fn the_description_is_served_as_it_stands_in_the_file() {
    let stack = TestStack::start().await;
    let answer = stack.anybody().get("/openapi.json").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
    assert_eq!(answer.body, description());
}

#[test]
fn whatever_the_access_matrix_shows_is_described() {
    let description = description();
    let mut compared = 0;
    for (route, operation) in operations(&description) {
        for line in &matrix()[&route] {
            let (status, rest) = line.split_once(' ').unwrap();
            let mut response = &operation["responses"][status];
            if let Some(reference) = response["$ref"].as_str() {
                response = description.pointer(&reference[1..]).unwrap();
            }
            assert!(response.is_object(), "{route} is answered {status}, which is not described");
            let code = rest.split_whitespace().next().unwrap();
            if code.contains('_') || ["UNAUTHENTICATED"].contains(&code) {
                let codes = &response["content"]["application/problem+json"]["examples"];
                assert!(codes[code].is_object(), "{route}: {status} {code} is not described: {codes}");
                compared += 1;
            }
        }
    }
    assert!(compared > 40, "{compared} codes were compared");
}
