//! A service behind the layer of `keyturn-verification`, over the table and by introspection: the example service.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use keyturn_environment::Environment;
use keyturn_harness::http::{Answer, client, send, serve};
use keyturn_verification::{RemoteVerifier, Verifier, Verify};
use reqwest::Method;
use serde_json::json;

use crate::support::{TestStack, With, plain};

/// Nothing listens there.
const NOWHERE: &str = "http://127.0.0.1:9";

/// The example service.
struct Service(String);

impl Service {
    async fn start(verifier: impl Verify + 'static) -> Self {
        Self(serve(keyturn_example::router(verifier)).await.unwrap())
    }

    async fn call(&self, method: Method, token: Option<&str>) -> Answer {
        let request = client().unwrap().request(method, format!("{}/orders", self.0));
        send(token.into_iter().fold(request, |request, token| request.bearer_auth(token))).await.unwrap()
    }

    async fn get(&self, token: &str) -> Answer {
        self.call(Method::GET, Some(token)).await
    }
}

fn over_table(address: &str) -> Verifier {
    let variables = [
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "any"),
        ("AWS_SECRET_ACCESS_KEY", "any"),
        ("AWS_ENDPOINT_URL_DYNAMODB", address),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Verifier::read_only(Client::new(Environment::with_variables(variables).sdk()), "keyturn")
}

fn remote(stack: &TestStack, max_age: u64) -> RemoteVerifier {
    let token = stack.management_token().to_owned();
    let token = move || Some(token.clone());
    RemoteVerifier::new(client().unwrap(), stack.address(), token, Duration::from_secs(max_age))
}

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
}

/// What holds for every verifier.
async fn check_answers(stack: &TestStack, service: &Service) {
    let manager = stack.manager();
    let reading = manager.created(&plain().with("applications", ["ORDERS"])).await.string();
    let writing = plain().with("applications", ["ORDERS"]).with("rights", "READ_WRITE");
    let writing = manager.created(&writing).await.string();
    let other = manager.created(&plain().with("applications", ["PRODUCTS"])).await.string();

    let listed = service.get(&reading).await;
    assert_eq!((listed.status, listed.body.as_str()), (200, Some("the orders of local\n")));
    assert_eq!(service.call(Method::POST, Some(&writing)).await.status, 200);
    for (method, token, status, code, authenticate) in [
        (Method::GET, None, 401, "UNAUTHENTICATED", "Bearer"),
        (Method::GET, Some("kat_mistyped"), 401, "UNAUTHENTICATED", "Bearer"),
        (
            Method::GET,
            Some(other.as_str()),
            403,
            "APPLICATION_MISSING",
            "Bearer error=\"insufficient_scope\"",
        ),
        (Method::POST, Some(reading.as_str()), 403, "READ_ONLY_TOKEN", "Bearer error=\"insufficient_scope\""),
    ] {
        let refused = service.call(method, token).await;
        assert_eq!((refused.status, &refused.body["errorCode"]), (status, &json!(code)));
        assert_eq!(refused.body["status"], status);
        assert_eq!(header(&refused, "content-type"), "application/problem+json");
        assert_eq!(header(&refused, "www-authenticate"), authenticate);
        assert_eq!(header(&refused, "cache-control"), "no-store");
    }
}

async fn check_silence(service: &Service, token: &str) {
    let refused = service.get(token).await;
    assert_eq!((refused.status, &refused.body["errorCode"]), (503, &json!("UNAVAILABLE")));
    assert_eq!(header(&refused, "retry-after"), "1");
    assert_eq!(service.call(Method::GET, None).await.status, 401, "needs nobody's answer");
}

#[tokio::test]
async fn the_layer_answers_as_the_contract_says_over_the_table() {
    let stack = TestStack::start().await;
    let service = Service::start(over_table(stack.dynamodb_address())).await;
    check_answers(&stack, &service).await;
    let created = stack.manager().created(&plain()).await;
    assert_eq!(service.get(&created.string()).await.status, 200);
    stack.manager().deactivate(&created.id()).await;
    let ended = service.get(&created.string()).await;
    assert_eq!(ended.status, 401, "a revocation takes effect at once");
    assert!(header(&ended, "www-authenticate").contains("was deactivated at"), "{ended:?}");
    check_silence(&Service::start(over_table(NOWHERE)).await, &created.string()).await;
}

#[tokio::test]
async fn the_layer_answers_as_the_contract_says_by_introspection() {
    let stack = TestStack::start().await;
    check_answers(&stack, &Service::start(remote(&stack, 0)).await).await;
    let created = stack.manager().created(&plain()).await;
    let nowhere = RemoteVerifier::new(client().unwrap(), NOWHERE, || Some("kat_".to_owned()), Duration::ZERO);
    check_silence(&Service::start(nowhere).await, &created.string()).await;
    let token = created.string();
    // A management token that Keyturn refuses is nobody's fault but the service's own.
    let refused =
        RemoteVerifier::new(client().unwrap(), stack.address(), move || Some(token.clone()), Duration::ZERO);
    check_silence(&Service::start(refused).await, &created.string()).await;
}

#[tokio::test]
async fn a_revocation_reaches_a_remote_verifier_after_its_age_or_with_the_event() {
    let stack = TestStack::start().await;
    let (kept, fresh) = (remote(&stack, 3_600), remote(&stack, 0));
    let (by_event, by_age) = (Service::start(kept.clone()).await, Service::start(fresh).await);
    let created = stack.manager().created(&plain()).await;
    let token = created.string();
    assert_eq!((by_event.get(&token).await.status, by_age.get(&token).await.status), (200, 200));
    stack.manager().deactivate(&created.id()).await;
    assert_eq!(by_age.get(&token).await.status, 401);
    assert_eq!(by_event.get(&token).await.status, 200, "kept for an hour");
    stack.sweep().await;
    let event = stack.events_of(&created.id(), "Token Deactivated").await.remove(0);
    let event = json!({"source": "keyturn", "detail-type": "Token Deactivated", "detail": event});
    assert!(!kept.forget_event(&json!({"source": "other", "detail": event["detail"]})));
    assert!(kept.forget_event(&event));
    assert_eq!(by_event.get(&token).await.status, 401, "with the event");
}
