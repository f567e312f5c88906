//! `GET /apiAccessTokens/{id}/token`: a token string again, for a person who needs it; it leaves an activity.

use std::sync::Arc;

use async_trait::async_trait;
use keyturn_application::Failure;
use keyturn_application::authenticate::Authenticate;
use keyturn_application::change::ChangeToken;
use keyturn_application::copy_token::CopyToken;
use keyturn_application::strings::Strings;
use keyturn_domain::access::Need;
use keyturn_domain::credential::Credential;
use keyturn_dynamodb::Table;
use keyturn_environment::{ConfigurationError, Environment};
use keyturn_http::view::TokenStringView;
use keyturn_http::{Call, Endpoint, Handle, Reply};
use lambda_http::http::StatusCode;

/// Builds the function.
pub async fn build(environment: &Environment) -> Result<Endpoint, ConfigurationError> {
    let table = Arc::new(Table::from_environment(environment)?);
    let edge = environment.edge();
    let strings = Strings::new(keyturn_seal::from_environment(environment)?, edge.clone());
    let change = ChangeToken { tokens: table.clone(), credentials: table.clone(), edge: edge.clone() };
    let copy = CopyToken { change, strings, rules: environment.rules()? };
    Ok(Endpoint::new(Authenticate::new(table, edge), Handler { copy }))
}

struct Handler {
    copy: CopyToken,
}

#[async_trait]
impl Handle for Handler {
    fn need(&self) -> Need {
        Need::ManageAndWrite
    }

    async fn handle(&self, caller: &Credential, call: &Call) -> Result<Reply, Failure> {
        let string = self.copy.run(caller, call.token_id()?).await?;
        Ok(Reply::json(StatusCode::OK, &TokenStringView::new(&string))?)
    }
}
