//! `POST /apiAccessTokens`: creates a token and answers with its token string, for the only time unless it's copied.

use std::sync::Arc;

use async_trait::async_trait;
use keyturn_application::Failure;
use keyturn_application::authenticate::Authenticate;
use keyturn_application::create_token::CreateToken;
use keyturn_application::idempotency::Idempotency;
use keyturn_application::strings::Strings;
use keyturn_domain::access::Need;
use keyturn_domain::credential::Credential;
use keyturn_domain::fault::Faults;
use keyturn_dynamodb::Table;
use keyturn_environment::{ConfigurationError, Environment};
use keyturn_http::{Call, Endpoint, Fields, Handle, Reply, created, read_draft, render_created, request_key};

/// Builds the function.
pub async fn build(environment: &Environment) -> Result<Endpoint, ConfigurationError> {
    let table = Arc::new(Table::from_environment(environment)?);
    let edge = environment.edge();
    let strings = Strings::new(keyturn_seal::from_environment(environment)?, edge.clone());
    let idempotency = Idempotency { answers: table.clone(), strings: strings.clone(), edge: edge.clone() };
    let create =
        CreateToken { tokens: table.clone(), strings, rules: environment.rules()?, edge: edge.clone() };
    Ok(Endpoint::new(Authenticate::new(table, edge), Handler { create, idempotency }))
}

struct Handler {
    create: CreateToken,
    idempotency: Idempotency,
}

#[async_trait]
impl Handle for Handler {
    fn need(&self) -> Need {
        Need::ManageAndWrite
    }

    async fn handle(&self, caller: &Credential, call: &Call) -> Result<Reply, Failure> {
        let mut faults = Faults::default();
        let key = request_key(call, &mut faults);
        let (draft, faults) = read_draft(Fields::beside(call, faults)?);
        let render = render_created(self.create.edge.now());
        let answer = self.create.run(caller, &draft, &faults, (&self.idempotency, key), &render).await?;
        Ok(created(answer)?)
    }
}
