//! The embedded engine behind the SDK's client, called in the process.

use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use dynoxide::{Database, DynoxideError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The operation that a request asks for.
pub(crate) fn operation(request: &HttpRequest) -> String {
    let target = request.headers().get("x-amz-target").unwrap();
    target.split_once('.').unwrap().1.to_owned()
}

/// The body of a request.
pub(crate) fn body(request: &HttpRequest) -> Value {
    serde_json::from_slice(request.body().bytes().unwrap()).unwrap()
}

/// What the engine answers.
pub(crate) fn answer(database: &Database, request: &HttpRequest) -> HttpResponse {
    let body = body(request);
    match operation(request).as_str() {
        "GetItem" => run(body, |input| database.get_item(input)),
        "UpdateItem" => run(body, |input| database.update_item(input)),
        "Query" => run(body, |input| database.query(input)),
        "BatchGetItem" => run(body, |input| database.batch_get_item(input)),
        "TransactWriteItems" => run(body, |input| database.transact_write_items(input)),
        other => panic!("the adapter calls {other}"),
    }
}

fn run<I: DeserializeOwned, O: Serialize>(
    body: Value,
    operation: impl FnOnce(I) -> Result<O, DynoxideError>,
) -> HttpResponse {
    match operation(serde_json::from_value(body).unwrap()) {
        Ok(output) => response(200, serde_json::to_string(&output).unwrap()),
        Err(error) => response(error.status_code(), error.to_json()),
    }
}

/// An answer as DynamoDB writes it.
pub(crate) fn response(status: u16, body: String) -> HttpResponse {
    let mut response = HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::from(body));
    response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
    response
}
