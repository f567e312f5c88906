//! All functions under cargo-lambda's emulator, on the local stack's services.

use std::collections::{BTreeMap, BTreeSet};

use keyturn_local::{LocalServices, environment::TABLE};
use reqwest::Method;

use crate::chain::{self, parameters};
use crate::support::deployment::{deployment, functions};
use crate::support::lambda::Lambda;
use crate::support::read;
use crate::support::services::{local_endpoints, local_page};
use crate::template::routes;

async fn start(services: &LocalServices) -> Lambda {
    let physical = BTreeMap::from([("Table".to_owned(), TABLE.to_owned())]);
    let functions = functions(&deployment(&parameters(), physical));
    // A key file replaces KMS, which the local stack doesn't have.
    let is_key = |(name, _): &&(&str, String)| *name == "KEYTURN_SEALING_KEY_FILE";
    let key_file = services.variables.iter().find(is_key).unwrap().clone();
    let overrides = vec![("KEYTURN_KMS_KEY_ID", String::new()), key_file];
    Lambda::start(functions, local_endpoints(services), overrides).await
}

#[tokio::test]
async fn compiled_functions_renew_a_token() {
    let services = LocalServices::start().await.unwrap();
    let lambda = start(&services).await;
    chain::run(&lambda).await;

    let mailed: Vec<_> = local_page(&services, "mails").await;
    assert!(mailed.iter().all(|mail| mail["from"].as_str().unwrap().contains("keyturn@example.com")));
    let events = local_page(&services, "events").await;
    let published: BTreeSet<_> = events.iter().map(|event| event["detailType"].as_str().unwrap()).collect();
    for kind in
        ["Token Created", "Renewal Requested", "Callback Delivered", "Token Renewed", "Token Deactivated"]
    {
        assert!(published.contains(kind), "{published:?}");
    }
    let log = lambda.stop("sweep").await;
    let requests = lambda.stop("deactivate-token").await;
    assert!(requests.contains(r#""company":"acme""#) && requests.contains(r#""caller":""#), "{requests}");
    assert!(log.contains(r#""CloudWatchMetrics""#) && log.contains(r#""OldestDueSeconds":"#), "{log}");
}

#[tokio::test]
async fn every_function_starts_and_answers() {
    let services = LocalServices::start().await.unwrap();
    let lambda = start(&services).await;
    for (method, path, binary) in routes() {
        let path = path.replace("{id}", "01990000-0000-7000-8000-000000000000").replace("{proxy+}", "none");
        let method: Method = method.parse().unwrap();
        let answer = lambda.send(lambda.request(method, &path)).await;
        let expected: &[u16] = match binary.as_str() {
            "console" | "openapi" => &[200, 404],
            "report-leaks" | "revoke-token" => &[200, 400],
            "sign-in" => &[200],
            "signed-in" => &[303],
            "back-channel-logout" => &[400],
            _ => &[401],
        };
        assert!(expected.contains(&answer.status), "{path} without a token: {answer:?}");
    }
    for (function, event) in [
        ("bootstrap", "bootstrap"),
        ("provider", "provider"),
        ("sweep", "schedule"),
        ("deliver", "stream"),
        ("authorizer", "authorizer-http-api"),
    ] {
        let answer = lambda.invoke(function, &read(&format!("infra/events/{event}.json"))).await;
        assert_eq!(answer.status, 200, "{function}: {}", answer.body);
    }
    let own = lambda.invoke("get-own-token", &read("infra/events/api-get-own-token.json")).await;
    assert_eq!(own.body["statusCode"], 401, "{}", own.body);

    let deployed = functions(&deployment(&[], BTreeMap::new()));
    assert_eq!(lambda.started().await, deployed.into_keys().collect(), "every function is tested");
}
