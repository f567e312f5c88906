//! The endpoints of OpenID Connect.

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template as _;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use url::{Url, form_urlencoded};

use super::page::{Choice, Page};
use super::signer::token;
use super::{CLIENT_ID, CLIENT_SECRET, IdentityProvider, SignedIn, UserInfo};

/// Seconds that an ID token is good for.
const LIFETIME: i64 = 300;

type Parameters = HashMap<String, String>;

impl IdentityProvider {
    /// Its routes, below its issuer.
    pub fn router(self: Arc<Self>) -> Router {
        Router::new()
            .route("/.well-known/openid-configuration", get(configuration))
            .route("/keys", get(keys))
            .route("/authorize", get(authorize))
            .route("/authorize/as", get(authorize_as))
            .route("/token", post(give_tokens))
            .route("/user-info", get(user_info))
            .layer(middleware::from_fn_with_state(Arc::clone(&self), works))
            .with_state(self)
    }

    /// What somebody gets who follows this authorization URL and says who they are: the address back at the deployment.
    #[must_use]
    pub fn answer(&self, authorization_url: &str, subject: &str) -> Option<String> {
        let url = Url::parse(authorization_url).ok()?;
        self.redirect(subject, &url.query_pairs().into_owned().collect())
    }

    /// The page's redirect after somebody said who they are, back to the deployment with a code.
    pub(crate) fn redirect(&self, subject: &str, asked: &Parameters) -> Option<String> {
        let now = self.now();
        let mut state = self.state();
        let subject = state.people.iter().find(|somebody| somebody.subject == subject)?.subject;
        let redirect_uri = asked.get("redirect_uri")?.clone();
        let code = token();
        let signed_in = SignedIn {
            subject,
            session: token(),
            redirect_uri: redirect_uri.clone(),
            challenge: asked.get("code_challenge")?.clone(),
            nonce: asked.get("nonce").cloned(),
            at: now,
        };
        state.codes.insert(code.clone(), signed_in);
        let mut location = Url::parse(&redirect_uri).ok()?;
        location
            .query_pairs_mut()
            .append_pair("code", &code)
            .append_pair("state", asked.get("state").map_or("", String::as_str))
            .append_pair("iss", &state.named_issuer);
        Some(location.into())
    }

    fn tokens_of(&self, signed_in: SignedIn) -> Value {
        let now = self.now();
        let mut state = self.state();
        let mut claims = Map::from_iter([
            ("iss".to_owned(), json!(self.issuer)),
            ("aud".to_owned(), json!(CLIENT_ID)),
            ("sub".to_owned(), json!(signed_in.subject)),
            ("sid".to_owned(), json!(signed_in.session)),
            ("iat".to_owned(), json!(now)),
            ("exp".to_owned(), json!(now + LIFETIME)),
            ("auth_time".to_owned(), json!(signed_in.at)),
        ]);
        if state.user_info == UserInfo::None {
            claims.extend(claims_of(&state, signed_in.subject));
        }
        claims.extend(signed_in.nonce.clone().map(|nonce| ("nonce".to_owned(), json!(nonce))));
        let id_token = match state.forge.clone() {
            Some(forge) => forge(&state.signer, claims),
            None => state.signer.sign("JWT", &claims),
        };
        let (refresh_token, access_token) = (token(), token());
        state.access_tokens.insert(access_token.clone(), signed_in.subject);
        // A refreshed ID token has no nonce of a browser any more.
        state.refresh_tokens.insert(refresh_token.clone(), SignedIn { nonce: None, ..signed_in });
        json!({
            "access_token": access_token, "token_type": "Bearer", "expires_in": LIFETIME,
            "id_token": id_token, "refresh_token": refresh_token,
        })
    }
}

/// What the provider says of a person besides who they are.
fn claims_of(identity: &super::State, subject: &str) -> Map<String, Value> {
    let somebody = identity.people.iter().find(|somebody| somebody.subject == subject);
    let (name, roles) = somebody.map_or(("", Vec::new()), |somebody| (somebody.name, somebody.roles.clone()));
    Map::from_iter([
        ("name".to_owned(), json!(name)),
        ("email".to_owned(), json!(format!("{subject}@example.com"))),
        ("preferred_username".to_owned(), json!(subject)),
        ("roles".to_owned(), json!(roles)),
    ])
}

async fn user_info(State(provider): State<Arc<IdentityProvider>>, headers: HeaderMap) -> Response {
    let state = provider.state();
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let access_token = authorization.and_then(|value| value.strip_prefix("Bearer "));
    let Some(own) = access_token.and_then(|token| state.access_tokens.get(token).copied()) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let subject = if let UserInfo::Of(another) = state.user_info { another } else { own };
    let mut claims = claims_of(&state, subject);
    claims.insert("sub".to_owned(), json!(subject));
    Json(Value::Object(claims)).into_response()
}

async fn works(State(provider): State<Arc<IdentityProvider>>, request: Request, next: Next) -> Response {
    if provider.state().out_of_order {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    next.run(request).await
}

async fn configuration(State(provider): State<Arc<IdentityProvider>>) -> Json<Value> {
    let issuer = &provider.issuer;
    let mut configuration = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"),
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": ["openid", "profile", "email"],
        "authorization_response_iss_parameter_supported": true,
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
    });
    if provider.state().user_info != UserInfo::None {
        configuration["userinfo_endpoint"] = json!(format!("{issuer}/user-info"));
    }
    Json(configuration)
}

async fn keys(State(provider): State<Arc<IdentityProvider>>) -> Json<Value> {
    let mut state = provider.state();
    state.key_requests += 1;
    Json(state.signer.key_set())
}

/// Shows who there is, if the request is one that a strict provider takes.
async fn authorize(
    State(provider): State<Arc<IdentityProvider>>,
    Query(asked): Query<Parameters>,
) -> Response {
    let is = |name: &str, value: &str| asked.get(name).is_some_and(|found| found == value);
    let has = |name: &str| asked.get(name).is_some_and(|found| found.len() >= 22);
    let good = is("client_id", CLIENT_ID)
        && is("response_type", "code")
        && is("code_challenge_method", "S256")
        && ["code_challenge", "state", "nonce"].into_iter().all(has);
    if !good {
        return (StatusCode::BAD_REQUEST, "not a request that this provider takes").into_response();
    }
    let href = |subject: &str| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&asked).append_pair("as", subject);
        format!("{}/authorize/as?{}", provider.issuer, query.finish())
    };
    let people = provider.state().people.clone();
    let choice = |somebody: super::Somebody| Choice {
        subject: somebody.subject,
        name: somebody.name,
        href: href(somebody.subject),
    };
    let page = Page { people: people.into_iter().map(choice).collect() };
    match page.render() {
        Ok(text) => ([(header::CACHE_CONTROL, "no-store")], Html(text)).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

async fn authorize_as(
    State(provider): State<Arc<IdentityProvider>>,
    Query(asked): Query<Parameters>,
) -> Response {
    let subject = asked.get("as").map_or("", String::as_str);
    match provider.redirect(subject, &asked) {
        Some(location) => Redirect::to(&location).into_response(),
        None => StatusCode::BAD_REQUEST.into_response(),
    }
}

async fn give_tokens(
    State(provider): State<Arc<IdentityProvider>>,
    headers: HeaderMap,
    body: String,
) -> Response {
    let refused = |error: &str| (StatusCode::BAD_REQUEST, Json(json!({ "error": error }))).into_response();
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if authorization != Some(&credentials()) {
        return (StatusCode::UNAUTHORIZED, Json(json!({ "error": "invalid_client" }))).into_response();
    }
    let form: Parameters = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let given = |name: &str| form.get(name).map_or("", String::as_str);
    let signed_in = match given("grant_type") {
        "authorization_code" => {
            let found = provider.state().codes.remove(given("code"));
            found.filter(|signed_in| {
                let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(given("code_verifier")));
                signed_in.challenge == challenge && signed_in.redirect_uri == given("redirect_uri")
            })
        }
        "refresh_token" => provider.state().refresh_tokens.remove(given("refresh_token")),
        _ => return refused("unsupported_grant_type"),
    };
    match signed_in {
        Some(signed_in) => Json(provider.tokens_of(signed_in)).into_response(),
        None => refused("invalid_grant"),
    }
}

/// The client's credentials, form-encoded before they are encoded in base64 (RFC 6749, section 2.3.1).
fn credentials() -> String {
    let encoded: Vec<String> = [CLIENT_ID, CLIENT_SECRET]
        .map(|text| form_urlencoded::byte_serialize(text.as_bytes()).collect())
        .into();
    format!("Basic {}", BASE64_STANDARD.encode(encoded.join(":")))
}
