//! Creates a company and returns its first management token. IAM controls who may invoke it.

use std::sync::Arc;

use keyturn_application::Failure;
use keyturn_application::bootstrap::BootstrapRequest;
use keyturn_application::create_token::CreateToken;
use keyturn_application::secret_vault::SecretVault;
use keyturn_dynamodb::Table;
use keyturn_environment::{ConfigurationError, Environment};
use lambda_runtime::{LambdaEvent, service_fn};
use serde::{Deserialize, Serialize};

/// The request.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// The company's id, `[a-z0-9-]{1,50}`.
    pub company_id: String,
    /// The management token's name, `management` by default.
    pub token_name: Option<String>,
    /// Whether the company exists already: recovers one that has lost its management tokens. One that does not exist is
    /// not created.
    #[serde(default)]
    pub allow_existing_company: bool,
}

/// The company's new management token. Holds the token string, hence no `Debug`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// The company's id.
    pub company_id: String,
    /// The token's id.
    pub token_id: String,
    /// The token string, a secret.
    pub token: String,
}

/// The function.
pub struct Bootstrap(keyturn_application::bootstrap::Bootstrap);

/// Builds the function.
pub async fn build(environment: &Environment) -> Result<Bootstrap, ConfigurationError> {
    let context = environment.context();
    let create = CreateToken {
        tokens: Arc::new(Table::from_environment(environment)?),
        vault: SecretVault::new(keyturn_seal::from_environment(environment)?, context.clone()),
        rules: environment.rules()?,
        context,
    };
    Ok(Bootstrap(keyturn_application::bootstrap::Bootstrap { create }))
}

impl Bootstrap {
    /// Creates the company, or only a management token if the company exists already.
    pub async fn run(&self, request: Request) -> Result<Answer, Failure> {
        let founding = BootstrapRequest {
            company: request.company_id,
            token_name: request.token_name,
            allow_existing: request.allow_existing_company,
        };
        let created = self.0.run(founding).await?;
        Ok(Answer {
            company_id: created.token.company.to_string(),
            token_id: created.token.id.to_string(),
            token: created.string.expose().to_owned(),
        })
    }
}

/// Runs the function in the Lambda runtime.
pub async fn serve() -> Result<(), lambda_runtime::Error> {
    let bootstrap = build(&Environment::start()).await?;
    let bootstrap = &bootstrap;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Request>| {
        bootstrap.run(event.payload).await.map_err(lambda_runtime::Error::from)
    }))
    .await
}
