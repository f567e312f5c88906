//! The handler behind an endpoint.

use lambda_http::http::Method;
use lambda_http::{Body, Request, RequestExt as _, Response};
use std::collections::HashMap;

use super::*;

async fn get(rest: Option<&str>, headers: &[(HeaderName, &str)]) -> Response<Body> {
    let endpoint = Endpoint::public(Console { assets: Assets::new() });
    let mut request = Request::new(Body::Empty);
    *request.method_mut() = Method::GET;
    for (name, value) in headers {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    let parameters = rest.map(|rest| HashMap::from([("proxy".to_owned(), vec![rest.to_owned()])]));
    endpoint.answer(request.with_path_parameters(parameters.unwrap_or_default())).await
}

fn header<'a>(response: &'a Response<Body>, name: &HeaderName) -> &'a str {
    response.headers().get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
}

#[tokio::test]
async fn the_page_is_revalidated_with_its_entity_tag() {
    let first = get(None, &[]).await;
    assert_eq!((first.status().as_u16(), header(&first, &header::CACHE_CONTROL)), (200, "no-cache"));
    assert!(!first.body().is_empty());
    let again = get(None, &[(header::IF_NONE_MATCH, header(&first, &header::ETAG))]).await;
    assert_eq!(again.status().as_u16(), 304);
    assert!(again.body().is_empty());
    let other = get(None, &[(header::IF_NONE_MATCH, "\"another\"")]).await;
    assert_eq!(other.status().as_u16(), 200);
}

#[tokio::test]
async fn files_are_cached_for_ever_and_others_are_not_found() {
    let path = format!("assets/{}/main.js", Assets::new().version);
    let file = get(Some(&path), &[]).await;
    assert_eq!(file.status().as_u16(), 200);
    assert_eq!(header(&file, &header::CONTENT_TYPE), "text/javascript; charset=utf-8");
    assert!(header(&file, &header::CACHE_CONTROL).ends_with("immutable"));
    for path in ["assets/0/main.js", "index.html", "../Cargo.toml"] {
        assert_eq!(get(Some(path), &[]).await.status().as_u16(), 404, "{path}");
    }
}

#[tokio::test]
async fn every_response_has_the_content_security_policy() {
    let path = format!("assets/{}/icon.svg", Assets::new().version);
    for rest in [None, Some(path.as_str())] {
        let answer = get(rest, &[]).await;
        for (name, value) in HEADERS {
            assert_eq!(header(&answer, &name), value);
        }
        assert!(!CONTENT_SECURITY_POLICY.contains("unsafe"));
    }
}
