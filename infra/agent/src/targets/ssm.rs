//! A parameter of AWS Systems Manager, as `SecureString`.

use async_trait::async_trait;
use serde_json::json;

use super::{Holding, Place};
use crate::aws::{Api, Refusal};
use crate::config::Template;
use crate::core::Failure;
use crate::secret::Secret;

/// A parameter that holds a token string.
pub(super) struct ParameterTarget {
    pub(super) api: Api,
    pub(super) name: String,
    pub(super) key_id: Option<String>,
    pub(super) template: Template,
}

#[async_trait]
impl Place for ParameterTarget {
    fn content(&self, string: &Secret) -> Secret {
        self.template.render(string)
    }

    async fn read(&self) -> Result<Holding, Failure> {
        let input = json!({"Name": self.name, "WithDecryption": true});
        match self.api.call("AmazonSSM.GetParameter", &input).await {
            Ok(answer) => {
                let parameter = &answer["Parameter"];
                let text = parameter["Value"].as_str().unwrap_or_default();
                let content = Secret::new(text.to_owned());
                let is_secure = parameter["Type"] == "SecureString";
                Ok(if is_secure { Holding::Content(content) } else { Holding::Misplaced(content) })
            }
            Err(Refusal { kind, .. }) if kind == "ParameterNotFound" => Ok(Holding::Nothing),
            Err(refusal) => Err(refusal.failure),
        }
    }

    async fn write(&self, string: &Secret) -> Result<(), Failure> {
        let content = self.content(string);
        let mut input = json!({
            "Name": self.name,
            "Value": content.expose(),
            "Type": "SecureString",
            "Overwrite": true,
        });
        if let Some(key_id) = &self.key_id {
            input["KeyId"] = key_id.clone().into();
        }
        let put = self.api.call("AmazonSSM.PutParameter", &input).await;
        put.map(drop).map_err(|refusal| refusal.failure)
    }
}
