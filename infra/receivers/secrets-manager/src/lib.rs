//! Rotates a secret that holds a Keyturn token: the token fetches its own successor, so that no admin secret is needed.
//!
//! Each of the four steps can be repeated: Keyturn gives the same successor again, and Secrets Manager recognises a version by
//! the `ClientRequestToken`. <https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html>

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use aws_sdk_secretsmanager::Client;
use keyturn_environment::Environment;
use reqwest::redirect::Policy;
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::Value;

/// How long a call to Keyturn may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The labels of versions.
const CURRENT: &str = "AWSCURRENT";
const PENDING: &str = "AWSPENDING";

/// What Secrets Manager sends.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Event {
    /// `createSecret`, `setSecret`, `testSecret` or `finishSecret`.
    pub step: String,
    /// The ARN of the secret.
    pub secret_id: String,
    /// The id of the new version: the same in all steps and all repeats of a rotation.
    pub client_request_token: String,
}

/// The rotation function.
pub struct Rotation {
    secrets: Client,
    keyturn: String,
    http: reqwest::Client,
}

impl Rotation {
    /// The function with the settings of its process: `KEYTURN_URL`.
    ///
    /// # Errors
    /// If the setting is missing.
    pub fn from_process() -> Result<Self> {
        #[expect(clippy::disallowed_methods, reason = "a program's settings")]
        let keyturn = std::env::var("KEYTURN_URL").context("KEYTURN_URL is not set")?;
        Self::new(&Environment::from_process(), &keyturn)
    }

    /// A function for the deployment at this URL.
    ///
    /// # Errors
    /// If there is no TLS.
    pub fn new(environment: &Environment, keyturn: &str) -> Result<Self> {
        // Fails only if a provider is already installed.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // A redirect would carry the token elsewhere.
        let http = reqwest::Client::builder().timeout(TIMEOUT).redirect(Policy::none()).build()?;
        let keyturn = keyturn.trim_end_matches('/').to_owned();
        Ok(Self { secrets: Client::new(environment.sdk()), keyturn, http })
    }

    /// Does one step. Secrets Manager repeats a rotation of which a step fails.
    ///
    /// # Errors
    /// If the step failed. The text holds no secret.
    pub async fn run(&self, event: &Event) -> Result<()> {
        let (secret, version) = (event.secret_id.as_str(), event.client_request_token.as_str());
        match event.step.as_str() {
            "createSecret" => self.create(secret, version).await,
            // Keyturn accepts the new string from its creation on.
            "setSecret" => Ok(()),
            "testSecret" => self.test(secret, version).await,
            "finishSecret" => self.finish(secret, version).await,
            other => bail!("an unknown step: {other}"),
        }
        .with_context(|| format!("{} of version {version}", event.step))
    }

    /// Fetches the successor of the current string and stores it as the pending version.
    async fn create(&self, secret: &str, version: &str) -> Result<()> {
        if self.version(secret, version).await?.is_some() {
            return Ok(());
        }
        let string = self.successor(secret).await?;
        let put = self.secrets.put_secret_value().secret_id(secret).client_request_token(version);
        put.secret_string(string)
            .version_stages(PENDING)
            .send()
            .await
            .context("the version is not stored")?;
        Ok(())
    }

    async fn test(&self, secret: &str, version: &str) -> Result<()> {
        let string = self.version(secret, version).await?.context("there is no such version")?;
        let (status, _) = self.call(Method::GET, "", &string).await?;
        ensure!(status == StatusCode::OK, "Keyturn answers the new string with {status}");
        Ok(())
    }

    /// Makes the pending version the current one.
    async fn finish(&self, secret: &str, version: &str) -> Result<()> {
        let current = self.current_version(secret).await?;
        if current.as_deref() == Some(version) {
            return Ok(());
        }
        let moved = self.secrets.update_secret_version_stage().secret_id(secret).version_stage(CURRENT);
        let moved = moved.move_to_version_id(version).set_remove_from_version_id(current);
        moved.send().await.context("the version does not become the current one")?;
        Ok(())
    }

    /// The string for the new version: the successor of the current one, or the current one while its renewal is not due.
    async fn successor(&self, secret: &str) -> Result<String> {
        let current = self.stage(secret, CURRENT).await?.context("the secret has no current version")?;
        let (status, body) = self.call(Method::POST, "/renew", &current).await?;
        match (status.as_u16(), body["errorCode"].as_str()) {
            (200, _) => body["token"].as_str().map(str::to_owned).context("an answer without a token"),
            // The schedule of Secrets Manager and that of Keyturn are not the same: the next rotation fetches it.
            (409, Some("RENEWAL_NOT_DUE")) => Ok(current),
            // An earlier rotation fetched the successor and was never finished: its version is still pending.
            (401, Some("UNAUTHENTICATED")) => {
                let pending = self.stage(secret, PENDING).await?.context("the current string has ended")?;
                let (status, _) = self.call(Method::GET, "", &pending).await?;
                ensure!(status == StatusCode::OK, "the current and the pending string have ended");
                Ok(pending)
            }
            (_, code) => bail!("Keyturn answers with {status} {}", code.unwrap_or_default()),
        }
    }

    async fn call(&self, method: Method, path: &str, string: &str) -> Result<(StatusCode, Value)> {
        let url = format!("{}/apiAccessTokens/self{path}", self.keyturn);
        let response = self.http.request(method, url).bearer_auth(string).send().await;
        let response = response.map_err(reqwest::Error::without_url).context("no answer from Keyturn")?;
        let status = response.status();
        let body = response.bytes().await.context("no answer from Keyturn")?;
        Ok((status, serde_json::from_slice(&body).unwrap_or_default()))
    }

    /// The string of a version, if it has one.
    async fn version(&self, secret: &str, version: &str) -> Result<Option<String>> {
        let get = self.secrets.get_secret_value().secret_id(secret).version_id(version).send().await;
        match get.map_err(|error| error.into_service_error()) {
            Ok(found) => Ok(found.secret_string),
            Err(error) if error.is_resource_not_found_exception() => Ok(None),
            Err(error) => Err(error).context("the version can't be read"),
        }
    }

    /// The string with a label.
    async fn stage(&self, secret: &str, stage: &str) -> Result<Option<String>> {
        let get = self.secrets.get_secret_value().secret_id(secret).version_stage(stage).send().await;
        match get.map_err(|error| error.into_service_error()) {
            Ok(found) => Ok(found.secret_string),
            Err(error) if error.is_resource_not_found_exception() => Ok(None),
            Err(error) => Err(error).context("the secret can't be read"),
        }
    }

    async fn current_version(&self, secret: &str) -> Result<Option<String>> {
        let about = self.secrets.describe_secret().secret_id(secret).send().await;
        let stages = about.context("the secret can't be described")?.version_ids_to_stages;
        let is_current = |stages: &Vec<String>| stages.iter().any(|stage| stage == CURRENT);
        Ok(stages.into_iter().flatten().find(|(_, stages)| is_current(stages)).map(|(version, _)| version))
    }
}
