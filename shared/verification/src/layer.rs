//! A layer that lets only requests with a sufficient token through.

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use http_body::Body;
use http_body_util::{Either, Full};
use keyturn_application::authenticate::VerifyError;
use keyturn_domain::Timestamp;
use keyturn_domain::access::Denied;
use keyturn_domain::authorization::token_string;
use keyturn_domain::settings::Rights;
use serde_json::json;
use tower_layer::Layer;
use tower_service::Service;

use crate::{Caller, Verify, rights_for};

/// A layer for axum, hyper and tonic. Requests without a sufficient token get 401 or 403, with a problem document (RFC 9457)
/// and `WWW-Authenticate` (RFC 6750); while nobody can be asked, all get 503. Handlers find the [`Caller`] in the request's
/// extensions. gRPC requests get the corresponding `grpc-status`.
///
/// Without [`RequireToken::application`], any valid token is sufficient.
#[derive(Clone)]
pub struct RequireToken {
    verifier: Arc<dyn Verify>,
    application: Option<Arc<str>>,
    rights: Option<Rights>,
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

impl RequireToken {
    /// Requires a token that this verifier knows.
    pub fn new(verifier: impl Verify + 'static) -> Self {
        #[expect(clippy::disallowed_methods, reason = "a service uses the system clock")]
        let clock = Arc::new(chrono::Utc::now);
        Self { verifier: Arc::new(verifier), application: None, rights: None, clock }
    }

    /// Requires a token that includes this application.
    #[must_use]
    pub fn application(mut self, name: &str) -> Self {
        self.application = Some(name.into());
        self
    }

    /// Requires these rights for every request. By default, they follow from the method: `GET`, `HEAD` and `OPTIONS` read,
    /// every other one writes, and so does every gRPC call.
    #[must_use]
    pub const fn rights(mut self, rights: Rights) -> Self {
        self.rights = Some(rights);
        self
    }

    /// Takes the time from elsewhere, for tests.
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    async fn check(&self, method: &str, string: Option<String>) -> Result<Caller, VerifyError> {
        let caller = self.verifier.caller(string.as_deref(), (self.clock)()).await?;
        let needed = self.rights.unwrap_or_else(|| rights_for(method));
        match &self.application {
            Some(application) => caller.permit(application, needed)?,
            None => caller.permit_rights(needed)?,
        }
        Ok(caller)
    }
}

impl<S> Layer<S> for RequireToken {
    type Service = Protected<S>;

    fn layer(&self, inner: S) -> Protected<S> {
        Protected { inner, require: self.clone() }
    }
}

/// A service behind [`RequireToken`].
#[derive(Clone)]
pub struct Protected<S> {
    inner: S,
    require: RequireToken,
}

impl<S, B, R> Service<Request<B>> for Protected<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
    R: Body<Data = Bytes> + Send + 'static,
{
    type Response = Response<Either<R, Full<Bytes>>>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        // The instance that is ready takes the request; its clone becomes ready anew.
        let clone = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, clone);
        let require = self.require.clone();
        // Taken out of the request first, whose body may not be shared between threads.
        let headers = request.headers();
        let string = token_string(|name| headers.get(name)?.to_str().ok()).map(str::to_owned);
        let (method, is_grpc) = (request.method().clone(), is_grpc(headers));
        Box::pin(async move {
            match require.check(method.as_str(), string).await {
                Ok(caller) => {
                    request.extensions_mut().insert(caller);
                    Ok(inner.call(request).await?.map(Either::Left))
                }
                Err(error) => Ok(refusal(&error, is_grpc).map(|body| Either::Right(Full::new(body)))),
            }
        })
    }
}

fn is_grpc(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    content_type.is_some_and(|value| value.starts_with("application/grpc"))
}

/// What a refusal is answered with.
struct Words {
    status: StatusCode,
    grpc: &'static str,
    code: &'static str,
    title: &'static str,
    detail: String,
    authenticate: Option<String>,
}

fn words(error: &VerifyError) -> Words {
    let unauthenticated = |detail: String, authenticate: String| Words {
        status: StatusCode::UNAUTHORIZED,
        grpc: "16",
        code: "UNAUTHENTICATED",
        title: "A valid API access token is needed",
        detail,
        authenticate: Some(authenticate),
    };
    let forbidden = |code: &'static str, title: &'static str, detail: String| Words {
        status: StatusCode::FORBIDDEN,
        grpc: "7",
        code,
        title,
        detail,
        authenticate: Some("Bearer error=\"insufficient_scope\"".to_owned()),
    };
    match error {
        VerifyError::Denied(Denied::Unauthenticated) => unauthenticated(
            "Send a valid token string as 'Authorization: Bearer kat_…'.".to_owned(),
            "Bearer".to_owned(),
        ),
        VerifyError::Denied(Denied::Ended(ended)) => unauthenticated(
            format!("The token {ended}."),
            format!("Bearer error=\"invalid_token\", error_description=\"{ended}\""),
        ),
        VerifyError::Denied(Denied::ApplicationMissing(name)) => forbidden(
            "APPLICATION_MISSING",
            "The token is not for this application",
            format!("This call needs a token for the application {name}."),
        ),
        VerifyError::Denied(Denied::ReadOnly) => forbidden(
            "READ_ONLY_TOKEN",
            "The token has no right to write",
            "This call needs a token with the rights READ_WRITE.".to_owned(),
        ),
        VerifyError::Unavailable(_) => Words {
            status: StatusCode::SERVICE_UNAVAILABLE,
            grpc: "14",
            code: "UNAVAILABLE",
            title: "The token can't be verified at the moment",
            detail: "Try again in a moment.".to_owned(),
            authenticate: None,
        },
    }
}

fn refusal(error: &VerifyError, is_grpc: bool) -> Response<Bytes> {
    let Words { status, grpc, code, title, detail, authenticate } = words(error);
    let body = json!({
        "type": format!("urn:keyturn:problem:{}", code.to_lowercase().replace('_', "-")),
        "title": title,
        "status": status.as_u16(),
        "detail": detail,
        "errorCode": code,
        "errorMessage": detail,
    });
    let mut response = Response::new(if is_grpc { Bytes::new() } else { body.to_string().into() });
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if is_grpc {
        // A response of trailers only: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
        headers.insert("grpc-status", HeaderValue::from_static(grpc));
        insert(headers, "grpc-message", title);
        return response;
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if let Some(authenticate) = authenticate {
        insert(headers, "www-authenticate", &authenticate);
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    *response.status_mut() = status;
    response
}

/// Inserts a header, unless the text can't be one.
fn insert(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use async_trait::async_trait;
    use http_body_util::BodyExt as _;
    use keyturn_application::PortError;

    use super::*;

    /// Gives one answer to every string.
    struct Fixed(fn() -> Result<Caller, VerifyError>);

    #[async_trait]
    impl Verify for Fixed {
        async fn caller(&self, _: Option<&str>, _: Timestamp) -> Result<Caller, VerifyError> {
            (self.0)()
        }
    }

    fn caller() -> Result<Caller, VerifyError> {
        let id = "01998e5c-7c00-7000-8000-000000000001".parse().map_err(|_| Denied::Unauthenticated)?;
        Ok(Caller {
            token: id,
            series: id,
            company: "acme".parse().map_err(|_| Denied::Unauthenticated)?,
            name: None,
            rights: Rights::Read,
            applications: ["ORDERS".to_owned()].into(),
            created_at: Timestamp::UNIX_EPOCH,
            expires_at: None,
            renews_at: None,
        })
    }

    /// Answers with the company of the caller.
    #[derive(Clone)]
    struct Inner;

    impl Service<Request<()>> for Inner {
        type Response = Response<Full<Bytes>>;
        type Error = Infallible;
        type Future = std::future::Ready<Result<Self::Response, Infallible>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, request: Request<()>) -> Self::Future {
            let company = request.extensions().get::<Caller>().unwrap().company.to_string();
            std::future::ready(Ok(Response::new(Full::new(company.into()))))
        }
    }

    /// Status, headers and body of the answer to a request.
    async fn call(layer: RequireToken, method: &str, content_type: &str) -> (u16, HeaderMap, String) {
        let request = Request::builder().method(method).header("content-type", content_type).body(());
        let answer = layer.layer(Inner).call(request.unwrap()).await.unwrap();
        let (head, body) = answer.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (head.status.as_u16(), head.headers, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn passes_the_caller_on() {
        let layer = RequireToken::new(Fixed(caller)).application("ORDERS");
        assert_eq!(call(layer.clone(), "GET", "").await.2, "acme");
        assert_eq!(call(layer.clone(), "POST", "").await.0, 403);
        assert_eq!(call(layer.rights(Rights::Read), "POST", "").await.0, 200);
        assert_eq!(call(RequireToken::new(Fixed(caller)), "GET", "").await.0, 200, "any valid token");
        assert_eq!(call(RequireToken::new(Fixed(caller)).application("OTHER"), "GET", "").await.0, 403);
    }

    #[tokio::test]
    async fn answers_grpc_calls_with_their_status() {
        let silent = Fixed(|| Err(PortError::bare("silent").into()));
        let unknown = Fixed(|| Err(Denied::Unauthenticated.into()));
        for (verifier, expected) in [(silent, "14"), (unknown, "16"), (Fixed(caller), "7")] {
            let (status, headers, body) =
                call(RequireToken::new(verifier), "POST", "application/grpc+proto").await;
            assert_eq!((status, body.as_str()), (200, ""));
            assert_eq!(
                (&headers["grpc-status"], &headers["content-type"]),
                (&expected.parse().unwrap(), &"application/grpc".parse().unwrap())
            );
        }
    }
}
