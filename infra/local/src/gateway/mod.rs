//! The local API Gateway: finds the function of a route, invokes it with the request as an event of payload format 2.0, and
//! converts its response to HTTP. Events and responses are serialized to JSON, as in a deployment.

pub(crate) mod answer;
pub(crate) mod event;
pub(crate) mod path;
pub(crate) mod routes;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, DefaultBodyLimit, FromRequest as _, Request, State};
use axum::http::{HeaderValue, Response, StatusCode, header};
use keyturn_application::Clock;
use lambda_http::Context;

use crate::functions::Functions;
use crate::id;
use routes::{Found, Routes};

/// The largest body that an HTTP API accepts.
const MAX_BODY: usize = 10 * 1024 * 1024;

/// The longest invocation that an HTTP API waits for.
const MAX_DURATION: Duration = Duration::from_secs(30);

pub(crate) struct Gateway {
    pub(crate) routes: Routes,
    pub(crate) functions: Functions,
    pub(crate) clock: Arc<dyn Clock>,
    /// The gateway's own, which functions see in a header.
    pub(crate) port: u16,
}

/// Responds to every request that is not for the stack's own routes.
pub(crate) async fn handle(
    State(gateway): State<Arc<Gateway>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response<Body> {
    #[expect(clippy::disallowed_methods, reason = "measures a duration for the log")]
    let start = std::time::Instant::now();
    let (route, mut response) = gateway.answer(peer, request).await;
    // From the test clock: the console computes relative times from it.
    let date = gateway.clock.now().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    response.headers_mut().extend(HeaderValue::from_str(&date).map(|date| (header::DATE, date)));
    // Neither path nor query is logged, since a caller may have put a token string into either.
    let (status, elapsed) = (response.status().as_u16(), start.elapsed());
    tracing::debug!(route, status, milliseconds = elapsed.as_millis() as u64, "request");
    response
}

impl Gateway {
    /// The response, and the route.
    async fn answer(&self, peer: SocketAddr, request: Request) -> (String, Response<Body>) {
        let id = id::new();
        let own = |status, text| (String::new(), answer::message(status, text, &id));
        let Some(path) = path::decode(request.uri().path()) else {
            return own(StatusCode::BAD_REQUEST, "Bad Request");
        };
        if !event::has_valid_host(request.headers()) {
            return own(StatusCode::BAD_REQUEST, "Bad Request");
        }
        let Some(found) = self.routes.find(request.method(), &path) else {
            return own(StatusCode::NOT_FOUND, "Not Found");
        };
        let response = self.forward(peer, request, &path, &found, &id).await;
        (found.key, response)
    }

    /// The response of the route's function.
    async fn forward(
        &self,
        peer: SocketAddr,
        request: Request,
        path: &str,
        found: &Found,
        id: &str,
    ) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let mut request = Request::from_parts(parts.clone(), body);
        DefaultBodyLimit::max(MAX_BODY).apply(&mut request);
        let body = match Bytes::from_request(request, &()).await {
            Ok(body) => body,
            Err(refusal) if refusal.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                return answer::message(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large", id);
            }
            Err(_) => return answer::message(StatusCode::BAD_REQUEST, "Bad Request", id),
        };
        let (port, now) = (self.port, self.clock.now());
        let incoming = event::Incoming { parts: &parts, path, body: &body, peer, port, id, now };
        let event = event::build(&incoming, found).to_string();
        let invocation = self.functions.invoke(found.function, event, context(id, self.clock.now()));
        match tokio::time::timeout(MAX_DURATION, invocation).await {
            Ok(Ok(answer)) => answer::from_function(&answer, id),
            Ok(Err(error)) => {
                tracing::error!(function = found.function, request_id = id, "a function failed: {error:#}");
                answer::message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error", id)
            }
            Err(_) => answer::message(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable", id),
        }
    }
}

fn context(id: &str, now: chrono::DateTime<chrono::Utc>) -> Context {
    let mut context = Context::default();
    context.request_id = id.to_owned();
    context.deadline = (now.timestamp_millis().unsigned_abs()) + MAX_DURATION.as_millis() as u64;
    context
}

#[cfg(test)]
mod tests;
