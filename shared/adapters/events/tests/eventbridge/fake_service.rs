//! A fake AWS service, which the tests of the adapters for events and for mail share: it records requests and sends the
//! configured responses.

use std::error::Error;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use keyturn_environment::Environment;
use serde_json::Value;
use tokio::net::TcpListener;

/// The fake, on its own port.
pub(crate) struct FakeService {
    url: String,
    received: Arc<Mutex<Vec<(String, Value)>>>,
}

impl FakeService {
    /// Starts it. Requests for which `respond` returns `None` are never answered.
    pub(crate) async fn start(
        respond: impl Fn(&Value) -> Option<Response> + Clone + Send + Sync + 'static,
    ) -> Self {
        let received = Arc::<Mutex<Vec<_>>>::default();
        let requests = Arc::clone(&received);
        let router = Router::new().fallback(async move |uri: Uri, headers: HeaderMap, body: String| {
            let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok());
            let body: Value = serde_json::from_str(&body).expect("JSON");
            requests.lock().expect("no panic").push((target.unwrap_or(uri.path()).to_owned(), body.clone()));
            match respond(&body) {
                Some(response) => response,
                None => std::future::pending().await,
            }
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, received }
    }

    /// Target or path, and body, of the requests so far.
    pub(crate) fn received(&self) -> Vec<(String, Value)> {
        self.received.lock().expect("no panic").clone()
    }

    /// The environment of an adapter that calls it.
    pub(crate) fn environment(&self) -> Environment {
        let endpoint = ("AWS_ENDPOINT_URL", self.url.as_str());
        let credentials = [("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "key")];
        let variables = [endpoint, ("AWS_REGION", "eu-central-1")].into_iter().chain(credentials);
        Environment::with_variables(variables.map(|(name, value)| (name.to_owned(), value.to_owned())))
    }
}

/// An error's causes, as the log shows them.
pub(crate) fn causes(error: &dyn Error) -> String {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
