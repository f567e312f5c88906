//! Receives Keyturn's callbacks and keeps the token in AWS Secrets Manager, where whoever uses it reads it.
//!
//! A Lambda function is frozen once it has answered, so it redeems before it answers; if that fails, it says so, and
//! Keyturn delivers the same request token again. The id of the message becomes the id of the secret's version, by which
//! a repeated delivery is told.

use anyhow::{Context, Result, bail};
use aws_sdk_secretsmanager::Client;
use keyturn_environment::Environment;
use lambda_http::http::{HeaderMap, Method, StatusCode};
use lambda_http::{Request, tracing};
use serde_json::{Value, json};
use standardwebhooks::{HEADER_WEBHOOK_ID, Webhook};

/// Tries of one redemption, all well within the 10 seconds that Keyturn waits.
const TRIES: usize = 3;
const TIMEOUT: std::time::Duration = std::time::Duration::from_secs(3);

const TYPES: [&str; 2] = ["apiAccessToken.renewalRequested", "apiAccessToken.test"];

/// A receiver of one token's callbacks.
pub struct Receiver {
    secrets: Client,
    secret_id: String,
    webhook: Webhook,
    /// The configured address, never the `redeemUrl` of a callback: the old token goes there.
    keyturn: String,
    http: reqwest::Client,
}

impl Receiver {
    /// A receiver with the settings `SECRET_ID`, `SIGNING_SECRET` and `KEYTURN_URL`.
    ///
    /// # Errors
    /// If one of them is missing, or the signing secret is none.
    pub fn new(environment: &Environment, setting: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let required = |name: &str| setting(name).with_context(|| format!("{name} is not set"));
        Ok(Self {
            secrets: Client::new(environment.sdk()),
            secret_id: required("SECRET_ID")?,
            webhook: Webhook::new(&required("SIGNING_SECRET")?)?,
            keyturn: required("KEYTURN_URL")?.trim_end_matches('/').to_owned(),
            http: reqwest::Client::builder().timeout(TIMEOUT).build()?,
        })
    }

    /// Answers a callback; a `GET` stands for what the token is used for.
    ///
    /// # Errors
    /// If Secrets Manager can't be reached. Lambda answers with a 5xx then, and Keyturn tries again.
    pub async fn answer(&self, request: Request) -> Result<StatusCode> {
        if request.method() == Method::GET {
            let work = self.http.get(format!("{}/apiAccessTokens/self", self.keyturn));
            return Ok(StatusCode::from_u16(
                work.bearer_auth(self.token().await?).send().await?.status().as_u16(),
            )?);
        }
        self.receive(request.headers(), request.body()).await
    }

    async fn receive(&self, headers: &HeaderMap, body: &[u8]) -> Result<StatusCode> {
        if self.webhook.verify(body, headers).is_err() {
            return Ok(StatusCode::UNAUTHORIZED);
        }
        let (id, message) = (headers[HEADER_WEBHOOK_ID].to_str()?, serde_json::from_slice::<Value>(body)?);
        let known = message["type"].as_str().is_some_and(|kind| TYPES.contains(&kind));
        if !known || self.is_done(id).await? {
            return Ok(StatusCode::NO_CONTENT);
        }
        let Some(token) = self.redeem(&message["data"]["requestToken"]).await? else {
            return Ok(StatusCode::GONE);
        };
        let put = self.secrets.put_secret_value().secret_id(&self.secret_id);
        put.client_request_token(id).secret_string(token).send().await?;
        Ok(StatusCode::NO_CONTENT)
    }

    /// Redeems, with the same request token until there is an answer: an answer that was lost is given again. None, if
    /// the request token is of no use any more; another callback comes in 24 hours.
    async fn redeem(&self, request_token: &Value) -> Result<Option<String>> {
        let token = self.token().await?;
        for _ in 0..TRIES {
            let redemption = self.http.post(format!("{}/apiAccessTokens/requestRenewedToken", self.keyturn));
            let redemption = redemption.bearer_auth(&token).json(&json!({"requestToken": request_token}));
            let Ok(answer) = redemption.send().await else { continue };
            let status = answer.status();
            match answer.json::<Value>().await {
                Ok(body) if status.is_success() => return Ok(body["token"].as_str().map(str::to_owned)),
                _ if status.is_client_error() => {
                    tracing::warn!(status = status.as_u16(), "not redeemed");
                    return Ok(None);
                }
                _ => {}
            }
        }
        bail!("no answer to the redemption")
    }

    /// Whether this message was redeemed already.
    async fn is_done(&self, id: &str) -> Result<bool> {
        let version = self.secrets.get_secret_value().secret_id(&self.secret_id).version_id(id).send().await;
        match version.map_err(|error| error.into_service_error()) {
            Ok(_) => Ok(true),
            Err(error) if error.is_resource_not_found_exception() => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    async fn token(&self) -> Result<String> {
        let current = self.secrets.get_secret_value().secret_id(&self.secret_id).send().await?;
        current.secret_string.context("the secret holds no text")
    }
}
