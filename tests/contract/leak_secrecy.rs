//! Reports of leaks tell nobody whether a string is known: not by the answer, and not by the time it takes, since the calls to
//! the store are the same.

use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use keyturn_domain::ids::TokenId;
use keyturn_domain::secret::{Kind, SecretString};
use keyturn_environment::Environment;
use keyturn_functions::{report_leaks, revoke_token};
use keyturn_harness::http::{client, forward, serve};
use keyturn_http::Endpoint;
use lambda_http::Body;
use lambda_http::http::{HeaderMap, Method, Request};
use serde_json::json;
use uuid::Uuid;

use crate::support::{Receiver, TestStack, renewing};

/// A proxy in front of the engine that notes the operations.
struct Noting {
    url: String,
    operations: Arc<Mutex<Vec<String>>>,
}

impl Noting {
    async fn before(engine: &str) -> Self {
        let operations = Arc::<Mutex<Vec<_>>>::default();
        let (http, engine, noted) = (client().unwrap(), engine.to_owned(), Arc::clone(&operations));
        let pass = async move |headers: HeaderMap, body: Bytes| {
            let target = headers["x-amz-target"].to_str().unwrap();
            noted.lock().unwrap().push(target.rsplit('.').next().unwrap().to_owned());
            forward(&http, Method::POST, &engine, headers, body).await.unwrap()
        };
        Self { url: serve(Router::new().fallback(pass)).await.unwrap(), operations }
    }

    /// The operations of one request, and its answer.
    async fn of(&self, endpoint: &Endpoint, request: Request<Body>) -> (Vec<String>, u16, String) {
        let answer = endpoint.answer(request).await;
        let status = answer.status().as_u16();
        let Body::Text(body) = answer.into_body() else { panic!("no text") };
        (std::mem::take(&mut *self.operations.lock().unwrap()), status, body)
    }
}

#[tokio::test]
async fn known_and_unknown_strings_cost_the_same_calls() {
    let stack = TestStack::start().await;
    let receiver = Receiver::start().await;
    let created = stack.manager().created(&renewing(&receiver)).await;
    stack.manager().start_renewal(&created.id()).await.expect(200);
    stack.sweep().await;
    let noting = Noting::before(stack.dynamodb_address()).await;
    let variables =
        keyturn_local::environment::variables([&noting.url; 3], stack.address(), Path::new("none"));
    let variables = variables.into_iter().map(|(name, value)| (name.to_owned(), value));
    let environment = Environment::with_variables(variables);
    let report = report_leaks::build(&environment).await.unwrap();
    let revoke = revoke_token::build(&environment).await.unwrap();

    let known = TokenId::new(created.id().parse().unwrap());
    let unknown = TokenId::new(Uuid::from_u128(7));
    let other = |kind, id| SecretString::new(kind, id, &[9; 32]).expose().to_owned();
    let (put, accepted) = (vec!["PutItem".to_owned()], r#"{"status":"ACCEPTED"}"#.to_owned());
    for (what, string) in [
        ("a token string", created.string()),
        ("another string with its id", other(Kind::Token, known)),
        ("an unknown token string", other(Kind::Token, unknown)),
        ("a request token", receiver.request_token()),
        ("another request token with its id", other(Kind::Request, known)),
        ("an unknown request token", other(Kind::Request, unknown)),
    ] {
        let body = json!({"leaks": [{"token": string}]}).to_string();
        let request = Request::post("/leaks").body(Body::Text(body)).unwrap();
        assert_eq!(noting.of(&report, request).await, (put.clone(), 202, accepted.clone()), "{what}");
        let request = Request::post("/revoke").header("content-type", "application/x-www-form-urlencoded");
        let request = request.body(Body::Text(format!("token={string}"))).unwrap();
        assert_eq!(noting.of(&revoke, request).await, (put.clone(), 200, accepted.clone()), "{what}");
    }
}
