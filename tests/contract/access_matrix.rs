//! The access matrix: every route of the route table, tried by every kind of caller with a request that is correct but for
//! its caller. `access_matrix.txt` holds the responses.
//!
//! A new route that needs a body or a query gets it in [`correct_request`]. `UPDATE_EXPECT=1 cargo test -p keyturn-tests
//! access_matrix` writes the file.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use expect_test::expect_file;
use keyturn_functions::ROUTES;
use serde_json::{Value, json};

use crate::support::{
    ApiClient, ApiResponse, Browser, DAY, List, Receiver, TestStack, UNKNOWN_ID, WAYS, With, id, ids, plain,
    renewing, token,
};

/// A correct request for a route. Most need nothing besides method and path.
fn correct_request(route: &str, subject: &Subject) -> Request {
    match route {
        "POST /apiAccessTokens" => Request::json(&plain()),
        "GET /apiAccessTokens/requestRenewedToken" => {
            Request { query: format!("?requestToken={}", subject.request_token), ..Request::default() }
        }
        "POST /apiAccessTokens/requestRenewedToken" => {
            Request::json(&json!({"requestToken": subject.request_token}))
        }
        "PATCH /apiAccessTokens/{id}" => Request::json(&json!({"description": "edited"})),
        "POST /apiAccessTokens/{id}/renew" => {
            Request::json(&json!({"name": "renewed", "existingTokenExpiresAt": "2999-12-31"}))
        }
        "GET /callbacks/logs/{id}" => Request::with_parameter(&subject.delivery),
        "POST /apiAccessTokens/startRenewals" => {
            Request::json(&json!({"filter": {"all": true}, "dryRun": true}))
        }
        "GET /apiAccessTokens/startRenewals/{id}"
        | "POST /apiAccessTokens/startRenewals/{id}/pause"
        | "POST /apiAccessTokens/startRenewals/{id}/resume"
        | "POST /apiAccessTokens/startRenewals/{id}/stop" => Request::with_parameter(&subject.mass_renewal),
        "POST /introspect" => Request::form("token=unknown"),
        "POST /leaks" => Request::json(&json!({"leaks": [{"token": "unknown"}]})),
        "POST /revoke" => Request::form("token=unknown"),
        "POST /v1/revoke_tokens" => Request::json(&json!([])),
        "POST /sessions/{id}/end" => Request::with_parameter(&subject.session),
        "POST /people/{id}/bar" | "POST /people/{id}/readmit" => Request::with_parameter(&subject.person),
        "GET /console/signed-in/{id}" => Request::with_parameter("local"),
        "GET /console/{proxy+}" => Request::with_parameter(&subject.asset),
        _ => Request::default(),
    }
}

/// The token that a request is about: it is being renewed, and used for one request only.
struct Subject {
    id: String,
    request_token: String,
    /// The id of a delivery in the callback log.
    delivery: String,
    asset: String,
    /// The id of somebody's session, for the request that ends it.
    session: String,
    /// The id of somebody who has signed in, for the requests that bar and readmit them.
    person: String,
    /// The id of a mass renewal.
    mass_renewal: String,
}

/// A request besides the method and path of its route.
#[derive(Default)]
struct Request {
    /// The value of the path's parameter, if not the id of the subject.
    parameter: Option<String>,
    query: String,
    body: Option<(&'static str, String)>,
}

impl Request {
    fn json(body: &Value) -> Self {
        Self { body: Some(("application/json", body.to_string())), ..Self::default() }
    }

    fn form(body: &str) -> Self {
        Self { body: Some(("application/x-www-form-urlencoded", body.to_owned())), ..Self::default() }
    }

    fn with_parameter(value: &str) -> Self {
        Self { parameter: Some(value.to_owned()), ..Self::default() }
    }
}

#[tokio::test]
async fn responds_to_every_caller_as_the_matrix_says() {
    let (stack, receiver) = (TestStack::on_disk().await, Receiver::start().await);
    let manager = stack.manager();
    let management = token("READ_WRITE", "API_ACCESS_TOKENS");
    let expired = manager.created(&management.clone().with("expiresAt", stack.after(DAY).await)).await;
    let subjects = subjects(&stack, &receiver, ROUTES.len() * COLUMNS).await;
    let deactivated = manager.created(&management).await;
    manager.deactivate(&deactivated.id()).await.expect(200);
    let created =
        async |rights, application| stack.client_of(&manager.created(&token(rights, application)).await);
    let tokens: [(&str, ApiClient); COLUMNS - PEOPLE.len()] = [
        ("no token", stack.anonymous()),
        ("malformed", stack.client("kat_malformed")),
        ("READ", created("READ", "ORDERS").await),
        ("READ_WRITE", created("READ_WRITE", "ORDERS").await),
        ("management READ", created("READ", "API_ACCESS_TOKENS").await),
        (ALLOWED_EVERYTHING, manager.clone()),
        ("other company", stack.add_company("elsewhere").await),
        ("expired", stack.client_of(&expired)),
        ("deactivated", stack.client_of(&deactivated)),
    ];
    let before = records(&manager).await;

    signed_in(&stack, "vera").await;
    let vera = id(&manager.get("/people").await.items()[0]);

    let mut subjects = subjects.into_iter();
    let mut matrix = String::from("What each kind of caller is answered; see access_matrix.rs.\n");
    let mut refused = BTreeSet::new();
    for route in ROUTES.iter().map(|route| format!("{} {}", route.method, route.path)) {
        let mut row: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for name in tokens.iter().map(|(name, _)| *name).chain(PEOPLE.map(|(role, _)| role)) {
            let mut subject = subjects.next().unwrap();
            if route.starts_with("POST /sessions/") {
                signed_in(&stack, "vera").await;
                subject.session = id(&manager.get("/sessions?size=1").await.items()[0]);
            }
            if route.starts_with("POST /people/") {
                // Whoever was permitted to bar her did.
                manager.post(&format!("/people/{vera}/readmit"), &json!({})).await.expect(200);
                subject.person = vera.clone();
            }
            let caller = match PEOPLE.iter().find(|(role, _)| *role == name) {
                Some((_, subject)) => signed_in(&stack, subject).await,
                None => tokens.iter().find(|(token, _)| *token == name).unwrap().1.clone(),
            };
            if REPORTS.contains(&route.as_str()) {
                // An address reports five times a second.
                stack.advance(1).await;
            }
            let response = send(&caller, &route, &subject, correct_request(&route, &subject)).await;
            let allowed = (200..300).contains(&response.status);
            let refused_for_caller = name != ALLOWED_EVERYTHING && [401, 403, 404].contains(&response.status);
            let needs_session = response.body["errorCode"] == "SESSION_NEEDED";
            // No caller here renews itself; `pull.rs` has those that do.
            let nothing_to_pull = route == PULL && response.status == 409;
            // Only a provider has logout tokens; `sessions.rs` has one.
            let no_logout_token = route == LOGOUT && response.status == 400;
            assert!(
                allowed || refused_for_caller || needs_session || nothing_to_pull || no_logout_token,
                "{route} has another fault: {response:?}"
            );
            if !allowed {
                refused.insert(subject.id);
            }
            let code = response.body["errorCode"].as_str().unwrap_or_default();
            row.entry(format!("{} {code}", response.status)).or_default().push(name);
        }
        writeln!(matrix, "\n{route}").unwrap();
        for (response, callers) in row {
            writeln!(matrix, "    {response:<25} {}", callers.join(", ")).unwrap();
        }
    }
    expect_file!["access_matrix.txt"].assert_eq(&matrix);

    let after = records(&manager).await;
    let changed: Vec<_> = refused.iter().filter(|id| before[*id] != after[*id]).collect();
    assert!(changed.is_empty(), "refused requests have changed {changed:?}");
}

/// Routes on which anybody reports leaks.
const REPORTS: [&str; 3] = ["POST /leaks", "POST /revoke", "POST /v1/revoke_tokens"];

/// The route on which a token fetches its own successor.
const PULL: &str = "POST /apiAccessTokens/self/renew";

/// The route on which a provider says that somebody signed out.
const LOGOUT: &str = "POST /console/back-channel-logout";

const COLUMNS: usize = 12;

/// The roles, and who has them at the local stack's provider.
const PEOPLE: [(&str, &str); 3] = [("VIEWER", "vera"), ("OPERATOR", "otto"), ("ADMIN", "ada")];

/// The console of somebody who has just signed in.
async fn signed_in(stack: &TestStack, subject: &str) -> ApiClient {
    let browser = Browser::new(stack);
    browser.sign_in("local", subject).await;
    browser.console()
}

const ALLOWED_EVERYTHING: &str = "management READ_WRITE";

/// So many tokens, each with a request token that can be redeemed.
async fn subjects(stack: &TestStack, receiver: &Receiver, count: usize) -> Vec<Subject> {
    let manager = stack.manager();
    for _ in 0..count {
        manager.created(&renewing(receiver)).await;
    }
    stack.advance(30 * DAY).await;
    let delivery = ids(manager.get("/callbacks/logs?size=1").await.items()).remove(0);
    let page = manager.get("/console").await.body.as_str().unwrap().to_owned();
    let asset = page.split('"').find_map(|part| part.strip_prefix("/console/")).unwrap();
    let order = json!({"filter": {"ids": [UNKNOWN_ID]}});
    let mass_renewal = manager.post("/apiAccessTokens/startRenewals", &order).await.expect(200).id();
    let subjects = receiver.received().into_iter().map(|callback| Subject {
        id: callback.body["data"]["tokenId"].as_str().unwrap().to_owned(),
        request_token: callback.request_token(),
        delivery: delivery.clone(),
        asset: asset.to_owned(),
        session: String::new(),
        person: String::new(),
        mass_renewal: mass_renewal.clone(),
    });
    let subjects: Vec<_> = subjects.collect();
    assert_eq!(subjects.len(), count);
    subjects
}

async fn send(caller: &ApiClient, route: &str, subject: &Subject, request: Request) -> ApiResponse {
    let (method, path) = route.split_once(' ').unwrap();
    let mut path = path.to_owned();
    if let Some(parameter) = path.find('{').zip(path.find('}')) {
        path.replace_range(parameter.0..=parameter.1, request.parameter.as_ref().unwrap_or(&subject.id));
    }
    caller.call(method.parse().unwrap(), &(path + &request.query), request.body).await
}

async fn records(manager: &ApiClient) -> BTreeMap<String, Value> {
    let pages = List::new(manager, "/apiAccessTokens").walk(WAYS[0], 100).rest().await;
    pages.concat().into_iter().map(|item| (id(&item), item)).collect()
}
