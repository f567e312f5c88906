//! A function's response, from the JSON that the runtime would send to HTTP; and the gateway's own responses.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use lambda_http::Body as LambdaBody;
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use serde_json::json;

/// Bytes of JSON that a function may answer with:
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>.
const MAX_ANSWER: usize = 6_291_556;

/// The gateway's own response, with API Gateway's text.
pub(crate) fn message(status: StatusCode, text: &str, id: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(json!({ "message": text }).to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    with_id(response, id)
}

/// The function's response, or the gateway's 500 if it has another format or is too large.
pub(crate) fn from_function(answer: &[u8], id: &str) -> Response<Body> {
    match response(answer).filter(|_| answer.len() <= MAX_ANSWER) {
        Some(response) => with_id(response, id),
        None => {
            tracing::error!(request_id = id, "a function's response has a wrong format or is too large");
            message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error", id)
        }
    }
}

fn response(answer: &[u8]) -> Option<Response<Body>> {
    let answer: ApiGatewayV2httpResponse = serde_json::from_slice(answer).ok()?;
    let mut response = Response::new(match answer.body.unwrap_or_default() {
        LambdaBody::Text(text) if answer.is_base64_encoded => Body::from(BASE64_STANDARD.decode(text).ok()?),
        LambdaBody::Text(text) => Body::from(text),
        LambdaBody::Binary(bytes) => Body::from(bytes),
        _ => Body::empty(),
    });
    *response.status_mut() = StatusCode::from_u16(u16::try_from(answer.status_code).ok()?).ok()?;
    let headers = response.headers_mut();
    headers.extend(answer.headers);
    headers.extend(answer.multi_value_headers);
    for cookie in answer.cookies {
        headers.append(header::SET_COOKIE, HeaderValue::try_from(cookie).ok()?);
    }
    // The body may have been decoded, so the server sets its length.
    headers.remove(header::CONTENT_LENGTH);
    Some(response)
}

fn with_id(mut response: Response<Body>, id: &str) -> Response<Body> {
    if let Ok(id) = HeaderValue::from_str(id) {
        response.headers_mut().insert("apigw-requestid", id);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn body(response: Response<Body>) -> Vec<u8> {
        axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec()
    }

    #[tokio::test]
    async fn keeps_headers_cookies_and_a_binary_body() {
        let value = json!({
            "statusCode": 201,
            "headers": { "content-type": "image/png", "content-length": "99" },
            "multiValueHeaders": { "link": ["<a>", "<b>"] },
            "cookies": ["x=1", "y=2"],
            "isBase64Encoded": true,
            "body": BASE64_STANDARD.encode([0, 255, 1]),
        });
        let response = from_function(value.to_string().as_bytes(), "id-1");
        assert_eq!(response.status(), StatusCode::CREATED);
        let all = |name: &str| response.headers().get_all(name).iter().cloned().collect::<Vec<_>>();
        assert_eq!(all("content-type"), ["image/png"]);
        assert_eq!(all("link"), ["<a>", "<b>"]);
        assert_eq!(all("set-cookie"), ["x=1", "y=2"]);
        assert_eq!(all("apigw-requestid"), ["id-1"]);
        assert!(all("content-length").is_empty());
        assert_eq!(body(response).await, [0, 255, 1]);
    }

    #[tokio::test]
    async fn a_response_that_lambda_refuses_is_a_500() {
        for value in [
            json!({}),
            json!({ "statusCode": 9_999 }),
            json!({ "statusCode": 200, "headers": { "a b": "c" } }),
            json!({ "statusCode": 200, "body": "x".repeat(MAX_ANSWER) }),
        ] {
            let response = from_function(value.to_string().as_bytes(), "id-1");
            assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
            assert_eq!(body(response).await, br#"{"message":"Internal Server Error"}"#);
        }
    }
}
