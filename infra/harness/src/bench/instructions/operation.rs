//! One operation, repeated in this process.

use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use chrono::Utc;
use keyturn_engine::InMemoryClient;
use keyturn_environment::Environment;
use keyturn_functions::bootstrap;
use keyturn_local::environment;
use keyturn_local::headless::{HeadlessFunctions, ManualClock};
use serde_json::{Value, json};

use super::replay::{Mode, ReplayClient};
use crate::bench::units::event_text;
use crate::http::text;

pub(super) const VERIFY: &str = "verify (authorizer)";
pub(super) const INTROSPECT: &str = "introspect";
pub(super) const OWN_TOKEN: &str = "read one's own token";
pub(super) const RENEWAL_INFO: &str = "renewalInfo";
pub(super) const READ: &str = "read a token";
pub(super) const LIST: &str = "list 25 tokens";
pub(super) const CREATE: &str = "create a token";
pub(super) const DEACTIVATE: &str = "deactivate a token";

/// Tokens on the page that is listed.
const PAGE: usize = 25;

/// Repeats an operation that the constants name.
pub async fn repeat(operation: &str, times: u64) -> Result<()> {
    let company = Company::new().await?;
    let Company { client, functions, environment, management, id, token } = &company;
    let own = |path| Request { caller: token, ..Request::get(path) };
    let managed = |path| Request { caller: management, ..Request::get(path) };
    let create = json!({"name": "partner", "rights": "READ", "applications": ["ORDERS"]}).to_string();
    let form = format!("token={token}");
    let request = match operation {
        VERIFY => {
            let authorizer = keyturn_functions::authorizer::build(environment).await?;
            let event = event_text(token);
            for number in 0..times {
                client.begin(if number == 0 { Mode::Record } else { Mode::Replay });
                authorizer.answer(&serde_json::from_str(&event)?).await?;
            }
            return Ok(());
        }
        OWN_TOKEN => own("/apiAccessTokens/self"),
        RENEWAL_INFO => own("/apiAccessTokens/self/renewalInfo"),
        INTROSPECT => Request {
            body: &form,
            content_type: "application/x-www-form-urlencoded",
            ..managed("/introspect").posted()
        },
        READ => managed("/apiAccessTokens/{id}").of(id),
        LIST => managed("/apiAccessTokens"),
        CREATE => Request { body: &create, ..managed("/apiAccessTokens").posted() },
        DEACTIVATE => managed("/apiAccessTokens/{id}/deactivate").posted().of(id),
        _ => bail!("there is no operation {operation:?}"),
    };
    for number in 0..times {
        client.begin(if number == 0 { Mode::Record } else { Mode::Replay });
        call(functions, &request).await?;
    }
    Ok(())
}

/// The functions on an engine in this process, with a company of as many tokens as a page shows.
struct Company {
    client: ReplayClient,
    functions: HeadlessFunctions,
    environment: Environment,
    management: String,
    id: String,
    token: String,
}

impl Company {
    async fn new() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let key = folder.path().join("sealing-key");
        std::fs::write(&key, [7; 32])?;
        let (database, _) = keyturn_engine::open(None, environment::TABLE)?;
        let nowhere = "http://127.0.0.1:9";
        let mut variables = environment::variables([nowhere; 3], "https://keyturn.example.com", &key);
        variables.push(("KEYTURN_PROTECTED_APPLICATIONS", "/orders=ORDERS".to_owned()));
        let variables = variables.into_iter().map(|(name, value)| (name.to_owned(), value));
        let mut client = None;
        #[expect(clippy::disallowed_methods, reason = "requests are signed with the system's clock")]
        let clock = Arc::new(ManualClock::at(Utc::now()));
        let environment =
            Environment::with_variables(variables).with_clock(clock).with_http_client(|other| {
                let engine = InMemoryClient::new(database, other);
                client.insert(ReplayClient::new(SharedHttpClient::new(engine))).clone()
            });
        let request = bootstrap::Request {
            company_id: "acme".to_owned(),
            token_name: None,
            allow_existing_company: false,
        };
        let management = bootstrap::build(&environment).await?.run(request).await?.token;
        let functions = HeadlessFunctions::build(&environment).await?;
        let body = json!({"name": "partner", "description": "the ERP system of a partner", "rights": "READ",
            "applications": ["ORDERS", "PRODUCTS"], "renewalMailRecipient": "ops@example.com",
            "autoRenewal": {"everyDays": 30, "callback": {"url": "https://partner.example.com/renewals"}}});
        let mut created = Value::Null;
        for _ in 0..PAGE {
            let post = Request::get("/apiAccessTokens").posted();
            let request = Request { caller: &management, body: &body.to_string(), ..post };
            created = call(&functions, &request).await?;
        }
        let (id, token) = (text(&created, "id")?.to_owned(), text(&created, "token")?.to_owned());
        // Its use is noted once an hour, which is not counted.
        call(&functions, &Request { caller: &token, ..Request::get("/apiAccessTokens/self") }).await?;
        let client = client.context("no HTTP client")?;
        Ok(Self { client, functions, environment, management, id, token })
    }
}

/// A request as API Gateway passes it on.
#[derive(Clone, Copy)]
struct Request<'a> {
    method: &'a str,
    /// The path of the route.
    route: &'a str,
    id: Option<&'a str>,
    caller: &'a str,
    content_type: &'a str,
    body: &'a str,
}

impl<'a> Request<'a> {
    const fn get(route: &'a str) -> Self {
        Self { method: "GET", route, id: None, caller: "", content_type: "application/json", body: "" }
    }

    const fn posted(self) -> Self {
        Self { method: "POST", ..self }
    }

    const fn of(self, id: &'a str) -> Self {
        Self { id: Some(id), ..self }
    }
}

/// Invokes the function of the route; its answer's body.
async fn call(functions: &HeadlessFunctions, request: &Request<'_>) -> Result<Value> {
    let Request { method, route, id, caller, content_type, body } = request;
    let path = route.replace("{id}", id.unwrap_or_default());
    let event = json!({
        "version": "2.0", "routeKey": format!("{method} {route}"), "rawPath": path, "rawQueryString": "",
        "headers": {"accept": "*/*", "authorization": format!("Bearer {caller}"), "content-type": content_type,
            "host": "api.execute-api.eu-central-1.amazonaws.com", "x-forwarded-for": "203.0.113.1"},
        "pathParameters": id.map(|id| json!({"id": id})),
        "requestContext": {"accountId": "123456789012", "apiId": "api", "stage": "$default",
            "domainName": "api.execute-api.eu-central-1.amazonaws.com", "domainPrefix": "api",
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.1", "userAgent": "x"},
            "requestId": "JKJaXmPLvHcESHA=", "routeKey": format!("{method} {route}"),
            "time": "10/Mar/2026:05:16:23 +0000", "timeEpoch": 1_583_817_383_220_u64},
        "body": body, "isBase64Encoded": false,
    });
    let answer = functions.invoke(method, route, event.to_string()).await?;
    let status = answer["statusCode"].as_u64().unwrap_or_default();
    ensure!((200..300).contains(&status), "{method} {route} was answered with {answer}");
    Ok(serde_json::from_str(answer["body"].as_str().unwrap_or("null"))?)
}
