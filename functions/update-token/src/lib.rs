//! `PATCH /apiAccessTokens/{id}`: edits a token by a JSON merge patch.

use std::sync::Arc;

use async_trait::async_trait;
use keyturn_application::Failure;
use keyturn_application::authenticate::Authenticate;
use keyturn_application::change::ChangeToken;
use keyturn_application::strings::Strings;
use keyturn_application::update_token::UpdateToken;
use keyturn_domain::access::Need;
use keyturn_domain::credential::Credential;
use keyturn_domain::fault::Faults;
use keyturn_dynamodb::Table;
use keyturn_environment::{ConfigurationError, Environment};
use keyturn_http::view::TokenView;
use keyturn_http::{Call, Endpoint, Fields, Handle, Reply, if_match, read_patch};
use lambda_http::http::StatusCode;

/// Builds the function.
pub async fn build(environment: &Environment) -> Result<Endpoint, ConfigurationError> {
    let table = Arc::new(Table::from_environment(environment)?);
    let edge = environment.edge();
    let strings = Strings::new(keyturn_seal::from_environment(environment)?, edge.clone());
    let change = ChangeToken { tokens: table.clone(), credentials: table.clone(), edge: edge.clone() };
    let update = UpdateToken { change, strings, rules: environment.rules()? };
    Ok(Endpoint::new(Authenticate::new(table, edge), Handler { update }))
}

struct Handler {
    update: UpdateToken,
}

#[async_trait]
impl Handle for Handler {
    fn need(&self) -> Need {
        Need::ManageAndWrite
    }

    async fn handle(&self, caller: &Credential, call: &Call) -> Result<Reply, Failure> {
        let (id, mut faults) = (call.token_id()?, Faults::default());
        let versions = if_match(call, &mut faults);
        let (patch, faults) = read_patch(Fields::beside(call, faults)?);
        let (seen, secret) = self.update.run(caller, id, &patch, &faults, versions.as_deref()).await?;
        let view = TokenView::new(&seen.token, seen.last_used_at, self.update.change.edge.now())
            .with_signing_secret(secret.as_ref());
        Ok(Reply::json(StatusCode::OK, &view)?.with_version(seen.token.version))
    }
}
