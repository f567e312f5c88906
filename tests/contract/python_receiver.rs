//! The receiver in Python that the documentation offers.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse as _;
use keyturn_harness::tools::installed;
use tokio::net::TcpListener;
use tokio::process::Command;

const CALL: &str = "
import receiver, urllib.error
try:
    receiver.call('/apiAccessTokens/requestRenewedToken', 'kat_secret', {'requestToken': 'krt_1'})
except urllib.error.HTTPError as error:
    print(error.code)
";

#[tokio::test]
async fn follows_no_redirect_with_the_token() {
    let paths = Arc::<Mutex<Vec<String>>>::default();
    let seen = paths.clone();
    let answer = async move |request: Request| {
        seen.lock().unwrap().push(request.uri().path().to_owned());
        (StatusCode::FOUND, [(header::LOCATION, "/elsewhere")]).into_response()
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
    let output = Command::new(installed("KEYTURN_PYTHON", "python/bin/python").unwrap())
        .args(["-B", "-c", CALL])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/receivers/python"))
        .envs([("KEYTURN_URL", url.as_str()), ("SIGNING_SECRET", "whsec_AAAA")])
        .output()
        .await
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "302", "{output:?}");
    assert_eq!(*paths.lock().unwrap(), ["/apiAccessTokens/requestRenewedToken"]);
}
