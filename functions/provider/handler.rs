//! Writes the record of an identity provider. IAM controls who may invoke it.

use std::collections::BTreeMap;
use std::sync::Arc;

use keyturn_application::Failure;
use keyturn_application::providers::Providers;
use keyturn_domain::provider::ProviderDraft;
use keyturn_dynamodb::Table;
use keyturn_environment::{ConfigurationError, Environment};
use lambda_runtime::{LambdaEvent, service_fn};
use serde::{Deserialize, Serialize};

use crate::sign_in_parts::providers;

/// The request. Holds the client secret, hence no `Debug`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// Its id, `[a-z0-9-]{1,50}`, which is part of its redirect URI.
    pub id: String,
    /// What its button says; the id if left out.
    pub name: Option<String>,
    /// Its issuer, exactly as its tokens have it.
    #[serde(default)]
    pub issuer: String,
    /// The client id that it gave this deployment.
    #[serde(default)]
    pub client_id: String,
    /// The client secret; left out, the one that is stored is kept.
    pub client_secret: Option<String>,
    /// Scopes besides `openid`.
    #[serde(default = "usual_scopes")]
    pub scopes: Vec<String>,
    /// The one company of everybody who signs in here.
    pub company: Option<String>,
    /// The claim that says the company, instead.
    pub company_claim: Option<String>,
    /// Which of its values stands for which company.
    #[serde(default)]
    pub companies: BTreeMap<String, String>,
    /// The claim that says the role.
    #[serde(default)]
    pub role_claim: String,
    /// Which of its values gives which role.
    #[serde(default)]
    pub roles: BTreeMap<String, String>,
    /// Removes the record instead. Sessions of this provider end with their next refresh.
    #[serde(default)]
    pub remove: bool,
}

fn usual_scopes() -> Vec<String> {
    ["profile", "email"].map(str::to_owned).to_vec()
}

/// What to register with the provider.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// Its id.
    pub id: String,
    /// The path of the redirect URI, below this deployment's address.
    pub redirect_path: String,
    /// The path for back-channel logout.
    pub back_channel_logout_path: &'static str,
}

/// The function.
pub struct ProviderRecords {
    providers: Providers,
    plain_http: bool,
}

/// Builds the function.
pub async fn build(environment: &Environment) -> Result<ProviderRecords, ConfigurationError> {
    let table = Arc::new(Table::from_environment(environment)?);
    Ok(ProviderRecords {
        providers: providers(environment, &table)?,
        plain_http: environment.allows_plain_http_issuers()?,
    })
}

impl ProviderRecords {
    /// Writes or removes the record.
    pub async fn run(&self, request: Request) -> Result<Answer, Failure> {
        let answer = Answer {
            redirect_path: format!("/console/signed-in/{}", request.id),
            id: request.id.clone(),
            back_channel_logout_path: "/console/back-channel-logout",
        };
        if request.remove {
            if let Ok(id) = request.id.parse() {
                self.providers.store.remove_provider(&id).await?;
                tracing::info!(provider = %id, "the record of an identity provider was removed");
            }
            return Ok(answer);
        }
        let draft = ProviderDraft {
            id: request.id,
            name: request.name,
            issuer: request.issuer,
            client_id: request.client_id,
            scopes: request.scopes,
            company: request.company,
            company_claim: request.company_claim,
            companies: request.companies,
            role_claim: request.role_claim,
            roles: request.roles,
        };
        let saved = self.providers.save(&draft, request.client_secret.as_deref(), self.plain_http).await?;
        tracing::info!(provider = %saved.id, issuer = saved.issuer, "the record of an identity provider was written");
        Ok(answer)
    }
}

/// Runs the function in the Lambda runtime.
pub async fn serve() -> Result<(), lambda_runtime::Error> {
    let records = build(&Environment::start()).await?;
    let records = &records;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Request>| {
        records.run(event.payload).await.map_err(lambda_runtime::Error::from)
    }))
    .await
}
