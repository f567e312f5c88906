//! Every component that verifies tokens decides alike: the domain's rules, the authorizer in each of its forms, the
//! introspection and the API's own check; and as the contract says, of which [`Case::expected`] is an independent version.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use async_trait::async_trait;
use chrono::TimeDelta;
use keyturn_application::authenticate::Authenticate;
use keyturn_application::ports::{CredentialStore, PortError};
use keyturn_application::{Context, Failure, Randomness};
use keyturn_domain::Timestamp;
use keyturn_domain::access::{self, Denied, RequiredAccess};
use keyturn_domain::caller::Caller;
use keyturn_domain::credential::Credential;
use keyturn_domain::ids::TokenId;
use keyturn_domain::leak::LastUse;
use keyturn_domain::secret::{Kind, SecretString};
use keyturn_domain::settings::{Applications, Name, Rights};
use keyturn_domain::token::Renewed;
use keyturn_functions::authorizer::{Authorizer, Protected, Responses};
use keyturn_http::{ApiRequest, ApiResponse, Endpoint, Handle};
use keyturn_local::headless::ManualClock;
use keyturn_verification::{Verifier, rights_for};
use lambda_http::Body;
use lambda_http::http::{Request, StatusCode};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::{Config, RngSeed, TestRunner};
use serde_json::{Value, json};
use uuid::Uuid;

const CASES: u32 = 20_000;

const APPLICATIONS: [&str; 3] = ["ORDERS", "PRODUCTS", "API_ACCESS_TOKENS"];

const METHODS: [&str; 9] = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "get"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sent {
    Right,
    OtherSecret,
    OtherId,
    OtherKind,
    Mistyped,
    Nothing,
}

/// The state of a token, and a request with it.
#[derive(Clone, Debug)]
struct Case {
    sent: Sent,
    own_company: bool,
    rights: Rights,
    applications: Vec<&'static str>,
    /// Seconds from now until it expires.
    ends_in: Option<i64>,
    deactivated: bool,
    renewed: bool,
    used_before: Option<i64>,
    method: &'static str,
    application: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    Unauthorized,
    ApplicationMissing,
    ReadOnly,
    Allowed,
}

prop_compose! {
    fn any_case()(
        sent in prop_oneof![
            6 => Just(Sent::Right),
            1 => select(vec![Sent::OtherSecret, Sent::OtherId, Sent::OtherKind, Sent::Mistyped, Sent::Nothing]),
        ],
        own_company in any::<bool>(),
        rights in select(vec![Rights::Read, Rights::ReadWrite]),
        applications in subsequence(APPLICATIONS.to_vec(), 1..=3),
        ends_in in prop_oneof![Just(None), (-2_i64..=2).prop_map(Some), (-100_000_i64..100_000).prop_map(Some)],
        deactivated in prop::bool::weighted(0.2),
        renewed in any::<bool>(),
        used_before in proptest::option::of(0_i64..10_000),
        method in select(METHODS.to_vec()),
        application in select(APPLICATIONS.to_vec()),
    ) -> Case {
        Case { sent, own_company, rights, applications, ends_in, deactivated, renewed, used_before, method, application }
    }
}

impl Case {
    /// The contract, implemented independently.
    fn expected(&self) -> Expected {
        let is_valid =
            self.sent == Sent::Right && !self.deactivated && self.ends_in.is_none_or(|end| end > 0);
        let reads = matches!(self.method, "GET" | "HEAD" | "OPTIONS");
        if !is_valid {
            Expected::Unauthorized
        } else if !self.applications.contains(&self.application) {
            Expected::ApplicationMissing
        } else if !reads && self.rights == Rights::Read {
            Expected::ReadOnly
        } else {
            Expected::Allowed
        }
    }

    fn string(&self) -> Option<String> {
        let text = |kind, id, secret| SecretString::new(kind, id, &[secret; 32]).expose().to_owned();
        match self.sent {
            Sent::Right => Some(text(Kind::Token, subject(), 1)),
            Sent::OtherSecret => Some(text(Kind::Token, subject(), 2)),
            Sent::OtherId => Some(text(Kind::Token, TokenId::new(Uuid::from_u128(99)), 1)),
            Sent::OtherKind => Some(text(Kind::Request, subject(), 1)),
            Sent::Mistyped => Some(text(Kind::Token, subject(), 1).replacen("kat_0", "kat_1", 1)),
            Sent::Nothing => None,
        }
    }

    fn credential(&self) -> Credential {
        Credential {
            id: subject(),
            company: if self.own_company { "acme" } else { "others" }.parse().unwrap(),
            rights: self.rights,
            applications: Applications::stored(self.applications.iter().map(ToString::to_string).collect()),
            hash: SUBJECT.hash(),
            expires_at: self.ends_in.map(|seconds| now() + TimeDelta::seconds(seconds)),
            deactivated_at: self.deactivated.then(|| now() - TimeDelta::seconds(1)),
            renewed: self.renewed.then(|| Renewed { by: manager(), at: now() - TimeDelta::days(1) }),
            last_used_at: self.used_before.map(|seconds| now() - TimeDelta::seconds(seconds)),
            last_used_from: None,
            ..manager_credential()
        }
    }
}

fn now() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

fn subject() -> TokenId {
    TokenId::new(Uuid::from_u128(7))
}

fn manager() -> TokenId {
    TokenId::new(Uuid::from_u128(8))
}

static MANAGER: LazyLock<SecretString> =
    LazyLock::new(|| SecretString::new(Kind::Token, manager(), &[3; 32]));

static SUBJECT: LazyLock<SecretString> =
    LazyLock::new(|| SecretString::new(Kind::Token, subject(), &[1; 32]));

fn manager_credential() -> Credential {
    Credential {
        id: manager(),
        company: "acme".parse().unwrap(),
        series: manager(),
        name: Name::stored("n".to_owned()),
        rights: Rights::Read,
        applications: Applications::stored(vec!["API_ACCESS_TOKENS".to_owned()]),
        hash: MANAGER.hash(),
        created_at: now() - TimeDelta::days(30),
        expires_at: None,
        deactivated_at: None,
        renewed: None,
        renewal: None,
        last_used_at: Some(now()),
        last_used_from: None,
    }
}

#[derive(Default)]
struct Store(Mutex<HashMap<TokenId, Credential>>);

#[async_trait]
impl CredentialStore for Store {
    async fn credential(&self, id: TokenId) -> Result<Option<Credential>, PortError> {
        Ok(self.0.lock().unwrap().get(&id).cloned())
    }

    async fn record_use(&self, _id: TokenId, _last: LastUse) -> Result<(), PortError> {
        Ok(())
    }
}

struct NoRandomness;

impl Randomness for NoRandomness {
    fn fill(&self, _bytes: &mut [u8]) {
        unreachable!("verifying a token needs no randomness");
    }
}

/// Answers every caller that is let through.
struct Empty;

#[async_trait]
impl Handle for Empty {
    async fn handle(&self, _caller: &Caller, _call: &ApiRequest) -> Result<ApiResponse, Failure> {
        Ok(ApiResponse::json(StatusCode::OK, &json!({}))?)
    }
}

struct Verifiers {
    store: Arc<Store>,
    authorizer: Authorizer,
    introspection: Endpoint,
    any: Endpoint,
    manage: Endpoint,
    manage_and_write: Endpoint,
}

impl Verifiers {
    fn new() -> Self {
        let store = Arc::new(Store::default());
        let context = Context::new(Arc::new(ManualClock::at(now())), Arc::new(NoRandomness));
        let endpoint =
            |access| Endpoint::new(access, Authenticate::new(store.clone(), context.clone()), Empty);
        let paths = APPLICATIONS.map(|name| format!("/{name}={name}")).join(",");
        let protected = Protected::parse(&paths).unwrap();
        Self {
            authorizer: Authorizer::new(
                Verifier::over(store.clone()),
                context.clone(),
                protected,
                Responses::Simple,
            ),
            introspection: keyturn_functions::introspect::over(store.clone(), context.clone(), None),
            any: endpoint(RequiredAccess::Any),
            manage: endpoint(RequiredAccess::Manage),
            manage_and_write: endpoint(RequiredAccess::ManageAndWrite),
            store,
        }
    }

    async fn verify(&self, case: &Case) {
        let (expected, string) = (case.expected(), case.string());
        let known = HashMap::from([(subject(), case.credential()), (manager(), manager_credential())]);
        *self.store.0.lock().unwrap() = known;
        let string = string.as_deref();
        assert_eq!(self.rules(case, string), expected, "the rules: {case:?}");
        assert_eq!(self.http_api(case, string).await, expected, "the authorizer, HTTP API: {case:?}");
        assert_eq!(self.rest_api(case, string).await, expected, "the authorizer, REST API: {case:?}");
        let active = expected != Expected::Unauthorized && case.own_company;
        assert_eq!(self.introspect(string.unwrap_or("none")).await, active, "introspection: {case:?}");
        self.own_api(case, string, expected).await;
    }

    fn rules(&self, case: &Case, string: Option<&str>) -> Expected {
        let Some(Ok(string)) = string.map(|text| SecretString::parse(Kind::Token, text)) else {
            return Expected::Unauthorized;
        };
        let stored = self.store.0.lock().unwrap().get(&string.id()).cloned();
        let verified = access::verify(stored, &string, now())
            .and_then(|caller| access::permit_use(&caller, case.application, rights_for(case.method)));
        match verified {
            Ok(()) => Expected::Allowed,
            Err(Denied::Unauthenticated | Denied::Ended(_)) => Expected::Unauthorized,
            Err(Denied::ApplicationMissing(_)) => Expected::ApplicationMissing,
            Err(Denied::ReadOnly) => Expected::ReadOnly,
        }
    }

    async fn http_api(&self, case: &Case, string: Option<&str>) -> Expected {
        let event = json!({
            "version": "2.0", "routeArn": "arn:aws:execute-api:r:1:api/prod/M/p",
            "rawPath": format!("/{}/1", case.application),
            "headers": string.map(|string| json!({"authorization": format!("Bearer {string}")})),
            "requestContext": {"http": {"method": case.method}},
        });
        let answer = self.authorizer.answer(&serde_json::from_value(event).unwrap()).await.unwrap();
        let answer = serde_json::to_value(answer).unwrap();
        denied(answer["isAuthorized"] == true, &answer["context"]["reason"])
    }

    async fn rest_api(&self, case: &Case, string: Option<&str>) -> Expected {
        let arn = format!("arn:aws:execute-api:r:1:api/prod/{}/{}/1", case.method, case.application);
        let event = match string {
            Some(string) if case.renewed => json!({"methodArn": arn, "authorizationToken": string}),
            _ => json!({"methodArn": arn, "headers": {"X-Plenigo-Token": string}}),
        };
        match self.authorizer.answer(&serde_json::from_value(event).unwrap()).await {
            Err(error) if error.to_string() == "Unauthorized" => Expected::Unauthorized,
            answer => {
                let answer = serde_json::to_value(answer.unwrap()).unwrap();
                let allowed = answer["policyDocument"]["Statement"][0]["Effect"] == "Allow";
                denied(allowed, &answer["context"]["reason"])
            }
        }
    }

    async fn introspect(&self, string: &str) -> bool {
        let request = Request::post("/introspect")
            .header("authorization", format!("Bearer {}", MANAGER.expose()))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::Text(format!("token={string}")));
        let response = self.introspection.answer(request.unwrap()).await;
        assert_eq!(response.status(), 200);
        let Body::Text(body) = response.into_body() else { panic!("no text") };
        let body: Value = serde_json::from_str(&body).unwrap();
        if body["active"] == false {
            assert_eq!(body, json!({"active": false}));
        }
        body["active"] == true
    }

    /// The API's own check: whether the token is valid, and whether it may manage where the case is about that.
    async fn own_api(&self, case: &Case, string: Option<&str>, expected: Expected) {
        let status = async |endpoint: &Endpoint| {
            let request = string.iter().fold(Request::get("/"), |request, string| {
                request.header("authorization", format!("Bearer {string}"))
            });
            endpoint.answer(request.body(Body::Empty).unwrap()).await.status().as_u16()
        };
        let valid = if expected == Expected::Unauthorized { 401 } else { 200 };
        assert_eq!(status(&self.any).await, valid, "the API: {case:?}");
        if case.application == "API_ACCESS_TOKENS" {
            let endpoint = match rights_for(case.method) {
                Rights::Read => &self.manage,
                Rights::ReadWrite => &self.manage_and_write,
            };
            let missing = [Expected::ApplicationMissing, Expected::ReadOnly].contains(&expected);
            let expected = if missing { 403 } else { valid };
            assert_eq!(status(endpoint).await, expected, "the API, managing: {case:?}");
        }
    }
}

fn denied(allowed: bool, reason: &Value) -> Expected {
    match (allowed, reason.as_str()) {
        (true, None) => Expected::Allowed,
        (false, Some("UNAUTHENTICATED" | "EXPIRED" | "RENEWED" | "DEACTIVATED")) => Expected::Unauthorized,
        (false, Some("APPLICATION_MISSING")) => Expected::ApplicationMissing,
        (false, Some("READ_ONLY_TOKEN")) => Expected::ReadOnly,
        other => panic!("neither allowed nor denied: {other:?}"),
    }
}

#[test]
fn all_verifiers_agree() {
    assert_agree(CASES);
}

mod slow {
    #[test]
    fn all_verifiers_agree_in_many_cases() {
        super::assert_agree(100_000);
    }
}

/// All verifiers decide this many random cases alike.
fn assert_agree(cases: u32) {
    let (verifiers, seen) = (Verifiers::new(), Mutex::new(HashMap::new()));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    // The same cases every time, so that a failure is reproducible.
    let config =
        Config { cases, rng_seed: RngSeed::Fixed(0), failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&any_case(), |case| {
        *seen.lock().unwrap().entry(format!("{:?}", case.expected())).or_insert(0_u32) += 1;
        runtime.block_on(verifiers.verify(&case));
        Ok(())
    });
    outcome.unwrap();
    let seen = seen.into_inner().unwrap();
    assert!(seen.len() == 4 && seen.values().all(|count| *count > cases / 20), "too one-sided: {seen:?}");
}
