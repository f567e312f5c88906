//! What every API function does around its own work: authenticate, answer, log one line.

use std::sync::Arc;

use async_trait::async_trait;
use keyturn_application::authenticate::Authenticate;
use keyturn_application::{Failure, PortError};
use keyturn_domain::access::{self, RequiredAccess};
use keyturn_domain::credential::Credential;
use lambda_http::http::{HeaderName, StatusCode};
use lambda_http::{Body, Request, Response};

use crate::body::BODY_BYTES;
use crate::call::ApiRequest;
use crate::problem;
use crate::reply::ApiResponse;
use crate::view::time;

/// The header that tells a caller when its own token ends.
const TOKEN_EXPIRES_AT: HeaderName = HeaderName::from_static("token-expires-at");

/// One function's own work.
#[async_trait]
pub trait Handle: Send + Sync {
    /// Answers an authenticated caller that has the required access.
    async fn handle(&self, caller: &Credential, call: &ApiRequest) -> Result<ApiResponse, Failure>;
}

/// The work of a function that anybody may call, and that tells everybody the same.
pub trait HandlePublic: Send + Sync {
    /// Answers whoever asks.
    fn handle(&self, call: &ApiRequest) -> Result<ApiResponse, Failure>;
}

/// An API function.
#[derive(Clone)]
pub struct Endpoint(Work);

#[derive(Clone)]
enum Work {
    Authenticated(RequiredAccess, Authenticate, Arc<dyn Handle>),
    Public(Arc<dyn HandlePublic>),
}

impl Endpoint {
    /// Puts a handler behind authentication, for callers whose token allows this.
    pub fn new(access: RequiredAccess, authenticate: Authenticate, handler: impl Handle + 'static) -> Self {
        Self(Work::Authenticated(access, authenticate, Arc::new(handler)))
    }

    /// Lets a handler answer anybody.
    pub fn public(handler: impl HandlePublic + 'static) -> Self {
        Self(Work::Public(Arc::new(handler)))
    }

    /// Opens the way to the store before the first request comes.
    pub async fn warm_up(&self) {
        if let Work::Authenticated(_, authenticate, _) = &self.0 {
            authenticate.warm_up().await;
        }
    }

    /// Answers a request. There is always an answer; what is broken is logged here, once.
    pub async fn answer(&self, request: Request) -> Response<Body> {
        let call = ApiRequest::new(request);
        let request_id = call.request_id();
        let reply = if call.body().len() > BODY_BYTES {
            problem::too_large(BODY_BYTES)
        } else {
            self.reply(&call, &request_id).await
        };
        match reply {
            Ok(reply) => {
                let (route, status) = (call.route(), reply.status().as_u16());
                tracing::info!(route, status, request_id, "answered");
                reply.into_response()
            }
            Err(error) => {
                tracing::error!(
                    request_id,
                    error = &error as &dyn std::error::Error,
                    "an answer can't be written"
                );
                let mut response = Response::new(Body::Empty);
                *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
                response
            }
        }
    }

    async fn reply(&self, call: &ApiRequest, request_id: &str) -> Result<ApiResponse, PortError> {
        let (access, authenticate, handler) = match &self.0 {
            Work::Authenticated(access, authenticate, handler) => (*access, authenticate, handler),
            Work::Public(handler) => {
                return handler.handle(call).or_else(|failure| failed(&failure, request_id));
            }
        };
        let caller = match authenticate.run(call.token_string()).await {
            Ok(caller) => caller,
            Err(failure) => return failed(&failure, request_id),
        };
        let outcome = match access::permit(&caller, access) {
            Ok(()) => handler.handle(&caller, call).await,
            Err(refusal) => Err(refusal.into()),
        };
        let reply = outcome.or_else(|failure| failed(&failure, request_id))?;
        Ok(match caller.expires_at {
            Some(end) => reply.with(TOKEN_EXPIRES_AT, &time(end)),
            None => reply,
        })
    }
}

fn failed(failure: &Failure, request_id: &str) -> Result<ApiResponse, PortError> {
    match failure {
        Failure::Refused(refusal) => problem::refused(refusal),
        Failure::Broken(error) => {
            tracing::error!(
                request_id,
                error = error as &dyn std::error::Error,
                "something outside is broken"
            );
            problem::broken(request_id)
        }
    }
}
