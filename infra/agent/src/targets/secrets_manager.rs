//! A secret of AWS Secrets Manager: the new version is `AWSPENDING` until it can become `AWSCURRENT`, and the one before it
//! stays as `AWSPREVIOUS`.

use async_trait::async_trait;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{Holding, Place};
use crate::aws::{Api, Refusal};
use crate::config::Template;
use crate::core::Failure;
use crate::secret::Secret;

const NOT_FOUND: &str = "ResourceNotFoundException";

/// A secret that holds a token string.
pub(super) struct SecretTarget {
    pub(super) api: Api,
    pub(super) secret: String,
    pub(super) template: Template,
}

#[async_trait]
impl Place for SecretTarget {
    fn content(&self, string: &Secret) -> Secret {
        self.template.render(string)
    }

    async fn read(&self) -> Result<Holding, Failure> {
        match self.call("GetSecretValue", json!({"VersionStage": "AWSCURRENT"})).await {
            Ok(answer) => match answer["SecretString"].as_str() {
                Some(text) => Ok(Holding::Content(Secret::new(text.to_owned()))),
                None => Err(Failure::new("the secret holds no text")),
            },
            // The secret may exist without a value; if it doesn't, the write says so.
            Err(Refusal { kind, .. }) if kind == NOT_FOUND => Ok(Holding::Nothing),
            Err(refusal) => Err(refusal.failure),
        }
    }

    async fn write(&self, string: &Secret) -> Result<(), Failure> {
        let content = self.content(string);
        let version = version(&content);
        let put = json!({
            "ClientRequestToken": version,
            "SecretString": content.expose(),
            "VersionStages": ["AWSPENDING"],
        });
        self.call("PutSecretValue", put).await.map_err(|refusal| refusal.failure)?;
        let about = self.call("DescribeSecret", json!({})).await.map_err(|refusal| refusal.failure)?;
        let stages = about["VersionIdsToStages"].as_object().cloned().unwrap_or_default();
        let holds = |stage: &str| {
            let has = |stages: &Value| stages.as_array().is_some_and(|it| it.iter().any(|it| it == stage));
            stages.iter().find(|(_, stages)| has(stages)).map(|(version, _)| version.clone())
        };
        let current = holds("AWSCURRENT");
        if current.as_ref() != Some(&version) {
            let mut moved = json!({"VersionStage": "AWSCURRENT", "MoveToVersionId": version});
            if let Some(current) = current {
                moved["RemoveFromVersionId"] = current.into();
            }
            self.call("UpdateSecretVersionStage", moved).await.map_err(|refusal| refusal.failure)?;
        }
        if holds("AWSPENDING").as_ref() == Some(&version) {
            let removed = json!({"VersionStage": "AWSPENDING", "RemoveFromVersionId": version});
            self.call("UpdateSecretVersionStage", removed).await.map_err(|refusal| refusal.failure)?;
        }
        Ok(())
    }
}

impl SecretTarget {
    async fn call(&self, operation: &str, mut input: Value) -> Result<Value, Refusal> {
        input["SecretId"] = self.secret.clone().into();
        self.api.call(&format!("secretsmanager.{operation}"), &input).await
    }
}

/// The id of the version that holds a content: the same for a repeat, which then changes nothing.
fn version(content: &Secret) -> String {
    let hash = Sha256::digest(content.expose().as_bytes());
    let hex: String = hash[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}
