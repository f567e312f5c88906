//! Events and responses as API Gateway's documentation shows them.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use aws_lambda_events::apigw::{
    ApiGatewayCustomAuthorizerResponse, ApiGatewayV2CustomAuthorizerIamPolicyResponse,
    ApiGatewayV2CustomAuthorizerSimpleResponse,
};
use chrono::{DateTime, TimeDelta, Utc};
use keyturn_application::ports::{CredentialStore, PortError};
use keyturn_application::{Clock, Randomness};
use keyturn_domain::Timestamp;
use keyturn_domain::ids::TokenId;
use keyturn_domain::leak::LastUse;
use keyturn_domain::secret::{Kind, SecretString};
use keyturn_domain::settings::{Applications, Name, Rights};
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;

const ARN: &str = "arn:aws:execute-api:us-east-1:123456789012:abcdef123";

/// A store with one token, or a failing store.
pub(super) struct Store {
    stored: Option<Credential>,
    broken: bool,
    reads: Mutex<u32>,
}

#[async_trait]
impl CredentialStore for Store {
    async fn credential(&self, id: TokenId) -> Result<Option<Credential>, PortError> {
        *self.reads.lock().unwrap() += 1;
        if self.broken {
            return Err(PortError::bare("broken"));
        }
        Ok(self.stored.clone().filter(|credential| credential.id == id))
    }

    async fn record_use(&self, _id: TokenId, _last: LastUse) -> Result<(), PortError> {
        Err(PortError::bare("noting a use is never a reason to keep anybody out"))
    }
}

struct Edges;

impl Clock for Edges {
    fn now(&self) -> DateTime<Utc> {
        now()
    }
}

impl Randomness for Edges {
    fn fill(&self, _bytes: &mut [u8]) {
        unreachable!("an authorizer draws nothing");
    }
}

fn now() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

pub(super) fn string() -> SecretString {
    SecretString::new(Kind::Token, TokenId::new(Uuid::from_u128(7)), &[9; 32])
}

pub(super) fn bearer() -> String {
    format!("Bearer {}", string().expose())
}

pub(super) fn credential() -> Credential {
    Credential {
        id: string().id(),
        company: "acme".parse().unwrap(),
        series: TokenId::new(Uuid::from_u128(3)),
        name: Name::stored("partner é".to_owned()),
        rights: Rights::Read,
        applications: Applications::stored(vec!["ORDERS".to_owned(), "REPORTS".to_owned()]),
        hash: string().hash(),
        created_at: now(),
        expires_at: Some(now() + TimeDelta::hours(1)),
        deactivated_at: None,
        renewed: None,
        renewal: None,
        last_used_at: None,
        last_used_from: None,
    }
}

pub(super) fn store(stored: Option<Credential>) -> Arc<Store> {
    Arc::new(Store { stored, broken: false, reads: Mutex::new(0) })
}

fn authorizer(store: Arc<Store>, responses: Responses) -> Authorizer {
    with_paths(store, responses, "/orders=ORDERS,/products=PRODUCTS")
}

pub(super) fn with_paths(store: Arc<Store>, responses: Responses, paths: &str) -> Authorizer {
    let context = Context::new(Arc::new(Edges), Arc::new(Edges));
    Authorizer::new(Verifier::over(store), context, Protected::parse(paths).unwrap(), responses)
}

/// The response of an authorizer over the one token.
async fn answer(event: Value, responses: Responses) -> Result<Value, NoDecision> {
    answer_over(store(Some(credential())), event, responses).await
}

async fn answer_over(store: Arc<Store>, event: Value, responses: Responses) -> Result<Value, NoDecision> {
    let event: Event = serde_json::from_value(event).unwrap();
    let answer = authorizer(store, responses).answer(&event).await?;
    Ok(serde_json::to_value(answer).unwrap())
}

/// Payload format 2.0 as documented.
pub(super) fn http_event(method: &str, path: &str, authorization: &str) -> Value {
    json!({
        "version": "2.0", "type": "REQUEST",
        "routeArn": format!("{ARN}/test/{method}{path}"),
        "identitySource": [authorization], "routeKey": "$default", "rawPath": path, "rawQueryString": "a=b",
        "cookies": ["c1"], "headers": {"authorization": authorization, "x": "y"}, "queryStringParameters": {"a": "b"},
        "requestContext": {
            "accountId": "123456789012", "apiId": "abcdef123", "authentication": null,
            "domainName": "abcdef123.execute-api.us-east-1.amazonaws.com", "domainPrefix": "abcdef123",
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "IP", "userAgent": "agent"},
            "requestId": "id", "routeKey": "$default", "stage": "$default",
            "time": "12/Mar/2020:19:03:58 +0000", "timeEpoch": 1_583_348_638_390_u64,
        },
        "pathParameters": null, "stageVariables": null,
    })
}

fn rest_token_event(method: &str, path: &str, authorization: &str) -> Value {
    json!({"type": "TOKEN", "methodArn": format!("{ARN}/prod/{method}{path}"), "authorizationToken": authorization})
}

pub(super) fn rest_request_event(method: &str, path: &str, authorization: &str) -> Value {
    json!({
        "type": "REQUEST", "methodArn": format!("{ARN}/prod/{method}{path}"), "resource": "/{proxy+}", "path": path,
        "httpMethod": method, "headers": {"X-AMZ-Date": "20170718T062915Z", "AUTHORIZATION": authorization},
        "queryStringParameters": null, "pathParameters": {"proxy": "1"}, "stageVariables": null,
        "requestContext": {"path": path, "accountId": "123456789012", "resourceId": "05c7jb", "stage": "prod",
            "requestId": "id", "identity": {"sourceIp": "IP"}, "resourcePath": "/{proxy+}", "httpMethod": method,
            "apiId": "abcdef123"},
    })
}

#[tokio::test]
async fn http_apis_get_a_simple_response_with_the_caller() {
    let answer = answer(http_event("GET", "/orders/1", &bearer()), Responses::Simple).await.unwrap();
    assert_eq!(
        answer,
        json!({"isAuthorized": true, "context": {
            "companyId": "acme",
            "tokenId": "00000000-0000-0000-0000-000000000007",
            "seriesId": "00000000-0000-0000-0000-000000000003",
            "name": "partner é",
            "rights": "READ",
            "applications": "ORDERS,REPORTS",
            "expiresAt": "2026-03-01T13:00:00Z",
        }})
    );
    let _: ApiGatewayV2CustomAuthorizerSimpleResponse = serde_json::from_value(answer).unwrap();
}

#[tokio::test]
async fn other_apis_get_a_policy_for_the_single_request() {
    let http = answer(http_event("GET", "/orders/1", &bearer()), Responses::Policy).await.unwrap();
    assert_eq!(http["policyDocument"]["Statement"][0]["Resource"], format!("{ARN}/test/GET/orders/1"));
    let _: ApiGatewayV2CustomAuthorizerIamPolicyResponse = serde_json::from_value(http.clone()).unwrap();

    let event = rest_token_event("GET", "/orders/1", &bearer());
    let token = answer(event, Responses::Simple).await.unwrap();
    let event = rest_request_event("GET", "/orders/1", &bearer());
    let request = answer(event, Responses::Simple).await.unwrap();
    assert_eq!(token, request);
    let _: ApiGatewayCustomAuthorizerResponse = serde_json::from_value(request.clone()).unwrap();
    assert_eq!(
        request["policyDocument"],
        json!({"Version": "2012-10-17", "Statement": [
            {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": format!("{ARN}/prod/GET/orders/1")}
        ]})
    );
    assert_eq!(request["principalId"], "00000000-0000-0000-0000-000000000007");
    assert_eq!(request["context"], http["context"]);
}

#[tokio::test]
async fn missing_rights_are_denied_with_a_reason() {
    for (method, path, reason) in [
        ("POST", "/orders", "READ_ONLY_TOKEN"),
        ("DELETE", "/orders/1", "READ_ONLY_TOKEN"),
        ("get", "/orders/1", "READ_ONLY_TOKEN"),
        ("GET", "/products", "APPLICATION_MISSING"),
        ("GET", "/elsewhere", "NO_APPLICATION_CONFIGURED"),
        ("GET", "/orders/../products", "AMBIGUOUS_PATH"),
    ] {
        let simple = answer(http_event(method, path, &bearer()), Responses::Simple).await.unwrap();
        assert_eq!((&simple["isAuthorized"], &simple["context"]["reason"]), (&json!(false), &json!(reason)));
        assert_eq!(simple["context"]["companyId"], "acme", "{method} {path}");
        for event in [rest_token_event, rest_request_event] {
            let policy = answer(event(method, path, &bearer()), Responses::Simple).await.unwrap();
            assert_eq!(policy["policyDocument"]["Statement"][0]["Effect"], "Deny", "{method} {path}");
            assert_eq!(policy["context"], simple["context"]);
        }
    }
    for method in ["HEAD", "OPTIONS"] {
        let simple = answer(http_event(method, "/orders", &bearer()), Responses::Simple).await.unwrap();
        assert_eq!(simple["isAuthorized"], true, "{method}");
    }
}

#[tokio::test]
async fn missing_and_unknown_tokens_are_unauthorized() {
    let mut mistyped = string().expose().to_owned();
    mistyped.replace_range(30..31, if &mistyped[30..31] == "a" { "b" } else { "a" });
    let other = SecretString::new(Kind::Token, string().id(), &[8; 32]);
    for wrong in ["", "Bearer", "Bearer ", "Basic YTpi", &format!("Bearer {mistyped}"), other.expose()] {
        for event in [rest_token_event, rest_request_event] {
            let answered = answer(event("GET", "/orders", wrong), Responses::Simple).await;
            assert_eq!(answered, Err(NoDecision::Unauthorized), "{wrong}");
        }
        let simple = answer(http_event("GET", "/orders", wrong), Responses::Simple).await.unwrap();
        assert_eq!(
            simple,
            json!({"isAuthorized": false, "context":
                {"reason": "UNAUTHENTICATED", "detail": "no valid token string"}}),
            "{wrong}"
        );
        let policy = answer(http_event("GET", "/orders", wrong), Responses::Policy).await.unwrap();
        assert_eq!(policy["policyDocument"]["Statement"][0]["Effect"], "Deny");
        let _: ApiGatewayV2CustomAuthorizerIamPolicyResponse = serde_json::from_value(policy).unwrap();
    }
    assert_eq!(Diagnostic::from(NoDecision::Unauthorized).error_message, "Unauthorized");
}

#[tokio::test]
async fn ended_tokens_are_unauthorized_with_the_reason() {
    let ended = [
        (Credential { expires_at: Some(now()), ..credential() }, "EXPIRED"),
        (Credential { deactivated_at: Some(now()), ..credential() }, "DEACTIVATED"),
    ];
    for (credential, reason) in ended {
        let store = store(Some(credential));
        let http = http_event("GET", "/orders", &bearer());
        let simple = answer_over(store.clone(), http, Responses::Simple).await.unwrap();
        assert_eq!((&simple["isAuthorized"], &simple["context"]["reason"]), (&json!(false), &json!(reason)));
        let rest = rest_token_event("GET", "/orders", &bearer());
        assert_eq!(answer_over(store, rest, Responses::Simple).await, Err(NoDecision::Unauthorized));
    }
}

#[tokio::test]
async fn the_stage_variable_names_the_application() {
    let mut event = http_event("GET", "/elsewhere", &bearer());
    event["stageVariables"] = json!({"keyturnApplication": "REPORTS"});
    assert_eq!(answer(event, Responses::Simple).await.unwrap()["isAuthorized"], true);
    let mut event = rest_request_event("GET", "/elsewhere", &bearer());
    event["stageVariables"] = json!({"keyturnApplication": "PRODUCTS"});
    let policy = answer(event, Responses::Simple).await.unwrap();
    assert_eq!(policy["context"]["reason"], "APPLICATION_MISSING");
}

#[tokio::test]
async fn the_stage_is_stripped_from_the_path() {
    let mut event = http_event("GET", "/test/orders", &bearer());
    event["requestContext"]["stage"] = "test".into();
    assert_eq!(answer(event.clone(), Responses::Simple).await.unwrap()["isAuthorized"], true);
    // At a custom domain it's a path like any other.
    event["requestContext"]["domainPrefix"] = "api".into();
    let simple = answer(event, Responses::Simple).await.unwrap();
    assert_eq!(simple["context"]["reason"], "NO_APPLICATION_CONFIGURED");
}

#[tokio::test]
async fn accepts_the_reference_systems_header() {
    let mut event = http_event("GET", "/orders", "");
    event["headers"] = json!({"x-plenigo-token": string().expose()});
    assert_eq!(answer(event, Responses::Simple).await.unwrap()["isAuthorized"], true);
    let event = rest_token_event("GET", "/orders", string().expose());
    assert_eq!(
        answer(event, Responses::Simple).await.unwrap()["policyDocument"]["Statement"][0]["Effect"],
        "Allow"
    );
}

#[tokio::test]
async fn denies_when_the_store_is_unreachable() {
    let broken = || Arc::new(Store { stored: Some(credential()), broken: true, reads: Mutex::new(0) });
    for event in [http_event, rest_token_event, rest_request_event] {
        let answered = answer_over(broken(), event("GET", "/orders", &bearer()), Responses::Simple).await;
        assert_eq!(answered, Err(NoDecision::Unavailable));
    }
}

#[tokio::test]
async fn unknown_events_are_errors() {
    for event in
        [json!({}), json!({"version": "2.0"}), json!({"type": "TOKEN", "methodArn": "arn:aws:s3:::x"})]
    {
        assert_eq!(answer(event.clone(), Responses::Simple).await, Err(NoDecision::UnknownEvent), "{event}");
    }
}

#[tokio::test]
async fn a_decision_reads_once_and_not_at_all_for_malformed_strings() {
    let store = store(Some(credential()));
    answer_over(store.clone(), http_event("GET", "/orders", &bearer()), Responses::Simple).await.unwrap();
    assert_eq!(*store.reads.lock().unwrap(), 1);
    let mut mistyped = bearer();
    let other = if mistyped.ends_with('0') { "1" } else { "0" };
    mistyped.replace_range(mistyped.len() - 1.., other);
    for malformed in ["", "Bearer kat_1", &format!("Bearer kat_{}", "0".repeat(71)), &mistyped] {
        let event = http_event("GET", "/orders", malformed);
        answer_over(store.clone(), event, Responses::Simple).await.unwrap();
    }
    assert_eq!(*store.reads.lock().unwrap(), 1);
}
