//! Who may do what: every route of the route table, tried by every kind of caller with a request that is right in all but
//! its caller. What each is answered stands in `access_matrix.txt`.
//!
//! A new route needs a line in [`REQUESTS`], and then `UPDATE_EXPECT=1 cargo test -p keyturn-tests access_matrix` writes
//! the file anew: read the difference, it's what the deployment promises.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use expect_test::expect_file;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{ApiClient, ApiResponse, DAY, Options, Receiver, TestStack, renewing, routes};

/// Makes a request about a subject.
type Request = fn(&Subject) -> Sent;

/// The right request for each route. A route that nobody in particular may call needs no more than `Sent::bare`.
const REQUESTS: &[(&str, Request)] = &[
    ("GET /apiAccessTokens", |_| Sent::bare()),
    ("POST /apiAccessTokens", |_| Sent::json(&plain("READ", "ORDERS"))),
    ("GET /apiAccessTokens/self", |_| Sent::bare()),
    ("GET /apiAccessTokens/requestRenewedToken", |subject| {
        Sent::bare().with_query(format!("?requestToken={}", subject.request_token))
    }),
    ("POST /apiAccessTokens/requestRenewedToken", |subject| {
        Sent::json(&json!({"requestToken": subject.request_token}))
    }),
    ("GET /apiAccessTokens/{id}", |_| Sent::bare()),
    ("PATCH /apiAccessTokens/{id}", |_| Sent::json(&json!({"description": "edited"}))),
    ("GET /apiAccessTokens/{id}/token", |_| Sent::bare()),
    ("GET /apiAccessTokens/{id}/activities", |_| Sent::bare()),
    ("POST /apiAccessTokens/{id}/deactivate", |_| Sent::bare()),
    ("POST /apiAccessTokens/{id}/renew", |_| {
        Sent::json(&json!({"name": "renewed", "existingTokenExpiresAt": "2999-12-31"}))
    }),
    ("POST /apiAccessTokens/{id}/startRenewal", |_| Sent::bare()),
    ("POST /apiAccessTokens/{id}/callback/test", |_| Sent::bare()),
    ("POST /apiAccessTokens/{id}/callback/rotateSecret", |_| Sent::bare()),
    ("GET /callbacks/logs", |_| Sent::bare()),
    ("GET /callbacks/logs/{id}", |subject| Sent::bare().with_parameter(subject.delivery.clone())),
    ("GET /applications", |_| Sent::bare()),
    ("POST /introspect", |_| Sent::form("token=unknown")),
    ("GET /openapi.json", |_| Sent::bare()),
    ("GET /console", |_| Sent::bare()),
    ("GET /console/{proxy+}", |subject| Sent::bare().with_parameter(subject.asset.clone())),
];

/// What a request is sent about: a token that's being renewed, used for one request only.
struct Subject {
    id: String,
    request_token: String,
    /// The id of a delivery in the callback log.
    delivery: String,
    /// A file of the console.
    asset: String,
}

/// What is sent besides the route's method and path.
struct Sent {
    /// The value of the path's parameter, if not the id of the subject.
    parameter: Option<String>,
    query: String,
    /// Content type and body.
    body: Option<(&'static str, String)>,
}

impl Sent {
    const fn bare() -> Self {
        Self { parameter: None, query: String::new(), body: None }
    }

    fn json(body: &Value) -> Self {
        Self { body: Some(("application/json", body.to_string())), ..Self::bare() }
    }

    fn form(body: &str) -> Self {
        Self { body: Some(("application/x-www-form-urlencoded", body.to_owned())), ..Self::bare() }
    }

    fn with_query(self, query: String) -> Self {
        Self { query, ..self }
    }

    fn with_parameter(self, value: String) -> Self {
        Self { parameter: Some(value), ..self }
    }
}

fn plain(rights: &str, application: &str) -> Value {
    json!({"name": "plain", "rights": rights, "applications": [application]})
}

#[test]
fn every_route_has_a_request_and_every_request_a_route() {
    let routes = routes();
    let tried = REQUESTS.iter().map(|(route, _)| (*route).to_owned()).collect();
    let untried: Vec<_> = routes.difference(&tried).collect();
    assert!(
        untried.is_empty(),
        "the access matrix does not try {untried:?}: add a request to REQUESTS in tests/contract/access_matrix.rs"
    );
    let gone: Vec<_> = tried.difference(&routes).collect();
    assert!(
        gone.is_empty(),
        "REQUESTS in tests/contract/access_matrix.rs tries {gone:?}, not in functions/routes.rs"
    );
}

#[tokio::test]
async fn every_caller_is_answered_as_the_matrix_says() {
    let (folder, receiver) = (TempDir::new().unwrap(), Receiver::start().await);
    let stack = TestStack::start_with(Options { data_dir: Some(folder.path()), ..Options::default() }).await;
    let manager = stack.manager();
    let mut soon_over = plain("READ_WRITE", "API_ACCESS_TOKENS");
    soon_over["expiresAt"] = json!((stack.now().await + chrono::TimeDelta::days(1)).to_rfc3339());
    let expired = manager.created(&soon_over).await;
    let subjects = subjects(&stack, &receiver, REQUESTS.len() * COLUMNS).await;
    let callers = callers(&stack, &folder, &expired).await;
    let before = records(&manager).await;

    let mut subjects = subjects.into_iter();
    let mut matrix = String::from("What each kind of caller is answered; see access_matrix.rs.\n");
    let mut refused = BTreeSet::new();
    for (route, request) in REQUESTS {
        let mut row: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for (name, caller) in &callers {
            let subject = subjects.next().unwrap();
            let answer = ask(caller, route, &subject, request(&subject)).await;
            let allowed = (200..300).contains(&answer.status);
            let is_right = allowed || (*name != MAY_DO_ALL && [401, 403, 404].contains(&answer.status));
            assert!(is_right, "the request for {route} is wrong in more than its caller: {answer:?}");
            if !allowed {
                refused.insert(subject.id);
            }
            let code = answer.body["errorCode"].as_str().unwrap_or_default();
            row.entry(format!("{} {code}", answer.status)).or_default().push(name);
        }
        writeln!(matrix, "\n{route}").unwrap();
        for (answer, callers) in row {
            writeln!(matrix, "    {answer:<25} {}", callers.join(", ")).unwrap();
        }
    }
    expect_file!["access_matrix.txt"].assert_eq(&matrix);

    let after = records(&manager).await;
    let changed: Vec<_> = refused.iter().filter(|id| before[*id] != after[*id]).collect();
    assert!(changed.is_empty(), "refused requests have changed {changed:?}");
}

/// Kinds of callers.
const COLUMNS: usize = 9;

/// The one that is allowed everything.
const MAY_DO_ALL: &str = "management READ_WRITE";

async fn callers(stack: &TestStack, folder: &TempDir, expired: &ApiResponse) -> [(&'static str, ApiClient); COLUMNS] {
    let manager = stack.manager();
    let caller = async |rights, application| {
        stack.caller(&manager.created(&plain(rights, application)).await.text("token"))
    };
    let deactivated = manager.created(&plain("READ_WRITE", "API_ACCESS_TOKENS")).await;
    assert_eq!(manager.deactivate(&deactivated.id()).await.status, 200);
    [
        ("no token", stack.anybody()),
        ("malformed", stack.caller("kat_malformed")),
        ("READ", caller("READ", "ORDERS").await),
        ("READ_WRITE", caller("READ_WRITE", "ORDERS").await),
        ("management READ", caller("READ", "API_ACCESS_TOKENS").await),
        (MAY_DO_ALL, manager.clone()),
        ("other company", stack.found(folder.path(), "elsewhere").await),
        ("expired", stack.caller(&expired.text("token"))),
        ("deactivated", stack.caller(&deactivated.text("token"))),
    ]
}

/// So many tokens, each with a request token that can be redeemed.
async fn subjects(stack: &TestStack, receiver: &Receiver, count: usize) -> Vec<Subject> {
    let manager = stack.manager();
    for _ in 0..count {
        manager.created(&renewing(receiver)).await;
    }
    stack.advance(30 * DAY).await;
    let log = manager.get("/callbacks/logs?size=1").await;
    let delivery = log.body["items"][0]["id"].as_str().unwrap().to_owned();
    let page = manager.get("/console").await.body.as_str().unwrap().to_owned();
    let asset = page.split('"').find_map(|part| part.strip_prefix("/console/")).unwrap().to_owned();
    let subjects = receiver.received().into_iter().map(|callback| Subject {
        id: callback.body["data"]["tokenId"].as_str().unwrap().to_owned(),
        request_token: callback.request_token(),
        delivery: delivery.clone(),
        asset: asset.clone(),
    });
    let subjects: Vec<_> = subjects.collect();
    assert_eq!(subjects.len(), count);
    subjects
}

async fn ask(caller: &ApiClient, route: &str, subject: &Subject, sent: Sent) -> ApiResponse {
    let (method, path) = route.split_once(' ').unwrap();
    let mut path = path.to_owned();
    if let Some(parameter) = path.find('{').zip(path.find('}')) {
        path.replace_range(parameter.0..=parameter.1, sent.parameter.as_ref().unwrap_or(&subject.id));
    }
    caller.ask(method.parse().unwrap(), &(path + &sent.query), sent.body).await
}

/// All tokens of the caller's company by their ids.
async fn records(manager: &ApiClient) -> BTreeMap<String, Value> {
    let mut records = BTreeMap::new();
    let mut page = manager.get("/apiAccessTokens?size=100").await;
    while let Some(items) = page.body["items"].as_array().filter(|items| !items.is_empty()) {
        let id = |item: &Value| item["id"].as_str().unwrap().to_owned();
        records.extend(items.iter().map(|item| (id(item), item.clone())));
        let last = id(items.last().unwrap());
        page = manager.get(&format!("/apiAccessTokens?size=100&startingAfter={last}")).await;
    }
    records
}
