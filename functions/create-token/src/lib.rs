//! `POST /apiAccessTokens`: creates a token and answers with its token string, for the only time unless it's copied.

use std::sync::Arc;

use async_trait::async_trait;
use keyturn_application::Failure;
use keyturn_application::authenticate::Authenticate;
use keyturn_application::create_token::CreateToken;
use keyturn_application::strings::Strings;
use keyturn_domain::access::Need;
use keyturn_domain::credential::Credential;
use keyturn_domain::refusal::Refusal;
use keyturn_dynamodb::Table;
use keyturn_environment::{ConfigurationError, Environment};
use keyturn_http::view::TokenView;
use keyturn_http::{Call, Endpoint, Fields, Handle, Reply, read_draft};
use lambda_http::http::{StatusCode, header};

/// Builds the function.
pub async fn build(environment: &Environment) -> Result<Endpoint, ConfigurationError> {
    let table = Arc::new(Table::from_environment(environment)?);
    let edge = environment.edge();
    let create = CreateToken {
        tokens: table.clone(),
        strings: Strings::new(keyturn_seal::from_environment(environment)?, edge.clone()),
        rules: environment.rules()?,
        edge: edge.clone(),
    };
    Ok(Endpoint::new(Authenticate::new(table, edge), Handler { create }))
}

struct Handler {
    create: CreateToken,
}

#[async_trait]
impl Handle for Handler {
    fn need(&self) -> Need {
        Need::ManageAndWrite
    }

    async fn handle(&self, caller: &Credential, call: &Call) -> Result<Reply, Failure> {
        let now = self.create.edge.now();
        let (draft, faults) = read_draft(Fields::of(call)?);
        let settings = draft.parse(&self.create.rules, now, faults).map_err(Refusal::Invalid)?;
        let created = self.create.run(caller, settings).await?;
        let view = TokenView::new(&created.token, None, now)
            .with_string(&created.string)
            .with_signing_secret(created.signing_secret.as_ref());
        let location = format!("/apiAccessTokens/{}", created.token.id);
        Ok(Reply::json(StatusCode::CREATED, &view)?
            .with(header::LOCATION, &location)
            .with_version(created.token.version))
    }
}
