//! `PATCH /apiAccessTokens/{id}`: edits a token with a JSON merge patch (RFC 7396).

use std::sync::Arc;

use async_trait::async_trait;
use keyturn_application::Failure;
use keyturn_application::authenticate::Authenticate;
use keyturn_application::change::ChangeToken;
use keyturn_application::people::NameOwner;
use keyturn_application::secret_vault::SecretVault;
use keyturn_application::update_token::UpdateToken;
use keyturn_domain::caller::Caller;
use keyturn_domain::fault::Faults;
use keyturn_dynamodb::Table;
use keyturn_environment::{ConfigurationError, Environment};
use keyturn_http::view::TokenView;
use keyturn_http::{ApiRequest, ApiResponse, Endpoint, Fields, Handle, if_match, read_patch};

use crate::routes::required_access;

/// Builds the function.
pub async fn build(environment: &Environment) -> Result<Endpoint, ConfigurationError> {
    let table = Arc::new(Table::from_environment(environment)?);
    let context = environment.context();
    let vault = SecretVault::new(keyturn_seal::from_environment(environment)?, context.clone());
    let change = ChangeToken { tokens: table.clone(), context: context.clone() };
    let update = UpdateToken { change, vault, rules: environment.rules()? };
    Ok(Endpoint::new(
        const { required_access("update-token") },
        Authenticate::with_sessions(table.clone(), context),
        Handler { update, owners: NameOwner { people: table.clone() } },
    )
    .naming(table))
}

struct Handler {
    update: UpdateToken,
    owners: NameOwner,
}

#[async_trait]
impl Handle for Handler {
    async fn handle(&self, caller: &Caller, call: &ApiRequest) -> Result<ApiResponse, Failure> {
        let (token, mut faults) = (call.named_token()?, Faults::default());
        let versions = if_match(call, &mut faults);
        let (mut patch, owner, mut faults) = read_patch(Fields::beside(call, faults)?);
        patch.owner = self.owners.run(caller, owner, &mut faults).await?;
        let (seen, secret) = self.update.run(caller, token, &patch, &faults, versions.as_deref()).await?;
        let view = TokenView::new(&seen.token, seen.last_used_at, self.update.change.context.now());
        Ok(view.with_signing_secret(secret.as_ref()).answer()?)
    }
}
