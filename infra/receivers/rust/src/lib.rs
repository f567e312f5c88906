//! Receives Keyturn's callbacks and keeps the token in AWS Secrets Manager, where services read it.
//!
//! Lambda freezes a function after its response, so it redeems first. If that fails, it responds with an error and Keyturn
//! delivers again. The message id becomes the version id of the secret, which makes repeated deliveries harmless.

use std::convert::Infallible;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use aws_sdk_secretsmanager::Client;
use keyturn_environment::Environment;
use lambda_http::http::{HeaderMap, Method, StatusCode};
use lambda_http::{Body, Request, Response, service_fn, tracing};
use serde_json::{Value, json};
use standardwebhooks::{HEADER_WEBHOOK_ID, Webhook};

/// Attempts per redemption and the timeout of each: well within the 10 seconds that Keyturn waits.
const ATTEMPTS: usize = 3;
const TIMEOUT: Duration = Duration::from_secs(2);

/// Serves requests until Lambda stops the process.
///
/// # Errors
/// If a setting is missing or wrong.
pub async fn serve() -> Result<(), lambda_http::Error> {
    tracing::init_default_subscriber();
    // Fails only if a provider is already installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    #[expect(clippy::disallowed_methods, reason = "a program's settings")]
    let receiver = &Receiver::new(&Environment::from_process(), |name| std::env::var(name).ok())?;
    lambda_http::run(service_fn(async |request| Ok::<_, Infallible>(receiver.respond(request).await))).await
}

/// A receiver of one token's callbacks.
struct Receiver {
    secrets: Client,
    secret_id: String,
    webhook: Webhook,
    /// The configured URL, never the `redeemUrl` of a callback: the old token is sent there.
    keyturn: String,
    http: reqwest::Client,
}

impl Receiver {
    /// A receiver with the settings `SECRET_ID`, `SIGNING_SECRET` and `KEYTURN_URL`.
    fn new(environment: &Environment, setting: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let required = |name: &str| setting(name).with_context(|| format!("{name} is not set"));
        Ok(Self {
            secrets: Client::new(environment.sdk()),
            secret_id: required("SECRET_ID")?,
            webhook: Webhook::new(&required("SIGNING_SECRET")?)?,
            keyturn: required("KEYTURN_URL")?.trim_end_matches('/').to_owned(),
            http: reqwest::Client::builder().timeout(TIMEOUT).build()?,
        })
    }

    /// Handles a callback; `GET` makes a call with the token. Keyturn retries after a 5xx.
    async fn respond(&self, request: Request) -> Response<Body> {
        let result = match *request.method() {
            Method::GET => self.use_token().await,
            _ => self.receive(request.headers(), request.body()).await,
        };
        let result = result.inspect_err(|error| tracing::error!("{error:#}"));
        let mut response = Response::new(Body::Empty);
        *response.status_mut() = result.unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
        response
    }

    async fn use_token(&self) -> Result<StatusCode> {
        let call = self.http.get(format!("{}/apiAccessTokens/self", self.keyturn));
        Ok(call.bearer_auth(self.token().await?).send().await?.status())
    }

    async fn receive(&self, headers: &HeaderMap, body: &[u8]) -> Result<StatusCode> {
        if self.webhook.verify(body, headers).is_err() {
            return Ok(StatusCode::UNAUTHORIZED);
        }
        let (id, message) = (headers[HEADER_WEBHOOK_ID].to_str()?, serde_json::from_slice::<Value>(body)?);
        let known = ["apiAccessToken.renewalRequested", "apiAccessToken.test"].map(Value::from);
        if !known.contains(&message["type"]) || self.is_redeemed(id).await? {
            return Ok(StatusCode::NO_CONTENT);
        }
        let redeemed = self.redeem(&message["data"]["requestToken"]).await?;
        let Some(token) = redeemed else { return Ok(StatusCode::GONE) };
        let put = self.secrets.put_secret_value().secret_id(&self.secret_id);
        put.client_request_token(id).secret_string(token).send().await?;
        Ok(StatusCode::NO_CONTENT)
    }

    /// Redeems, retrying with the same request token. `None` if it is no longer redeemable.
    async fn redeem(&self, request_token: &Value) -> Result<Option<String>> {
        let token = self.token().await?;
        for _ in 0..ATTEMPTS {
            let redemption = self.http.post(format!("{}/apiAccessTokens/requestRenewedToken", self.keyturn));
            let redemption = redemption.bearer_auth(&token).json(&json!({"requestToken": request_token}));
            let Ok(answer) = redemption.send().await else { continue };
            let status = answer.status();
            if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS {
                tracing::warn!(status = status.as_u16(), "not redeemed");
                return Ok(None);
            }
            let Ok(body) = answer.json::<Value>().await else { continue };
            if let Some(token) = body["token"].as_str() {
                return Ok(Some(token.to_owned()));
            }
        }
        bail!("no response to the redemption")
    }

    /// Whether this message was already redeemed.
    async fn is_redeemed(&self, id: &str) -> Result<bool> {
        let version = self.secrets.get_secret_value().secret_id(&self.secret_id).version_id(id).send().await;
        let Err(error) = version.map_err(|error| error.into_service_error()) else { return Ok(true) };
        if error.is_resource_not_found_exception() { Ok(false) } else { Err(error.into()) }
    }

    async fn token(&self) -> Result<String> {
        let current = self.secrets.get_secret_value().secret_id(&self.secret_id).send().await?;
        current.secret_string.context("the secret holds no text")
    }
}
