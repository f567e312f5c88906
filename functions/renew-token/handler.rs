//! `POST /apiAccessTokens/{id}/renew`: renews a token manually and returns the successor.

use std::sync::Arc;

use async_trait::async_trait;
use keyturn_application::Failure;
use keyturn_application::authenticate::Authenticate;
use keyturn_application::change::ChangeToken;
use keyturn_application::idempotency::Idempotency;
use keyturn_application::renew_token::RenewToken;
use keyturn_application::secret_vault::SecretVault;
use keyturn_domain::caller::Caller;
use keyturn_domain::fault::Faults;
use keyturn_dynamodb::Table;
use keyturn_environment::{ConfigurationError, Environment};
use keyturn_http::{
    ApiRequest, ApiResponse, CreatedTokenEncoder, Endpoint, Fields, Handle, created, read_renewal,
    request_key,
};

use crate::routes::required_access;

/// Builds the function.
pub async fn build(environment: &Environment) -> Result<Endpoint, ConfigurationError> {
    let table = Arc::new(Table::from_environment(environment)?);
    let context = environment.context();
    let rules = environment.rules()?;
    let vault = SecretVault::new(keyturn_seal::from_environment(environment)?, context.clone());
    let change = ChangeToken { tokens: table.clone(), context: context.clone() };
    let idempotency = Idempotency {
        answers: table.clone(),
        vault: vault.clone(),
        context: context.clone(),
        encoder: Arc::new(CreatedTokenEncoder),
        copyable: rules.copyable,
    };
    let renew = RenewToken { change, vault, rules };
    Ok(Endpoint::new(
        const { required_access("renew-token") },
        Authenticate::with_sessions(table, context),
        Handler { renew, idempotency },
    ))
}

struct Handler {
    renew: RenewToken,
    idempotency: Idempotency,
}

#[async_trait]
impl Handle for Handler {
    async fn handle(&self, caller: &Caller, call: &ApiRequest) -> Result<ApiResponse, Failure> {
        let (id, mut faults) = (call.token_id()?, Faults::default());
        let key = request_key(call, &mut faults);
        let (draft, faults) = read_renewal(Fields::beside(call, faults)?);
        let outcome = self.renew.run(caller, id, &draft, &faults, (&self.idempotency, key)).await?;
        Ok(created(outcome)?)
    }
}
