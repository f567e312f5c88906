//! The handler behind an endpoint.

use lambda_http::{Body, Request, Response};

use super::*;

async fn get(known: Option<&str>) -> Response<Body> {
    let mut request = Request::new(Body::Empty);
    if let Some(known) = known {
        request.headers_mut().insert(header::IF_NONE_MATCH, known.parse().unwrap());
    }
    Endpoint::public(Description::new()).answer(request).await
}

#[tokio::test]
async fn the_description_is_revalidated_with_its_entity_tag() {
    let first = get(None).await;
    assert_eq!((first.status(), &first.headers()[header::CONTENT_TYPE]), (StatusCode::OK, &JSON));
    assert_eq!(first.body(), &Body::Text(DESCRIPTION.to_owned()));
    for (name, value) in HEADERS {
        assert_eq!(first.headers()[name], value);
    }
    let again = get(first.headers()[header::ETAG].to_str().ok()).await;
    assert_eq!((again.status(), again.body()), (StatusCode::NOT_MODIFIED, &Body::Text(String::new())));
    assert_eq!(again.headers()[header::ETAG], first.headers()[header::ETAG]);
    assert_eq!(get(Some("\"another\"")).await.status(), StatusCode::OK);
}
