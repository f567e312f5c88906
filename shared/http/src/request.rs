//! A request for handlers.

use std::collections::BTreeMap;
use std::net::IpAddr;

use keyturn_application::authenticate::Presented;
use keyturn_application::named_token::NamedToken;
use keyturn_domain::authorization;
use keyturn_domain::fault::{Faults, Violation};
use keyturn_domain::ids::TokenId;
use keyturn_domain::mass_renewal::MassRenewalId;
use keyturn_domain::refusal::Refusal;
use lambda_http::request::RequestContext;
use lambda_http::{Body, Request, RequestExt as _, http};

/// A request.
pub struct ApiRequest {
    request: Request,
    /// The token in the path, if it was read with the caller.
    named: Option<NamedToken>,
}

impl ApiRequest {
    /// Wraps a request from API Gateway.
    #[must_use]
    pub const fn new(request: Request) -> Self {
        Self { request, named: None }
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> &http::Method {
        self.request.method()
    }

    /// Whether this is the path, behind the prefix of a stage or a custom domain if there is one.
    #[must_use]
    pub fn is_path(&self, path: &str) -> bool {
        self.request.uri().path().ends_with(path)
    }

    /// The route that the gateway chose, for the log. The path is never logged: it may contain a pasted secret.
    #[must_use]
    pub fn route(&self) -> &str {
        match self.request.request_context_ref() {
            Some(RequestContext::ApiGatewayV2(context)) => context.route_key.as_deref().unwrap_or_default(),
            _ => "",
        }
    }

    /// The id of the request, for logs and answers.
    #[must_use]
    pub fn request_id(&self) -> String {
        let of_gateway = self.request.request_context_ref().and_then(|context| match context {
            RequestContext::ApiGatewayV2(context) => context.request_id.clone(),
            _ => None,
        });
        of_gateway
            .or_else(|| self.request.lambda_context_ref().map(|context| context.request_id.clone()))
            .unwrap_or_default()
    }

    /// The address that the request came from, as API Gateway sees it: of the caller, or of the last proxy before API Gateway.
    #[must_use]
    pub fn source_address(&self) -> Option<IpAddr> {
        match self.request.request_context_ref()? {
            RequestContext::ApiGatewayV2(context) => {
                Some(context.http.source_ip.as_deref()?.parse::<IpAddr>().ok()?.to_canonical())
            }
            _ => None,
        }
    }

    /// A header, if it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.request.headers().get(name)?.to_str().ok()
    }

    /// All values of a header that are text.
    pub(crate) fn header_values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.request.headers().get_all(name).iter().filter_map(|value| value.to_str().ok())
    }

    /// What the request presents to authenticate: a token string, or else a session.
    #[must_use]
    pub fn presented(&self) -> Presented<'_> {
        match (self.token_string(), self.session_string()) {
            (Some(string), _) => Presented::Token(string),
            (None, Some(string)) => Presented::Session { string, own_origin: self.is_of_own_origin() },
            (None, None) => Presented::Nothing,
        }
    }

    /// The base URL of the deployment, without a trailing slash: its `own`, or else the one that the caller used.
    #[must_use]
    pub fn base_url(&self, own: Option<&str>) -> String {
        let scheme = self.header("x-forwarded-proto").unwrap_or("https");
        let used = || format!("{scheme}://{}", self.header("host").unwrap_or_default());
        own.map_or_else(used, str::to_owned)
    }

    /// Whether there is such a header, text or not.
    #[must_use]
    pub fn has_header(&self, name: &str) -> bool {
        self.request.headers().contains_key(name)
    }

    /// The caller's token string: as a bearer token, or in the reference system's header.
    #[must_use]
    pub fn token_string(&self) -> Option<&str> {
        authorization::token_string(|name| self.header(name))
    }

    /// The last part of the path, by which a function tells its routes apart: not every emulator says which one it chose.
    #[must_use]
    pub fn path_end(&self) -> &str {
        self.request.uri().path().rsplit('/').next().unwrap_or_default()
    }

    /// The id in the path, if there is one.
    #[must_use]
    pub fn path_id(&self) -> Option<&str> {
        self.request.path_parameters_ref()?.first("id")
    }

    /// The rest of the path that a greedy route (`{proxy+}`) matched.
    #[must_use]
    pub fn path_rest(&self) -> Option<&str> {
        self.request.path_parameters_ref()?.first("proxy")
    }

    /// The token id in the path. A malformed id is an unknown token.
    pub fn token_id(&self) -> Result<TokenId, Refusal> {
        self.path_id().and_then(|id| id.parse().ok()).ok_or(Refusal::NotFound("token"))
    }

    /// The same with what the endpoint read of it.
    pub fn named_token(&self) -> Result<NamedToken, Refusal> {
        let id = self.token_id()?;
        Ok(self.named.clone().unwrap_or_else(|| id.into()))
    }

    pub(crate) fn remember(&mut self, named: Option<NamedToken>) {
        self.named = named;
    }

    /// The id of a mass renewal in the path. A malformed one is unknown.
    pub fn mass_renewal_id(&self) -> Result<MassRenewalId, Refusal> {
        self.path_id().and_then(|id| id.parse().ok()).ok_or(Refusal::NotFound("mass renewal"))
    }

    /// A parameter of the query.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<&str> {
        self.request.query_string_parameters_ref().and_then(|parameters| parameters.first(name))
    }

    /// All parameters of the query with their values, ordered by name.
    #[must_use]
    pub fn queries(&self) -> BTreeMap<&str, Vec<&str>> {
        let mut all = BTreeMap::<_, Vec<_>>::new();
        let parameters = self.request.query_string_parameters_ref();
        for (name, text) in parameters.into_iter().flat_map(|parameters| parameters.iter()) {
            all.entry(name).or_default().push(text);
        }
        all
    }

    /// A mandatory parameter of the query.
    pub fn required_query(&self, name: &str) -> Result<&str, Refusal> {
        self.query(name).filter(|value| !value.is_empty()).ok_or_else(|| {
            let mut faults = Faults::default();
            faults.add(name, Violation::required());
            Refusal::Invalid(faults)
        })
    }

    /// The raw body.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        match self.request.body() {
            Body::Text(text) => text.as_bytes(),
            Body::Binary(bytes) => bytes,
            _ => &[],
        }
    }
}
