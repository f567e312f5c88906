//! The two stores of secrets that moto has, called as `aws` calls them; moto takes any signature.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::http::{client, send};

pub(super) struct Secrets {
    http: reqwest::Client,
    address: String,
}

impl Secrets {
    pub(super) fn new(address: &str) -> Result<Self> {
        Ok(Self { http: client()?, address: address.to_owned() })
    }

    /// Calls an operation of Secrets Manager or Systems Manager.
    pub(super) async fn call(&self, operation: &str, input: &Value) -> Result<Value> {
        let service = if operation.starts_with("AmazonSSM") { "ssm" } else { "secretsmanager" };
        let credential = format!("Credential=any/20250101/eu-central-1/{service}/aws4_request");
        let request = self.http.post(&self.address).header("X-Amz-Target", operation);
        let signature = format!("AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=any");
        let request = request.header("Authorization", signature);
        let request = request.header("Content-Type", "application/x-amz-json-1.1").body(input.to_string());
        let answer = send(request).await.with_context(|| operation.to_owned())?;
        ensure!(answer.status == 200, "{operation} was answered with {}", answer.status);
        Ok(answer.body)
    }

    /// `aws secretsmanager create-secret`.
    pub(super) async fn create(&self, name: &str, string: &str) -> Result<()> {
        let id = "00000000-0000-4000-8000-000000000000";
        let input = json!({"Name": name, "SecretString": string, "ClientRequestToken": id});
        self.call("secretsmanager.CreateSecret", &input).await.map(drop)
    }

    /// The text of a secret's version with this label.
    pub(super) async fn held(&self, name: &str, stage: &str) -> Result<String> {
        let input = json!({"SecretId": name, "VersionStage": stage});
        let answer = self.call("secretsmanager.GetSecretValue", &input).await?;
        Ok(answer["SecretString"].as_str().context("no text")?.to_owned())
    }
}
