//! What every API function has in common: authentication, problem documents, one log line per request.

use std::sync::Arc;

use async_trait::async_trait;
use keyturn_application::authenticate::Authenticate;
use keyturn_application::ports::TokenStore;
use keyturn_application::shares::Shares;
use keyturn_application::{Failure, PortError};
use keyturn_domain::access::{self, RequiredAccess};
use keyturn_domain::caller::Caller;
use keyturn_domain::credential::Credential;
use keyturn_domain::ids::TokenId;
use keyturn_domain::token::Token;
use keyturn_environment::{ConfigurationError, Environment};
use lambda_http::http::{HeaderName, StatusCode};
use lambda_http::{Body, Request, Response};

use crate::body::BODY_BYTES;
use crate::problem;
use crate::request::ApiRequest;
use crate::response::ApiResponse;
use crate::view::time;

/// The header with the expiry of the caller's own token.
const TOKEN_EXPIRES_AT: HeaderName = HeaderName::from_static("token-expires-at");

/// The header with the moment from which on the caller's token has a successor to fetch, or gets one.
const TOKEN_RENEWS_AT: HeaderName = HeaderName::from_static("token-renews-at");

/// One function's own work.
#[async_trait]
pub trait Handle: Send + Sync {
    /// Answers an authenticated caller that has the required access.
    async fn handle(&self, caller: &Caller, request: &ApiRequest) -> Result<ApiResponse, Failure>;
}

/// A handler of requests about one token, whose record is read in the call that authenticates the caller.
#[async_trait]
pub trait HandleWithToken: Send + Sync {
    /// The token that the request is about, if it names one. By default `own`, the caller's.
    fn wanted(&self, own: TokenId, _request: &ApiRequest) -> Option<TokenId> {
        Some(own)
    }

    /// Answers an authenticated caller that has the required access, with that token if it exists.
    async fn handle(
        &self,
        caller: &Credential,
        token: Option<Token>,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Failure>;
}

/// A handler of requests without authentication.
#[async_trait]
pub trait HandlePublic: Send + Sync {
    /// Answers anybody.
    async fn handle(&self, request: &ApiRequest) -> Result<ApiResponse, Failure>;

    /// The longest body of such a request, in bytes.
    fn body_bytes(&self, _request: &ApiRequest) -> usize {
        BODY_BYTES
    }
}

/// An API function.
#[derive(Clone)]
pub struct Endpoint {
    work: Work,
    /// Where the token in the path is read from, in the call that authenticates a token string.
    named: Option<Arc<dyn TokenStore>>,
    /// What each company may ask of it.
    shares: Shared,
}

/// How the companies share an endpoint.
#[derive(Clone)]
enum Shared {
    /// Without a limit, because the deployment sets none.
    Unlimited,
    /// Without a limit, whatever the deployment sets.
    Exempt,
    /// Each within its share.
    Limited(Arc<Shares>),
}

#[derive(Clone)]
enum Work {
    Authenticated(RequiredAccess, Authenticate, Arc<dyn Handle>),
    WithToken(RequiredAccess, Authenticate, Arc<dyn TokenStore>, Arc<dyn HandleWithToken>),
    Public(Arc<dyn HandlePublic>),
}

impl Endpoint {
    /// Puts a handler behind authentication, for callers whose token allows this.
    pub fn new(access: RequiredAccess, authenticate: Authenticate, handler: impl Handle + 'static) -> Self {
        Self::of(Work::Authenticated(access, authenticate, Arc::new(handler)), Shared::Unlimited)
    }

    /// Puts a handler behind authentication by a token string, which also reads the record of the token that a request is
    /// about.
    pub fn with_token(
        access: RequiredAccess,
        authenticate: Authenticate,
        tokens: Arc<dyn TokenStore>,
        handler: impl HandleWithToken + 'static,
    ) -> Self {
        Self::of(Work::WithToken(access, authenticate, tokens, Arc::new(handler)), Shared::Unlimited)
    }

    /// Lets a handler answer anybody.
    pub fn public(handler: impl HandlePublic + 'static) -> Self {
        Self::of(Work::Public(Arc::new(handler)), Shared::Exempt)
    }

    const fn of(work: Work, shares: Shared) -> Self {
        Self { work, named: None, shares }
    }

    /// Reads the token in the path in the call that authenticates a token string, for a handler that asks for it.
    #[must_use]
    pub fn naming(self, tokens: Arc<dyn TokenStore>) -> Self {
        Self { named: Some(tokens), ..self }
    }

    /// Answers every authenticated caller, however many requests its company makes: for what a client needs to stay
    /// connected.
    #[must_use]
    pub fn without_share(self) -> Self {
        Self { shares: Shared::Exempt, ..self }
    }

    /// Limits each company to the deployment's share, if it has one and this endpoint isn't exempt.
    pub fn with_share_of(self, environment: &Environment) -> Result<Self, ConfigurationError> {
        let shares = match (environment.company_share()?, self.shares) {
            (Some(share), Shared::Unlimited) => {
                Shared::Limited(Arc::new(Shares::new(share, environment.context())))
            }
            (_, shares) => shares,
        };
        Ok(Self { shares, ..self })
    }

    /// Opens the connection to the store before the first request.
    pub async fn warm_up(&self) {
        match &self.work {
            Work::Authenticated(_, authenticate, _) | Work::WithToken(_, authenticate, ..) => {
                authenticate.warm_up().await;
            }
            Work::Public(_) => {}
        }
    }

    /// Answers a request. There is always an answer; failures of dependencies are logged here, once.
    pub async fn answer(&self, request: Request) -> Response<Body> {
        let mut request = ApiRequest::new(request);
        let request_id = request.request_id();
        let most = match &self.work {
            Work::Authenticated(..) | Work::WithToken(..) => BODY_BYTES,
            Work::Public(handler) => handler.body_bytes(&request),
        };
        let (response, caller) = if request.body().len() > most {
            (problem::too_large(most), None)
        } else {
            self.respond(&mut request, &request_id).await
        };
        match response {
            Ok(response) => {
                let (route, status) = (request.route(), response.status().as_u16());
                let company = caller.as_ref().map(|caller| caller.company().as_str());
                let (mut token, mut person, mut session) = (None, None, None);
                match &caller {
                    Some(Caller::Token(credential)) => token = Some(tracing::field::display(credential.id)),
                    Some(Caller::Person(signed_in)) => {
                        person = Some(tracing::field::display(signed_in.person.id()));
                        session = Some(tracing::field::display(signed_in.session));
                    }
                    None => {}
                }
                tracing::info!(
                    route,
                    status,
                    request_id,
                    company,
                    caller = token,
                    person,
                    session,
                    "answered"
                );
                response.into_response()
            }
            Err(error) => {
                tracing::error!(
                    request_id,
                    error = &error as &dyn std::error::Error,
                    "an answer could not be written"
                );
                let mut response = Response::new(Body::Empty);
                *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
                response
            }
        }
    }

    /// The answer, and the caller if it is authenticated.
    async fn respond(
        &self,
        request: &mut ApiRequest,
        request_id: &str,
    ) -> (Result<ApiResponse, PortError>, Option<Caller>) {
        let (presented, from) = (request.presented(), request.source_address());
        let (access, authenticated) = match &self.work {
            Work::Authenticated(access, authenticate, _) => {
                let named = self.named.as_deref().zip(request.token_id().ok());
                let authenticated = authenticate.run_naming(presented, from, named).await;
                let authenticated = authenticated.map(|(caller, named)| {
                    request.remember(named);
                    (caller, None)
                });
                (*access, authenticated)
            }
            Work::WithToken(access, authenticate, tokens, handler) => {
                let wanted = |own| handler.wanted(own, request);
                (*access, authenticate.run_with_token(presented, tokens.as_ref(), from, wanted).await)
            }
            Work::Public(handler) => {
                return (handler.handle(request).await.or_else(|failure| failed(&failure, request_id)), None);
            }
        };
        let (caller, token) = match authenticated {
            Ok(authenticated) => authenticated,
            Err(failure) => return (failed(&failure, request_id), None),
        };
        let share = match &self.shares {
            Shared::Limited(shares) => shares.take(caller.company()),
            Shared::Unlimited | Shared::Exempt => Ok(()),
        };
        let outcome = match share.and_then(|()| access::permit(&caller, access)) {
            Ok(()) => self.handle(&caller, token, request).await,
            Err(refusal) => Err(refusal.into()),
        };
        let response = outcome.or_else(|failure| failed(&failure, request_id));
        let renews_at = caller.token().ok().and_then(|credential| credential.renewal).map(|plan| plan.at);
        let moments = [(TOKEN_EXPIRES_AT, caller.expires_at()), (TOKEN_RENEWS_AT, renews_at)];
        let response = response.map(|response| {
            moments.into_iter().fold(response, |response, (name, moment)| match moment {
                Some(moment) => response.with(name, &time(moment)),
                None => response,
            })
        });
        (response, Some(caller))
    }

    async fn handle(
        &self,
        caller: &Caller,
        token: Option<Token>,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Failure> {
        match &self.work {
            Work::Authenticated(.., handler) => handler.handle(caller, request).await,
            Work::WithToken(.., handler) => handler.handle(caller.token()?, token, request).await,
            Work::Public(handler) => handler.handle(request).await,
        }
    }
}

fn failed(failure: &Failure, request_id: &str) -> Result<ApiResponse, PortError> {
    match failure {
        Failure::Refused(refusal) => problem::refused(refusal),
        Failure::Broken(error) => {
            tracing::error!(request_id, error = error as &dyn std::error::Error, "a dependency failed");
            problem::broken(request_id)
        }
    }
}
