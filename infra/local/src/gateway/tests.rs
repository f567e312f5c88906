//! The gateway, with a function that echoes its request.

use axum::http::{HeaderValue, Method, header};
use keyturn_functions::routes::Route;
use lambda_http::{IntoResponse, RequestExt};
use serde_json::{Value, json};

use super::*;
use crate::functions::Function;
use crate::time::clock::{Mode, TestClock};

const ECHO: &[Route] = &[Route {
    method: "POST",
    path: "/echo/{name}",
    function: "echo",
    access: None,
    description: "Echoes the request",
    build: |_| unreachable!("the gateway does not build functions"),
}];

fn gateway(function: Function) -> Gateway {
    let functions = Functions::from_iter([("echo", function)]);
    Gateway {
        routes: Routes::new(ECHO).unwrap(),
        functions,
        clock: Arc::new(TestClock::open(Mode::Running, None).unwrap()),
        port: 80,
    }
}

fn echo() -> Function {
    Function::new(|request| async move {
        let name = request.path_parameters().first("name").unwrap_or_default().to_owned();
        let has_context = request.lambda_context_ref().is_some_and(|context| !context.request_id.is_empty());
        let body = String::from_utf8_lossy(request.body()).into_owned();
        json!({ "name": name, "body": body, "context": has_context }).into_response().await
    })
}

async fn call(gateway: &Gateway, request: Request) -> (StatusCode, Value) {
    let (_, response) = gateway.answer("127.0.0.1:9".parse().unwrap(), request).await;
    let status = response.status();
    assert!(response.headers().contains_key("apigw-requestid"));
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap())
}

fn request(method: Method, path: &str, body: Vec<u8>) -> Request {
    let mut request = Request::new(Body::from(body));
    *request.method_mut() = method;
    *request.uri_mut() = path.parse().unwrap();
    request
}

#[tokio::test]
async fn invokes_the_function_of_the_route() {
    let answer = call(&gateway(echo()), request(Method::POST, "/echo/a%20b?x=1", b"hello".to_vec())).await;
    assert_eq!(answer, (StatusCode::OK, json!({ "name": "a b", "body": "hello", "context": true })));
}

#[tokio::test]
async fn responds_with_the_texts_of_api_gateway() {
    // A function may answer with less than a request may have.
    let brief = gateway(Function::new(|_| async { json!({}).into_response().await }));
    let gateway = gateway(echo());
    let not_found = call(&gateway, request(Method::GET, "/echo/a", vec![])).await;
    assert_eq!(not_found, (StatusCode::NOT_FOUND, json!({ "message": "Not Found" })));

    let too_large = call(&gateway, request(Method::POST, "/echo/a", vec![b'x'; MAX_BODY + 1])).await;
    assert_eq!(too_large, (StatusCode::PAYLOAD_TOO_LARGE, json!({ "message": "Request Entity Too Large" })));
    let largest = call(&brief, request(Method::POST, "/echo/a", vec![b'x'; MAX_BODY])).await;
    assert_eq!(largest.0, StatusCode::OK);

    let mut odd_host = request(Method::POST, "/echo/a", vec![]);
    odd_host.headers_mut().insert(header::HOST, HeaderValue::from_static("a b"));
    assert_eq!(call(&gateway, odd_host).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(call(&gateway, request(Method::POST, "/echo/%FF", vec![])).await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_function_that_panics_is_an_internal_error() {
    let gateway = gateway(Function::new(|_| async { panic!("as asked for") }));
    let answer = call(&gateway, request(Method::POST, "/echo/a", vec![])).await;
    assert_eq!(answer, (StatusCode::INTERNAL_SERVER_ERROR, json!({ "message": "Internal Server Error" })));
}
